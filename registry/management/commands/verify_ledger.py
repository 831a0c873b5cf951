"""manage.py verify_ledger: recompute the ledger and what it vouches for; exit 1 naming the first fault."""

import sys
import time
from argparse import ArgumentParser
from base64 import b64encode
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from registry.ledger.anchored import verify_anchored
from registry.ledger.errors import LedgerBroken
from registry.ledger.verification import Verified, verify

_BAR = 30


class Command(BaseCommand):
    """Needs the public keys and the tables; writes nothing."""

    help = (
        "Recompute the ledger from its entries, hold it against tiles, checkpoints and kept checkpoints, and"
        " hold against it what its entries vouch for: consents with their events and batches."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        """`--checkpoint` names files with checkpoints that were kept outside this system."""
        parser.add_argument(
            "--checkpoint",
            action="append",
            default=[],
            type=Path,
            metavar="FILE",
            help="a checkpoint kept outside; the tree must contain it (may be given several times)",
        )

    def handle(self, *, checkpoint: list[Path], **options: Any) -> None:
        """Verify and say what was found."""
        started = time.monotonic()
        terminal = self.stderr.isatty()
        try:
            notes = [path.read_text(encoding="utf-8") for path in checkpoint]
            found = verify(known=notes, progress=self._bar if terminal else None)
            seconds = time.monotonic() - started
            beyond = verify_anchored()
        except (OSError, ValueError) as error:
            raise CommandError(f"the kept checkpoint cannot be read: {error}") from None
        except LedgerBroken as broken:
            raise CommandError(f"LEDGER BROKEN: {broken.describe()}") from None
        finally:
            if terminal:
                self.stderr.write("\r" + " " * 79 + "\r", ending="")
        self.stdout.write("\n".join((_account(found, seconds, len(notes)), *beyond)))

    def _bar(self, done: int, total: int) -> None:
        filled = _BAR * done // max(total, 1)
        bar = "█" * filled + "·" * (_BAR - filled)
        self.stderr.write(f"\r{bar} {done:,} of {total:,} entries", ending="")
        sys.stderr.flush()


def _account(found: Verified, seconds: float, kept: int) -> str:
    return "\n".join(
        (
            f"Ledger verified: {found.leaves:,} entries, {found.checkpoints:,} checkpoints"
            + (f" and {kept} kept elsewhere" if kept else "")
            + f" in {seconds:.1f} s ({found.leaves / max(seconds, 1e-9):,.0f} entries/s).",
            f"Root {b64encode(found.root).decode()}; {found.waiting:,} entries wait for the next checkpoint.",
        )
    )
