"""Endpoints: made with a secret that is shown once, changed, rotated, ended. Each act is in the ledger."""

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

from django.db import transaction
from django.utils.translation import gettext as _

from registry import keys
from registry.errors import Conflict, InvalidRequest, NotFound
from registry.ledger import Event, append
from registry.models import WebhookEndpoint
from registry.vault import Place, open_sealed, seal
from registry.webhooks import signing
from registry.webhooks.addresses import require_url
from registry.webhooks.events import EVENTS, PING

OVERLAP = timedelta(days=1)
"""How long the former secret signs beside the new one."""
MOST = 10
_NOBODY = UUID(int=0)


class TooManyEndpoints(Conflict):
    """An organisation has as many endpoints as it may have."""

    code = "too_many_webhooks"
    sentence = "Your organisation has as many webhooks as it may have. Remove one first."


@dataclass(frozen=True, slots=True)
class Opened:
    """An endpoint's address and secrets, the newest first, each with the moment it signs no more from."""

    url: str
    secrets: tuple[tuple[str, datetime | None], ...] = field(repr=False)

    def signing(self, at: datetime) -> list[str]:
        """The secrets that sign at this moment, the newest first."""
        return [secret for secret, until in self.secrets if until is None or at < until]


def add(
    *, organisation: UUID, url: str, events: Sequence[str] = (), label: str = "", by: str, at: datetime
) -> tuple[WebhookEndpoint, str]:
    """A new endpoint and its secret, which is shown this once; no `events` means all of them.

    Raises InvalidRequest, TooManyEndpoints.
    """
    require_url(url)
    secret = signing.new_secret()
    made = WebhookEndpoint(
        id=uuid4(),
        organisation_id=organisation,
        label=_require_label(label),
        events=_require_events(events),
        created_by=by,
        created_at=at,
        rotated_at=at,
    )
    made.sealed = _seal(made.id, Opened(url, ((secret, None),)))
    with transaction.atomic():
        if WebhookEndpoint.objects.filter(organisation_id=organisation).count() >= MOST:
            raise TooManyEndpoints(limit=MOST)
        made.save(force_insert=True)
        _record(Event.CREDENTIAL_ISSUED, made, by, at)
    return made, secret


def change(
    *, organisation: UUID, endpoint: UUID, changes: dict[str, Any], by: str, at: datetime
) -> WebhookEndpoint:
    """Change `url`, `events`, `label` or `disabled`. Raises NotFound, InvalidRequest."""
    with transaction.atomic():
        found = _held(organisation, endpoint)
        if "url" in changes:
            require_url(changes["url"])
            found.sealed = _seal(found.id, Opened(changes["url"], opened(found).secrets))
        if "events" in changes:
            found.events = _require_events(changes["events"])
        if "label" in changes:
            found.label = _require_label(changes["label"])
        if "disabled" in changes:
            _switch(found, off=changes["disabled"], at=at)
        found.save()
        _record(Event.CREDENTIAL_ISSUED, found, by, at, reason="changed")
    return found


def rotate(*, organisation: UUID, endpoint: UUID, by: str, at: datetime) -> tuple[WebhookEndpoint, str]:
    """A new secret, shown this once; the former one signs beside it for `OVERLAP`. Raises NotFound."""
    secret = signing.new_secret()
    with transaction.atomic():
        found = _held(organisation, endpoint)
        before = opened(found)
        former = before.signing(at)[0]
        found.sealed = _seal(found.id, Opened(before.url, ((secret, None), (former, at + OVERLAP))))
        found.rotated_at = at
        found.save(update_fields=["sealed", "rotated_at"])
        _record(Event.CREDENTIAL_ISSUED, found, by, at, reason="rotated")
    return found, secret


def remove(*, organisation: UUID, endpoint: UUID, by: str, at: datetime) -> None:
    """End an endpoint for good, with its log and what still waited for it. Raises NotFound."""
    with transaction.atomic():
        found = _held(organisation, endpoint)
        _record(Event.CREDENTIAL_REVOKED, found, by, at)
        found.delete()


def disable_gone(endpoint: WebhookEndpoint, *, at: datetime) -> None:
    """End an endpoint whose address said 410, in the acting transaction; its owner may switch it on."""
    if endpoint.disabled_at is None:
        endpoint.disabled_at, endpoint.disabled_for = at, WebhookEndpoint.Reason.GONE
        endpoint.save(update_fields=["disabled_at", "disabled_for"])
        _record(Event.CREDENTIAL_REVOKED, endpoint, "system:webhooks", at, reason="gone")


def endpoints_of(organisation: UUID) -> list[WebhookEndpoint]:
    """All endpoints of an organisation, in the order they were made."""
    return list(WebhookEndpoint.objects.filter(organisation_id=organisation))


def endpoint_of(*, organisation: UUID, endpoint: UUID) -> WebhookEndpoint:
    """One of an organisation's endpoints. Raises NotFound."""
    found = WebhookEndpoint.objects.filter(organisation_id=organisation, id=endpoint).first()
    if found is None:
        raise NotFound("webhook")
    return found


def opened(endpoint: WebhookEndpoint) -> Opened:
    """Address and secrets. Raises SealBroken."""
    place = Place("webhook_endpoint", endpoint.id, _NOBODY, "sealed")
    told = json.loads(open_sealed(keys.system_data_key("webhooks"), bytes(endpoint.sealed), place))
    secrets = ((secret, until and datetime.fromisoformat(until)) for secret, until in told["secrets"])
    return Opened(told["url"], tuple(secrets))


def _seal(endpoint: UUID, what: Opened) -> bytes:
    secrets = [[secret, until and until.isoformat()] for secret, until in what.secrets]
    plain = json.dumps({"url": what.url, "secrets": secrets}).encode()
    return seal(
        keys.system_data_key("webhooks"), plain, Place("webhook_endpoint", endpoint, _NOBODY, "sealed")
    )


def _held(organisation: UUID, endpoint: UUID) -> WebhookEndpoint:
    found = WebhookEndpoint.objects.select_for_update(no_key=True)
    own = found.filter(organisation_id=organisation, id=endpoint).first()
    if own is None:
        raise NotFound("webhook")
    return own


def _switch(endpoint: WebhookEndpoint, *, off: bool, at: datetime) -> None:
    if off and endpoint.disabled_at is None:
        endpoint.disabled_at, endpoint.disabled_for = at, WebhookEndpoint.Reason.OWN_WISH
    if not off:
        endpoint.disabled_at, endpoint.disabled_for = None, WebhookEndpoint.Reason.NONE
        endpoint.failing_since = None


def _require_events(events: Sequence[str]) -> list[str]:
    known = set(EVENTS) - {PING}
    if not set(events) <= known:
        raise InvalidRequest("events", fields={"events": [_("There is no such event.")]})
    return sorted(set(events))


def _require_label(label: str) -> str:
    if len(label) > 80 or not label.isprintable():
        raise InvalidRequest("label", fields={"label": [_("Use at most 80 characters.")]})
    return label.strip()


def _record(
    event: Event, endpoint: WebhookEndpoint, by: str, at: datetime, reason: str | None = None
) -> None:
    details = {"kind": "webhook", "webhook": endpoint.id, "reason": reason}
    append(event, by=by, at=at, organisation=endpoint.organisation_id, details=details)
