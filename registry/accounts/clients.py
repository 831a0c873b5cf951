"""Lenders' OAuth 2.0 clients: registered with their public keys, which are all that is kept of them."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _

from registry.errors import InvalidRequest, NotFound
from registry.ledger import Event, append
from registry.models import Client, Organisation

PRIVATE = frozenset({"d", "p", "q", "dp", "dq", "qi", "oth", "k"})


def register(
    *,
    organisation: UUID,
    label: str,
    jwks: Mapping[str, Any],
    scopes: Sequence[str],
    by: str,
    at: datetime,
) -> Client:
    """A new client of a lender, known by its public keys (RFC 7517).

    Raises NotFound for an unknown organisation, InvalidRequest for one that cannot lend, for no label, no
    scope or no key, and for a key set that holds anything private.
    """
    holder = Organisation.objects.filter(pk=organisation).first()
    if holder is None:
        raise NotFound("organisation")
    _require_sound(holder, label, jwks, scopes)
    with transaction.atomic():
        client = Client.objects.create(
            organisation=holder,
            label=label.strip(),
            jwks=dict(jwks),
            scopes=sorted(set(scopes)),
            created_at=at,
        )
        _record(Event.CREDENTIAL_ISSUED, client, by=by, at=at)
    return client


def revoke(*, client: UUID, organisation: UUID, by: str, at: datetime) -> Client:
    """End a client at once; one that is revoked already stays as it is.

    Raises NotFound for another organisation's client.
    """
    with transaction.atomic():
        found = Client.objects.select_for_update().filter(pk=client, organisation_id=organisation).first()
        if found is None:
            raise NotFound("client")
        if found.revoked_at is None:
            found.revoked_at = at
            found.save(update_fields=["revoked_at"])
            _record(Event.CREDENTIAL_REVOKED, found, by=by, at=at)
    return found


def _require_sound(holder: Organisation, label: str, jwks: Mapping[str, Any], scopes: Sequence[str]) -> None:
    faults: dict[str, list[str]] = {}
    keys = jwks.get("keys")
    if holder.kind not in Organisation.LENDER_KINDS:
        faults["organisation"] = [_("An organisation of this kind cannot hold this role.")]
    if not label.strip() or len(label.strip()) > 80:
        faults["label"] = [_("Give the client a name of up to 80 characters.")]
    if not scopes:
        faults["scopes"] = [_("Choose what the client is for.")]
    if not isinstance(keys, list) or not keys or any(PRIVATE & set(key) for key in keys):
        faults["jwks"] = [_("Give a set of public keys, and of no private one.")]
    if faults:
        raise InvalidRequest("client", fields=faults)


def _record(event: Event, client: Client, *, by: str, at: datetime) -> None:
    details = {"kind": "client", "client": client.pk, "scopes": client.scopes}
    append(event, by=by, at=at, organisation=client.organisation_id, details=details)
