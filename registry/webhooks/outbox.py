"""What is to be told: written in the acting transaction, delivered after commit, tried again for a day.

1. `tell` writes one delivery for every endpoint that listens
2. `wake` names deliveries that are due and that nobody holds, for the caller to send tasks for
3. `deliver` holds one, posts it, and writes down how that went
"""

import random
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import connection, transaction
from django.db.models import F, Q

from registry.errors import InvalidRequest, NotFound
from registry.models import WebhookAttempt, WebhookDelivery, WebhookEndpoint
from registry.vault import SealBroken
from registry.webhooks import posting, signing
from registry.webhooks.addresses import require_url
from registry.webhooks.endpoints import disable_gone, endpoint_of, opened
from registry.webhooks.events import PING, check

PAUSES = tuple(timedelta(seconds=s) for s in (5, 30, 300, 1800, 7200, 18_000, 28_800, 28_800))
"""Between the tries; a fifth more or less by chance, so that what failed together does not come together."""
HELD = timedelta(seconds=90)
WOKEN = timedelta(seconds=30)
LONGEST_WAIT = timedelta(hours=1)
KEPT = timedelta(days=30)
AT_ONCE = 4
"""Deliveries of one organisation that are on their way at once."""
State = WebhookDelivery.State
Outcome = WebhookAttempt.Outcome

_LOCK = int.from_bytes(b"webhooks")
_TURN = "SELECT pg_advisory_xact_lock(%s)"
_DUE = """
WITH due AS (
    SELECT d.id, d.due_at, e.organisation_id,
           COALESCE(GREATEST(d.woken_until, d.held_until) >= %(at)s, false) AS busy
    FROM registry_webhookdelivery d JOIN registry_webhookendpoint e ON e.id = d.endpoint_id
    WHERE d.state = 'queued' AND d.due_at <= %(at)s
), placed AS (
    SELECT *, row_number() OVER (PARTITION BY organisation_id ORDER BY busy DESC, due_at, id) AS place
    FROM due
), chosen AS (
    SELECT d.id FROM registry_webhookdelivery d JOIN placed p USING (id)
    WHERE p.place <= %(each)s AND NOT p.busy
    ORDER BY p.place, p.due_at, p.id
    LIMIT GREATEST(0, %(limit)s - (SELECT count(*) FROM due WHERE busy)) FOR NO KEY UPDATE OF d SKIP LOCKED
)
UPDATE registry_webhookdelivery w SET woken_until = %(until)s
FROM chosen WHERE w.id = chosen.id RETURNING w.id
"""


def tell(*, organisation: UUID, event: str, data: Mapping[str, object], at: datetime) -> int:
    """Queue an event for each endpoint of an organisation that listens, in the acting transaction: how many.

    `data` holds ids, codes and counts. Raises ValueError for anything else.
    """
    body = check(event, data)
    listening = Q(events=[]) | Q(events__contains=[event])
    endpoints = WebhookEndpoint.objects.filter(listening, organisation_id=organisation, disabled_at=None)
    ids = endpoints.values_list("id", flat=True)
    made = WebhookDelivery.objects.bulk_create(_delivery(endpoint, event, body, at) for endpoint in ids)
    return len(made)


def ping(*, organisation: UUID, endpoint: UUID, at: datetime) -> WebhookDelivery:
    """Queue a test for one endpoint, whatever it listens to. Raises NotFound."""
    found = endpoint_of(organisation=organisation, endpoint=endpoint)
    delivery = _delivery(found.id, PING, check(PING, {}), at)
    delivery.save(force_insert=True)
    return delivery


def replay(*, organisation: UUID, endpoint: UUID, delivery: UUID, at: datetime) -> WebhookDelivery:
    """Queue a delivery once more under the id it had, so that a receiver knows it again. Raises NotFound."""
    with transaction.atomic():
        found = (
            WebhookDelivery.objects.select_for_update(no_key=True)
            .filter(id=delivery, endpoint_id=endpoint, endpoint__organisation_id=organisation)
            .first()
        )
        if found is None:
            raise NotFound("delivery")
        found.state, found.attempts, found.due_at, found.settled_at = State.QUEUED, 0, at, None
        found.woken_until = None
        found.save(update_fields=["state", "attempts", "due_at", "settled_at", "woken_until"])
    return found


def deliveries_of(
    *, organisation: UUID, endpoint: UUID, before: UUID | None = None, limit: int = 20
) -> list[WebhookDelivery]:
    """An endpoint's deliveries with their tries, the newest first, below `before`. Raises NotFound."""
    found = endpoint_of(organisation=organisation, endpoint=endpoint)
    own = WebhookDelivery.objects.filter(endpoint=found)
    if before is not None:
        last = own.filter(id=before).first()
        if last is None:
            raise NotFound("delivery")
        own = own.filter(Q(created_at__lt=last.created_at) | Q(created_at=last.created_at, id__gt=last.id))
    return list(own.prefetch_related("tries")[:limit])


