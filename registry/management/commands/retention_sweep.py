"""`manage.py retention_sweep`: end the records whose time is over. The scheduler does the same by itself."""

from argparse import ArgumentParser
from datetime import date
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import transaction
from django.utils import timezone

from registry import profiles


class Command(BaseCommand):
    """Expires and empties what must be gone on a day, today unless told otherwise."""

    help = "Ends and empties negative records whose retention is over. Nothing brings them back."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """`--on` sweeps as of an earlier day."""
        parser.add_argument("--on", type=date.fromisoformat, metavar="YYYY-MM-DD", help="as of this day")

    def handle(self, *args: Any, on: date | None, **options: Any) -> None:
        """Sweep, and say how many ended. A day that has not come yet is refused."""
        today = timezone.localdate()
        if on is not None and on > today:
            raise CommandError("That day has not come yet. Nothing was changed.")
        with transaction.atomic():
            ended = profiles.expire(on=on or today, by="system:retention", at=timezone.now())
        self.stdout.write(f"{ended} record(s) ended.")
