"""API keys of furnishers: shown once, kept as a digest, refused from the moment they are revoked."""

import hashlib
import re
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from registry.accounts.errors import KeyRequired, ScopeMissing
from registry.errors import InvalidRequest, NotFound
from registry.ledger import Event, append
from registry.models import ApiKey

SCOPES = {
    "uploads": gettext_lazy("Send files and fetch their results"),
    "records": gettext_lazy("Send records one by one or in small batches"),
    "consents": gettext_lazy("Send signed consents"),
    "webhooks": gettext_lazy("Say where your programs are told what became of a file"),
}
LIFE = timedelta(days=365)
_HEADER = re.compile(r"(?i:bearer) +(jx_[A-Za-z0-9_-]{43})")


@dataclass(frozen=True, slots=True)
class KeyCaller:
    """A machine that speaks for a furnisher, and the key it spoke with."""

    organisation: UUID
    by: str
    key: UUID


def issue(
    *,
    organisation: UUID,
    label: str,
    scopes: Sequence[str],
    by: str,
    at: datetime,
    expires_at: datetime | None = None,
) -> tuple[ApiKey, str]:
    """A new key and its secret, which is shown this once; it lives a year unless told otherwise.

    Raises InvalidRequest for unknown or no scopes, no label, or an end that is not within a year from `at`.
    """
    ends = expires_at or at + LIFE
    _require_sound(label, scopes, ends, at)
    secret = "jx_" + secrets.token_urlsafe(32)
    with transaction.atomic():
        key = ApiKey.objects.create(
            organisation_id=organisation,
            label=label.strip(),
            prefix=secret[:9],
            digest=_digest(secret),
            scopes=sorted(set(scopes)),
            created_by_id=_user_of(by),
            created_at=at,
            expires_at=ends,
        )
        _record(Event.CREDENTIAL_ISSUED, key, by=by, at=at)
    return key, secret


def revoke(*, key: UUID, organisation: UUID, by: str, at: datetime) -> ApiKey:
    """End a key at once; one that is revoked already stays as it is.

    Raises NotFound for another organisation's key.
    """
    with transaction.atomic():
        found = ApiKey.objects.select_for_update().filter(pk=key, organisation_id=organisation).first()
        if found is None:
            raise NotFound("api key")
        if found.revoked_at is None:
            found.revoked_at = at
            found.save(update_fields=["revoked_at"])
            _record(Event.CREDENTIAL_REVOKED, found, by=by, at=at)
    return found


def require_key(authorization_header: str | None, *, scope: str, at: datetime) -> KeyCaller:
    """Who calls. Raises KeyRequired unless a key in force was sent, ScopeMissing if it is not for this."""
    sent = _HEADER.fullmatch((authorization_header or "").strip())
    if sent is None:
        raise KeyRequired
    key = ApiKey.objects.filter(digest=_digest(sent[1]), revoked_at=None, expires_at__gt=at).first()
    if key is None:
        raise KeyRequired
    if scope not in key.scopes:
        raise ScopeMissing(scope)
    _note_use(key, at)
    return KeyCaller(key.organisation_id, f"api_key:{key.pk}", key.pk)


def require_standing(by: str, *, at: datetime) -> None:
    """Raises KeyRequired if a machine acts by a key that was revoked, or is over, since it signed in."""
    kind, _colon, key = by.partition(":")
    if kind == "api_key" and not ApiKey.objects.filter(pk=key, revoked_at=None, expires_at__gt=at).exists():
        raise KeyRequired


def keys_of(organisation: UUID) -> list[ApiKey]:
    """All keys an organisation ever had, the newest first, each with the person who made it."""
    return list(ApiKey.objects.filter(organisation_id=organisation).select_related("created_by"))


def _require_sound(label: str, scopes: Sequence[str], ends: datetime, at: datetime) -> None:
    faults: dict[str, list[str]] = {}
    if not label.strip() or len(label.strip()) > 80:
        faults["label"] = [_("Give the key a name of up to 80 characters.")]
    if not scopes or not set(scopes) <= SCOPES.keys():
        faults["scopes"] = [_("Choose what the key is for.")]
    if not at < ends <= at + LIFE:
        faults["expires_at"] = [_("A key lives for a year at most.")]
    if faults:
        raise InvalidRequest("api key", fields=faults)


def _note_use(key: ApiKey, at: datetime) -> None:
    """Once a day: a write with every call would be one too many."""
    today = timezone.localdate(at)
    if key.last_used_on != today:
        stale = Q(last_used_on=None) | Q(last_used_on__lt=today)
        ApiKey.objects.filter(stale, pk=key.pk).update(last_used_on=today)


def _record(event: Event, key: ApiKey, *, by: str, at: datetime) -> None:
    details = {"kind": "api_key", "api_key": key.pk, "scopes": key.scopes}
    append(event, by=by, at=at, organisation=key.organisation_id, details=details)


def _digest(secret: str) -> bytes:
    return hashlib.sha256(secret.encode()).digest()


def _user_of(by: str) -> UUID | None:
    kind, _colon, who = by.partition(":")
    return UUID(who) if kind == "member" else None
