"""manage.py demo_codes: what the demo people's authenticator apps show now."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from registry.accounts.totp import code_at, seconds_left
from registry.demo.stage import kept_totp


class Command(BaseCommand):
    """Needs nothing but the demo's secrets; they open no other site."""

    help = "Print the present second-factor codes of the demo's staff and members."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Where the demo keeps its secrets."""
        parser.add_argument("--folder", type=Path, default=settings.STATE / "demo", help="the demo's folder")

    def handle(self, *, folder: Path, **options: Any) -> None:
        """One line a person, and how long the codes hold."""
        if not (folder / "secrets.json").exists():
            raise CommandError("There is no demo here yet: ./run demo")
        now = timezone.now()
        for address, secret in kept_totp(folder).items():
            self.stdout.write(f"{code_at(secret, now)}  {address}")
        self.stdout.write(f"They hold for {seconds_left(now)} seconds more.")
