"""manage.py checkpoint: put waiting entries into the tree and print the signed head."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand
from django.utils import timezone

from registry.ledger.heads import newest_checkpoint
from registry.ledger.sequencing import sequence


class Command(BaseCommand):
    """What it prints is worth keeping elsewhere: later trees can be held against it."""

    help = "Sequence waiting ledger entries and print the newest checkpoint (C2SP signed note)."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """`--out` writes the checkpoint to a file instead."""
        parser.add_argument("--out", type=Path, metavar="FILE", help="write the checkpoint to this file")

    def handle(self, *, out: Path | None, **options: Any) -> None:
        """Sequence, then write the note byte by byte as it was signed."""
        count = sequence(at=timezone.now())
        head = newest_checkpoint()
        note = head.note if head else ""
        if out:
            out.write_bytes(note.encode())
        else:
            self.stdout.write(note, ending="")
        self.stderr.write(f"{count:,} entries sequenced; the tree has {head.size if head else 0:,} leaves.")
