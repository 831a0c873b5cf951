"""manage.py seed_demo: the main job from beginning to end on invented people, told as it happens."""

import sys
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from registry.demo.story import Scale, tell
from registry.demo.telling import StepFailed
from registry.demo.town import MONTHS, PEOPLE, SEED


class Command(BaseCommand):
    """Needs the site up: web server at BASE_URL, worker and scheduler. `./run demo` sees to that."""

    help = "Play the demo on a running site: partners' files in, a lender's report out, the ledger verified."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """How large the town is, and where its files and the demo's secrets are kept."""
        parser.add_argument("--people", type=int, default=PEOPLE, help=f"people in the town ({PEOPLE:,})")
        parser.add_argument(
            "--months", type=int, default=MONTHS, help=f"months of wages and bills ({MONTHS})"
        )
        parser.add_argument("--seed", type=int, default=SEED, help="another town for another number")
        parser.add_argument("--folder", type=Path, default=settings.STATE / "demo", help="files and secrets")

    def handle(self, *, people: int, months: int, seed: int, folder: Path, **options: Any) -> None:
        """Tell the story; exit status 1 with what did not hold."""
        if people < 2 or months < 2:
            raise CommandError("The story needs two people and two months at least.")
        try:
            tell(settings.BASE_URL, folder, Scale(people, months, seed), sys.stdout)
        except StepFailed as failed:
            raise CommandError(f"THE STORY BROKE OFF: {failed}") from None
