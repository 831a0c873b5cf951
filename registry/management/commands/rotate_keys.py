"""`manage.py rotate_keys`: new keys over the old ones while everybody goes on working."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import transaction
from django.utils import timezone

from registry.keys import rotation
from registry.ledger import Event, append


class Command(BaseCommand):
    """1 a new root key; 2 system and shard keys under it; with --residents also 3 new shard keys and 4
    every resident's key under them, a chunk at a time. A ledger entry is written with each step."""

    help = (
        "Makes a new root key and puts system and shard keys under it. With --residents it also makes new"
        " shard keys and puts every resident's data key under them. Nobody waits, nothing is restarted."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--residents", action="store_true", help="new shard keys as well")
        parser.add_argument(
            "--resume", action="store_true", help="make no new keys; finish a rotation that was interrupted"
        )

    def handle(self, *args: Any, residents: bool, resume: bool, **options: Any) -> None:
        if not resume:
            version = rotation.new_root_version()  # 1
            self.stdout.write(f"Root key version {version} is the primary one.")
        self.rewrap_root()  # 2
        if residents and not resume:
            self.new_shards()  # 3
        if residents or resume:
            self.rewrap_residents()  # 4

    def rewrap_root(self) -> None:
        with transaction.atomic():
            root = rotation.rewrap_under_root()
            record("root", root.keys, root_version=root.version)
        self.stdout.write(f"{root.keys} system and shard keys re-wrapped under root version {root.version}.")

    def new_shards(self) -> None:
        with transaction.atomic():
            made = rotation.new_shard_versions()
            record("shard", made)
        self.stdout.write(f"{made} shards have a new key.")

    def rewrap_residents(self) -> None:
        """Pass after pass until one finds nothing: residents may be added behind a pass while it runs."""
        total = 0
        while done := self.one_pass(total):
            total += done
        self.stdout.write(f"{total} residents' keys re-wrapped.")
        due = rotation.residents_due()
        if due:
            raise CommandError(f"Some keys do not open and were left as they are: {', '.join(map(str, due))}")

    def one_pass(self, before: int) -> int:
        done, last = 0, rotation.START
        while True:
            with transaction.atomic():
                chunk = rotation.rewrap_residents(after=last)
                if chunk.keys:
                    record("resident", chunk.keys)
            if chunk.last is None:
                return done
            done, last = done + chunk.keys, chunk.last
            self.stdout.write(f"  {before + done} residents' keys …")


def record(kind: str, keys: int, **details: int) -> None:
    """The ledger entry of one step."""
    said = {"kind": kind, "keys": keys, **details}
    append(Event.KEY_ROTATED, by="system:rotate_keys", at=timezone.now(), details=said)
