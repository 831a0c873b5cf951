"""manage.py client: lenders' machines from a shell, known by their public keys alone."""

import json
from argparse import ArgumentParser
from pathlib import Path
from typing import Any
from uuid import UUID

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from registry.accounts import clients
from registry.errors import RegistryError
from registry.management.refusals import words
from registry.models import Client, Organisation

BY = "system:client_command"
SCOPES = ("consent_requests", "reports", "inquiries")


class Command(BaseCommand):
    """One act on one client; `list` shows them all. New keys are a new client; the old one is revoked."""

    help = "List, add and revoke the clients by which lenders' machines sign in."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """One sub-command for each act."""
        acts = parser.add_subparsers(dest="act", required=True)
        acts.add_parser("list", help="every client: client_id, state, organisation, label, scopes")
        add = acts.add_parser("add", help="register a lender's client; prints its client_id")
        add.add_argument("credit_code", help="the lender's unified social credit code")
        add.add_argument(
            "--jwks", type=Path, required=True, metavar="FILE", help="its public keys (RFC 7517)"
        )
        add.add_argument("--label", required=True, help="a name that the lender knows it by")
        add.add_argument(
            "--scope", action="append", choices=SCOPES, dest="scopes", help="all, if none is given"
        )
        acts.add_parser("revoke", help="end a client at once").add_argument("client_id", type=UUID)

    def handle(self, *args: Any, act: str, **options: Any) -> None:
        """Do it. A refusal is an error with its sentence."""
        try:
            said = getattr(self, f"_{act}")(**options)
        except RegistryError as refused:
            raise CommandError(words(refused)) from None
        self.stdout.write(said)

    def _list(self, **_: Any) -> str:
        rows = Client.objects.select_related("organisation").order_by("organisation__name", "created_at")
        return "\n".join(map(_line, rows))

    def _add(self, credit_code: str, jwks: Path, label: str, scopes: list[str] | None, **_: Any) -> str:
        holder = Organisation.objects.filter(credit_code=credit_code.upper()).first()
        if holder is None:
            raise CommandError(f"No organisation has the credit code {credit_code}.")
        made = clients.register(
            organisation=holder.pk,
            label=label,
            jwks=_keys(jwks),
            scopes=scopes or SCOPES,
            by=BY,
            at=timezone.now(),
        )
        return f"client_id {made.pk}"

    def _revoke(self, client_id: UUID, **_: Any) -> str:
        holder = Client.objects.filter(pk=client_id).values_list("organisation", flat=True).first()
        if holder is None:
            raise CommandError(f"There is no client {client_id}.")
        clients.revoke(client=client_id, organisation=holder, by=BY, at=timezone.now())
        return f"{client_id} is revoked."


def _line(client: Client) -> str:
    state = "revoked" if client.revoked_at else "active"
    return f"{client.pk}  {state:7}  {client.organisation}  {client.label}  {','.join(client.scopes)}"


def _keys(path: Path) -> dict[str, Any]:
    """The key set in a file. Raises CommandError for one that is none."""
    try:
        said = json.loads(path.read_text("utf-8"))
    except (OSError, ValueError) as fault:
        raise CommandError(f"{path} cannot be read as JSON: {fault}") from None
    keys = said.get("keys") if isinstance(said, dict) else None
    if not isinstance(keys, list) or not all(isinstance(key, dict) for key in keys):
        raise CommandError(f'{path} holds no key set: it begins with {{"keys": [ and lists public keys.')
    return dict(said)
