"""A record on its way into the tables: its canonical text, its place, its days."""

from collections.abc import Mapping
from datetime import date, timedelta
from functools import lru_cache
from typing import Any, NamedTuple
from uuid import UUID

from django.conf import settings
from pydantic_core import to_json

from registry.catalogue import RECORD_TYPES, jurisdiction
from registry.catalogue.record_type import never
from registry.vault import Place

NEWER = "newer_on_file"
"""The warning of a row that is older than what is on file, and therefore changed nothing."""
_ONE_DAY = timedelta(days=1)


class NewRecord(NamedTuple):
    """One canonical record to be stored, as its type's `parse` returned it.

    `resident` is whom it is kept under: the `holder` of a match. `consent_id` is the contribution consent
    that covers it, `row` the row of its file (None where there is none).
    """

    resident: UUID
    type: str
    fields: Mapping[str, Any]
    consent_id: UUID
    row: int | None = None


class Stored(NamedTuple):
    """What became of one record ("accepted", "unchanged" or "corrected"), and the row that stands for it.

    `warning` is NEWER where something newer is on file, "" otherwise.
    """

    record_id: UUID
    outcome: str
    warning: str = ""


class Days(NamedTuple):
    """The day on which a record must be gone, and the day from which it counts against the resident."""

    retained_until: date | None
    negative_from: date | None


NO_DAYS = Days(None, None)


def canonical(value: Mapping[str, Any] | list[str]) -> bytes:
    """Canonical JSON in UTF-8: members in order of their names, no blanks; the same value, the same bytes.

    Records hold texts, whole numbers, booleans and lists of texts alone, which this writes as RFC 8785 does.
    """
    return to_json(value if isinstance(value, list) else _in_order(value))


def _in_order(value: Mapping[str, Any]) -> dict[str, Any]:
    names = _ordered(tuple(value))
    return dict(zip(names, map(value.__getitem__, names), strict=True))


@lru_cache(maxsize=1024)
def _ordered(names: tuple[str, ...]) -> tuple[str, ...]:
    """The records of a type differ in few ways in which fields they have: each way is sorted once."""
    return tuple(sorted(names))


def record_place(record: UUID, resident: UUID) -> Place:
    """Where a record's seal is bound to."""
    return Place("registry_record", record, resident, "sealed")


def days_of(record: NewRecord, *, on: date) -> Days:
    """What the calendar says of a record that is stored on a day; NO_DAYS where nothing is negative.

    A negative event that goes on has no end, so its record has no last day yet. What is owed and not due
    yet counts from the day after it was due.
    """
    kind = RECORD_TYPES[record.type]
    if kind.is_negative is never or not kind.negative(record.fields):
        return NO_DAYS
    ended = kind.event_end(record.fields)
    until = jurisdiction(settings.JURISDICTION).retention_ends(ended) if ended else None
    if kind.negative(record.fields, on=on):
        return Days(until, on)
    return Days(until, date.fromisoformat(record.fields["due_on"]) + _ONE_DAY)
