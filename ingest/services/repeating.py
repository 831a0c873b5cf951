"""A request under an Idempotency-Key acts once: the same again gives the same answer for a day.

1. the key is noted before anything is done: of two requests at once the second hears that the first is on
2. the act is done; if it fails, the key is free again
3. the answer is kept, sealed: it may hold a secret that is shown once

An act of one transaction takes 3 into it (`together`): then not even a crash between the two does it twice.
Other acts know by themselves what is there already (records by their natural keys, consents by reference).
"""

import hashlib
from collections.abc import Callable
from contextlib import nullcontext
from datetime import datetime, timedelta
from typing import Any, NamedTuple
from uuid import UUID, uuid4

from django.db import transaction

from ingest.errors.requests import RequestInProgress
from ingest.models import KeptAnswer
from ingest.queries import FAR
from registry import keys, staging
from registry.errors import IdempotencyKeyReused

HELD = timedelta(minutes=5)
KEPT = timedelta(days=1)


class Answer(NamedTuple):
    """What is answered: status, JSON body, headers; `again` for one that was given before."""

    status: int
    body: Any
    headers: dict[str, str]
    again: bool = False


def once(
    *,
    organisation: UUID,
    key: str,
    request: bytes,
    act: Callable[[], Answer],
    at: datetime,
    together: bool = False,
) -> Answer:
    """Do `act` unless this `request` (all of it that matters, as bytes) came under this `key` before.

    Raises IdempotencyKeyReused where the key came with another request, RequestInProgress while that one is
    being worked on, and what `act` raises.
    """
    digest = hashlib.sha256(request).hexdigest()
    own, known = _note(organisation, _digest("answer_key", key), _digest("answer_request", digest), at)
    if known is not None:
        return known
    try:
        with transaction.atomic() if together else nullcontext():
            answer = act()
            note = [answer.body, answer.headers]
            sealed = staging.seal_note(owner=own, field="answer", note=note)
            KeptAnswer.objects.filter(id=own).update(status=answer.status, sealed=sealed)
    except BaseException:
        KeptAnswer.objects.filter(id=own, status=None).delete()
        raise
    return answer


def forget_answers(*, at: datetime) -> int:
    """Remove answers that were kept for a day; returns how many."""
    return KeptAnswer.objects.filter(created_at__lt=at - KEPT).delete()[0]


def _note(organisation: UUID, key: bytes, request: bytes, at: datetime) -> tuple[UUID, Answer | None]:
    """The id of our own note, or the answer that was given before."""
    made = KeptAnswer(
        id=uuid4(),
        organisation_id=organisation,
        key=key,
        request=request,
        held_until=at + HELD,
        created_at=at,
    )
    KeptAnswer.objects.bulk_create([made], ignore_conflicts=True)
    with transaction.atomic():
        held = KeptAnswer.objects.select_for_update(no_key=True)
        found = held.filter(organisation_id=organisation, key=key).first()
        if found is None:  # the other one failed just now, and freed the key
            raise RequestInProgress(retry_after=1)
        if found.id == made.id:
            return made.id, None
        if found.created_at < at - KEPT:
            return _take_over(found, request, at), None
        if bytes(found.request) != request:
            raise IdempotencyKeyReused
        if found.status is None and at <= found.held_until <= at + FAR:
            raise RequestInProgress(retry_after=1)
        if found.status is None:  # its process died
            return _take_over(found, request, at), None
        return found.id, _kept(found)


def _take_over(found: KeptAnswer, request: bytes, at: datetime) -> UUID:
    found.request, found.held_until, found.created_at = request, at + HELD, at
    found.status = found.sealed = None
    found.save()
    return found.id


def _kept(found: KeptAnswer) -> Answer:
    assert found.sealed is not None
    assert found.status is not None
    body, headers = staging.open_note(owner=found.id, field="answer", sealed=bytes(found.sealed))
    return Answer(found.status, body, headers, again=True)


def _digest(kind: str, value: str) -> bytes:
    return keys.indexers()[-1].digest(kind, value)
