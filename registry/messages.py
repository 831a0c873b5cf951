"""Keeper of short messages to residents: queued in the acting transaction, sealed, delivered after commit.

A message is on its way from the moment its act commits. Workers take what is due for a minute each, so no
two deliver the same one; a worker that dies leaves its messages to the next sweep. The gateway may therefore
see a message twice, with the same id. Number and text are gone from the database once it has gone out.
"""

import json
import logging
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import UUID

import httpx
from django.conf import settings
from django.db import transaction
from django.db.models import F

from registry import keys
from registry.linkage.numbers import read_mobile
from registry.models import Message
from registry.models.bulk import copy_columns
from registry.models.ids import new_ids
from registry.vault import Place, SealBroken, open_sealed, seal_rows

NOBODY = UUID(int=0)
TAKEN = timedelta(minutes=1)
TRIES = 6
PAUSES = tuple(timedelta(seconds=seconds) for seconds in (10, 60, 300, 1800, 7200))
PATIENCE = 5.0  # seconds to connect and again to answer: AT_ONCE in a row still end within TAKEN
AT_ONCE = 5
FLEETING = {"sign_in_code": timedelta(minutes=5)}  # sent before all others, and not at all once that old
AHEAD = timedelta(days=1)

logger = logging.getLogger("registry.messages")


@dataclass(frozen=True)
class InboxMessage:
    """A message as the demo's inbox shows it."""

    at: datetime
    kind: str
    mobile: str = field(repr=False)
    text: str = field(repr=False)


def queue(*, kind: str, mobile: str, text: str, at: datetime) -> UUID:
    """Queue one message in the acting transaction; returns its id. `kind` is a code: "sign_in_code"."""
    return queue_many([(kind, mobile, text)], at=at)[0]


def queue_many(messages: Iterable[tuple[str, str, str]], *, at: datetime) -> list[UUID]:
    """Queue (kind, mobile, text) triples with one statement, in order; returns their ids."""
    told = list(messages)
    if not told:
        return []
    ids, count = new_ids(len(told), at=at), len(told)
    kinds = [kind for kind, _mobile, _text in told]
    columns: dict[str, Sequence[object]] = {
        "id": ids,
        "kind": kinds,
        "sealed": _sealed(ids, told),
        "due_at": [at - AHEAD if kind in FLEETING else at for kind in kinds],
    }
    same = {"state": "queued", "attempts": 0, "created_at": at}
    copy_columns("registry_message", columns | {name: [value] * count for name, value in same.items()})
    return ids


def deliver(*, at: datetime, limit: int = 100) -> int:
    """Send what is due, at most `limit`; returns how many went out. Opens transactions of its own.

    In a demonstration a message goes to the inbox. Without a gateway nothing is taken: messages wait.
    """
    if settings.DEMO:
        return _to_inbox(at, limit)
    if not settings.SMS_URL:
        return 0
    _drop_stale(at)
    sent = 0
    with httpx.Client(timeout=PATIENCE) as gateway:
        while sent < limit and (batch := _take(at, min(AT_ONCE, limit - sent))):
            outcomes = [(message, _post(gateway, message)) for message in batch]
            sent += _settle(outcomes, at)
            if not any(went for _message, went in outcomes):
                break  # the gateway is away: leave the rest alone until the next sweep
    return sent


def forget(*, mobiles: Collection[str]) -> int:
    """Drop what is still kept for these mobiles, undelivered or in the demo's inbox; returns how many.

    Sealed messages show no number, so all that wait are opened: half a minute for a million, which a large
    file leaves waiting for hours.
    """
    kept = Message.objects.filter(sealed__isnull=False)
    theirs = [message.id for message in kept.iterator() if _mobile(message) in mobiles]
    with transaction.atomic():
        gone, _by_table = Message.objects.filter(id__in=_hold(theirs)).delete()
    return gone


def recall(*, ids: Collection[UUID]) -> set[UUID]:
    """Drop those of these messages that have not gone out; returns which those were."""
    with transaction.atomic():
        waiting = Message.objects.filter(id__in=_hold(ids), state=Message.State.QUEUED)
        dropped = set(waiting.values_list("id", flat=True))
        Message.objects.filter(id__in=dropped).delete()
    return dropped


