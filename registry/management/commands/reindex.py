"""`manage.py reindex`: residents of before under a newer index key, while everybody works on."""

from argparse import ArgumentParser
from typing import Any
from uuid import UUID

from django.core.management.base import BaseCommand
from django.db import transaction
from django.utils import timezone

from registry import keys
from registry.keys import rotation
from registry.ledger import Event, append
from registry.residents.reindexing import reindex


class Command(BaseCommand):
    """With --new-key, 1 adds a version of the index key. Restart all processes; then, without it, 2 gives
    every resident blind indexes under all versions, a chunk at a time. A ledger entry is written for each.
    """

    help = (
        "With --new-key, adds a version of the key that blind indexes are made with; restart all processes"
        " then. Without it, gives every resident blind indexes under every version."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        """`--new-key` takes the first step; without it the second."""
        parser.add_argument("--new-key", action="store_true", help="add a version of the index key")

    def handle(self, *args: Any, new_key: bool, **options: Any) -> None:
        """Take one of the two steps and say what was done."""
        if new_key:
            with transaction.atomic():
                version = rotation.new_system_version("index")  # 1
                _record(version, 1)
            self.stdout.write(f"Version {version} of the index key stands. Restart all processes now.")
        else:
            self.stdout.write(f"{self.reindex()} residents indexed.")  # 2

    def reindex(self) -> int:
        """Chunk after chunk, each in a transaction of its own; returns how many residents."""
        done, last = 0, UUID(int=0)
        while True:
            with transaction.atomic():
                residents = reindex(after=last)
                if not residents:
                    return done
                _record(keys.indexers()[0].version, len(residents))
            done, last = done + len(residents), residents[-1]


def _record(version: int, count: int) -> None:
    details = {"kind": "index", "version": version, "keys": count}
    append(Event.KEY_ROTATED, by="system:reindex", at=timezone.now(), details=details)