def wake(*, at: datetime) -> list[UUID]:
    """Deliveries that are due and that nobody holds, for the caller to wake; they count as woken from now.

    Organisations take turns, and no more are on their way than `WEBHOOKS_AT_ONCE`: whoever answers slowly
    must not keep all workers waiting, which have people's files and messages to see to.
    """
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(_TURN, [_LOCK])
        named: dict[str, Any] = {
            "at": at,
            "until": at + WOKEN,
            "limit": settings.WEBHOOKS_AT_ONCE,
            "each": AT_ONCE,
        }
        cursor.execute(_DUE, named)
        return [row[0] for row in cursor.fetchall()]


def deliver(*, delivery: UUID, at: datetime) -> Outcome | None:
    """Try one delivery that is due; None where there is nothing to do. Opens transactions of its own."""
    free = Q(held_until=None) | Q(held_until__lt=at)
    due = WebhookDelivery.objects.filter(free, id=delivery, state=State.QUEUED, due_at__lte=at)
    if not due.update(held_until=at + HELD, attempts=F("attempts") + 1):
        return None
    found = WebhookDelivery.objects.select_related("endpoint").filter(id=delivery).first()
    if found is None:  # removed with its endpoint
        return None
    if found.endpoint.disabled_at is not None:
        _settle(found, State.FAILED, at)
        return None
    return _write_down(found, _post(found, at), at)


def forget(*, at: datetime) -> int:
    """Remove deliveries that were settled `KEPT` ago; returns how many."""
    gone = WebhookDelivery.objects.filter(settled_at__lt=at - KEPT)
    return gone.delete()[1].get("registry.WebhookDelivery", 0)


def _delivery(endpoint: UUID, event: str, body: dict[str, Any], at: datetime) -> WebhookDelivery:
    return WebhookDelivery(endpoint_id=endpoint, event=event, body=body, created_at=at, due_at=at)


def _post(delivery: WebhookDelivery, at: datetime) -> posting.Posted:
    try:
        known = opened(delivery.endpoint)
        target = require_url(known.url)
    except SealBroken:
        return posting.Posted(Outcome.UNREACHABLE, None, 0)
    except InvalidRequest:  # allowed when it was named, and no more
        return posting.Posted(Outcome.ADDRESS_NOT_PUBLIC, None, 0)
    body = signing.body_of(delivery.event, delivery.body, delivery.created_at)
    signed = signing.headers(f"msg_{delivery.id.hex}", body, signed_by=known.signing(at), at=at)
    return posting.post(target, body, signed)


def _write_down(delivery: WebhookDelivery, posted: posting.Posted, at: datetime) -> Outcome:
    with transaction.atomic():
        endpoint = (
            WebhookEndpoint.objects.select_for_update(no_key=True).filter(id=delivery.endpoint_id).first()
        )
        if endpoint is None:
            return posted.outcome  # it was removed while we posted
        WebhookAttempt.objects.create(
            delivery=delivery,
            at=at,
            outcome=posted.outcome,
            status=posted.status,
            milliseconds=posted.milliseconds,
        )
        if posted.outcome == Outcome.DELIVERED:
            _note_failing(endpoint, None)
            _settle(delivery, State.DELIVERED, at)
            return posted.outcome
        _note_failing(endpoint, endpoint.failing_since or at)
        if posted.outcome == Outcome.GONE:
            disable_gone(endpoint, at=at)
        if posted.outcome == Outcome.GONE or delivery.attempts > len(PAUSES):
            _settle(delivery, State.FAILED, at)
        else:
            _postpone(delivery, posted, at)
    return posted.outcome


def _note_failing(endpoint: WebhookEndpoint, since: datetime | None) -> None:
    if endpoint.failing_since != since:
        endpoint.failing_since = since
        endpoint.save(update_fields=["failing_since"])


def _settle(delivery: WebhookDelivery, state: State, at: datetime) -> None:
    own = WebhookDelivery.objects.filter(id=delivery.id)
    own.update(state=state, settled_at=at, held_until=None, woken_until=None)


def _postpone(delivery: WebhookDelivery, posted: posting.Posted, at: datetime) -> None:
    """The next try; never sooner than the other side asked for, within an hour."""
    spread = random.uniform(0.8, 1.2)  # noqa: S311  (no secret: only spreads tries)
    pause = max(PAUSES[delivery.attempts - 1] * spread, min(timedelta(seconds=posted.wait), LONGEST_WAIT))
    own = WebhookDelivery.objects.filter(id=delivery.id)
    own.update(due_at=at + pause, held_until=None, woken_until=None)