def inbox(limit: int = 50) -> list[InboxMessage]:
    """The newest messages, opened; nothing outside a demonstration."""
    if not settings.DEMO:
        return []
    newest = Message.objects.filter(sealed__isnull=False).order_by("-created_at", "id")[:limit]
    return [InboxMessage(message.created_at, message.kind, *_open(message)) for message in newest]


def _to_inbox(at: datetime, limit: int) -> int:
    with transaction.atomic():
        due = _due(at, limit)
        Message.objects.filter(id__in=[message.id for message in due]).update(
            state=Message.State.SENT, sent_at=at, attempts=F("attempts") + 1
        )
    return len(due)


def _drop_stale(at: datetime) -> None:
    """Empty what nobody can use any more; what others hold is left to the next sweep."""
    waiting = Message.objects.filter(state=Message.State.QUEUED)
    for kind, life in FLEETING.items():
        with transaction.atomic():
            stale = waiting.filter(kind=kind, created_at__lte=at - life).select_for_update(skip_locked=True)
            ids = list(stale.values_list("id", flat=True))
            Message.objects.filter(id__in=ids).update(state=Message.State.FAILED, sealed=None)


def _hold(ids: Collection[UUID]) -> list[UUID]:
    """Lock messages, always in the order of their ids, so that no two wait for each other in a circle."""
    ordered = Message.objects.filter(id__in=ids).order_by("id").select_for_update()
    return list(ordered.values_list("id", flat=True))


def _due(at: datetime, limit: int) -> list[Message]:
    waiting = Message.objects.filter(state=Message.State.QUEUED, due_at__lte=at).order_by("due_at", "id")
    return list(waiting.select_for_update(skip_locked=True)[:limit])


def _take(at: datetime, limit: int) -> list[Message]:
    """Some due messages, ours alone until TAKEN has passed."""
    with transaction.atomic():
        taken = _due(at, limit)
        Message.objects.filter(id__in=[message.id for message in taken]).update(
            due_at=at + TAKEN, attempts=F("attempts") + 1
        )
    return taken


def _post(gateway: httpx.Client, message: Message) -> bool:
    try:
        mobile, text = _open(message)
        answer = gateway.post(settings.SMS_URL, json={"to": mobile, "text": text, "id": str(message.id)})
    except (httpx.HTTPError, SealBroken):
        return False
    return answer.is_success


def _settle(outcomes: Sequence[tuple[Message, bool]], at: datetime) -> int:
    """Write down what became of messages we took; whoever else settled one meanwhile is left alone."""
    went = [message.id for message, sent in outcomes if sent]
    with transaction.atomic():
        _hold([message.id for message, _sent in outcomes])
        waiting = Message.objects.filter(state=Message.State.QUEUED)
        waiting.filter(id__in=went).update(state=Message.State.SENT, sent_at=at, sealed=None)
        for message in (message for message, sent in outcomes if not sent):
            if message.attempts + 1 >= TRIES:
                waiting.filter(id=message.id).update(state=Message.State.FAILED, sealed=None)
                logger.error("a message was given up", extra={"event": message.kind})
            else:
                waiting.filter(id=message.id).update(due_at=at + PAUSES[message.attempts])
    return len(went)


def _mobile(message: Message) -> str:
    """Whom a message is for, as `linkage` writes it; "" for one that does not open."""
    try:
        return read_mobile(_open(message)[0])
    except SealBroken:
        return ""


def _place(message: UUID) -> Place:
    return Place("registry_message", message, NOBODY, "sealed")


def _sealed(ids: Sequence[UUID], told: Sequence[tuple[str, str, str]]) -> list[bytes]:
    """Each message as JSON, number and text, sealed to its place; a text that many get is written once."""
    key = keys.system_data_key("messages")
    texts = {text: json.dumps(text, ensure_ascii=False) for text in {text for _kind, _mobile, text in told}}
    rows = [
        (key, f"[{_quoted(mobile)},{texts[text]}]".encode(), row, NOBODY)
        for row, (_kind, mobile, text) in zip(ids, told, strict=True)
    ]
    return seal_rows("registry_message", "sealed", rows)


def _quoted(mobile: str) -> str:
    """A number as JSON; digits, as nearly all are, need no encoder."""
    return f'"{mobile}"' if mobile.isdigit() and mobile.isascii() else json.dumps(mobile, ensure_ascii=False)


def _open(message: Message) -> tuple[str, str]:
    mobile, text = json.loads(
        open_sealed(keys.system_data_key("messages"), bytes(message.sealed or b""), _place(message.id))
    )
    return mobile, text
