"""`manage.py watch_folder [FOLDER] [--once]`: take files from a watched folder, put results there."""

import time
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from ingest import tasks
from ingest.folder import look
from ingest.folder.places import FolderUnsafe


class Command(BaseCommand):
    """Looks every few seconds until Ctrl-C. The scheduler does the same where WATCH_FOLDER is set."""

    help = "Take partners' files from a folder as an SFTP server lays it out, and put their results there."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """The folder, if it is not the one of the settings; how often."""
        parser.add_argument("folder", nargs="?", type=Path, help="instead of WATCH_FOLDER")
        parser.add_argument("--once", action="store_true", help="look once, then end")
        parser.add_argument("--every", type=float, default=5.0, help="seconds between two looks (5)")

    def handle(self, *args: Any, **options: Any) -> None:
        """Look, and say what came of it where anything did."""
        folder = options["folder"] or (Path(settings.WATCH_FOLDER) if settings.WATCH_FOLDER else None)
        if folder is None:
            raise CommandError("Name a folder, or set WATCH_FOLDER.")
        while True:
            self._look(folder)
            if options["once"]:
                return
            time.sleep(options["every"])

    def _look(self, folder: Path) -> None:
        try:
            looked = look(root=folder, at=timezone.now())
        except FolderUnsafe as error:
            raise CommandError(error.detail) from None
        for upload in looked.taken:
            tasks.wake_parse(upload)
        if any(looked):
            self.stdout.write(
                f"taken: {len(looked.taken)}, refused: {looked.refused}, results given: {looked.given},"
                f" folders not usable: {looked.unusable}"
            )
