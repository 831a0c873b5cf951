"""`manage.py erase_resident`: end what was agreed about one person, destroy the key and all under it."""

from argparse import ArgumentParser
from typing import Any
from uuid import UUID

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from consent import services
from registry.errors import Conflict, NotFound
from registry.ledger.errors import EntryRefused
from registry.residents.clusters import cluster


class Command(BaseCommand):
    """Erases the whole cluster of a resident. Asks for the id a second time unless told `--yes`."""

    help = (
        "Withdraws a resident's consents, ends open requests, destroys the data key and empties everything"
        " sealed. Nothing brings it back."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        """The resident's id, the reason for the ledger, and whether to go ahead unasked."""
        parser.add_argument("resident", type=UUID, help="the resident's id")
        parser.add_argument(
            "--reason", required=True, help="a code for the ledger, such as resident_asked or court_order"
        )
        parser.add_argument("--yes", action="store_true", help="do not ask again")

    def handle(self, *args: Any, resident: UUID, reason: str, yes: bool, **options: Any) -> None:
        """Ask, erase, and say what is gone."""
        members = cluster(resident)
        if not members:
            raise CommandError("There is no such resident.")
        if not yes and input(f"Type {resident} again to erase {len(members)} resident(s): ") != str(resident):
            raise CommandError("Nothing was erased.")
        try:
            services.erase(resident=resident, by="system:erase_resident", reason=reason, at=timezone.now())
        except (Conflict, NotFound, EntryRefused) as error:
            raise CommandError(f"Nothing was erased: {error.detail}.") from error
        self.stdout.write(f"Erased: {', '.join(map(str, members))}")
