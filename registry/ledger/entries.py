"""Appending: one row in the ledger and one in the queue, inside the transaction of the act itself."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from uuid import UUID, uuid4

from django.db import connection

from registry.ledger.errors import EntryRefused, TransactionRequired
from registry.ledger.events import Event, Plain, check, check_actor

# No lock is taken: the entry gets its place in the tree after commit, from the queue.
_APPEND = """
WITH added AS (
    INSERT INTO registry_ledgerentry (body) SELECT unnest(%s::text[]) RETURNING id
)
INSERT INTO registry_ledgerpending (entry_id) SELECT id FROM added
"""


@dataclass(frozen=True, slots=True)
class NewEntry:
    """An act to be recorded: which, who (`by`), when (`at`, aware), about whom, for which organisation."""

    event: Event
    by: str
    at: datetime
    subject: UUID | None = None
    organisation: UUID | None = None
    details: Mapping[str, object] = field(default_factory=dict)


def append(
    event: Event,
    *,
    by: str,
    at: datetime,
    subject: UUID | None = None,
    organisation: UUID | None = None,
    details: Mapping[str, object] | None = None,
) -> UUID:
    """Record one act in the acting transaction; returns the entry's id. See `append_many`."""
    return append_many([NewEntry(event, by, at, subject, organisation, details or {})])[0]


def append_many(entries: Sequence[NewEntry]) -> list[UUID]:
    """Record many acts with one statement, in order; returns their entry ids.

    Raises TransactionRequired outside a transaction and EntryRefused for what `events` does not declare.
    """
    if not connection.in_atomic_block:
        raise TransactionRequired("an entry is written with its act, inside transaction.atomic()")
    ids = [uuid4() for _ in entries]
    bodies = [body(entry, new) for entry, new in zip(ids, entries, strict=True)]
    if bodies:
        with connection.cursor() as cursor:
            cursor.execute(_APPEND, [bodies])
    return ids


def body(entry: UUID, new: NewEntry) -> str:
    """The entry's canonical JSON (RFC 8785): what is stored, hashed and signed.

    With keys and strings of ASCII, whole numbers below 2^53 and nothing else, which `events` sees to, the
    standard encoder yields exactly that form, at a fraction of a general one's cost; a test holds it to that.
    """
    members: dict[str, Plain | dict[str, Plain] | None] = {
        "at": _moment(new.at),
        "by": check_actor(new.by),
        "details": check(new.event, new.details),
        "entry": str(entry),
        "event": new.event.value,
        "organisation": _name(new.organisation),
        "subject": _name(new.subject),
    }
    return json.dumps(members, sort_keys=True, separators=(",", ":"))


def _moment(at: datetime) -> str:
    """RFC 3339 in UTC with microseconds, always 27 characters."""
    if at.utcoffset() is None:
        raise EntryRefused("the time of an act must say its zone")
    return at.astimezone(UTC).replace(tzinfo=None).isoformat(timespec="microseconds") + "Z"


def _name(who: UUID | None) -> str | None:
    if who is not None and not isinstance(who, UUID):
        raise EntryRefused("subject and organisation are UUIDs")
    return str(who) if who else None
