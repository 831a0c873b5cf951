"""What every part of a report needs of a record, whichever keeper opened it."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any, Protocol
from uuid import UUID

from registry.catalogue import RECORD_TYPES

DISPUTED = "disputed"


class OpenRecord(Protocol):
    """An opened record, as `registry.profiles` hands it out."""

    @property
    def id(self) -> UUID: ...
    @property
    def type(self) -> str: ...
    @property
    def category(self) -> str: ...
    @property
    def consent_id(self) -> UUID: ...
    @property
    def organisation_id(self) -> UUID: ...
    @property
    def organisation_name(self) -> str: ...
    @property
    def organisation_name_en(self) -> str: ...
    @property
    def fields(self) -> Mapping[str, Any]: ...
    @property
    def status(self) -> str: ...
    @property
    def received_at(self) -> datetime: ...
    @property
    def period(self) -> str: ...


def months_back(period: str, on: date) -> int:
    """How many months before `on`'s month a month (YYYY-MM) lies; negative for those ahead."""
    return (on.year - int(period[:4])) * 12 + on.month - int(period[5:7])


def within(record: OpenRecord, months: int, on: date) -> bool:
    """Whether a record belongs to one of the last `months` whole months before `on`, or to its month."""
    return 0 <= months_back(record.period, on) <= months


def is_negative(record: OpenRecord, on: date) -> bool:
    """Whether the catalogue counts the record against the resident on that day."""
    return RECORD_TYPES[record.type].negative(record.fields, on=on)


def of_type(records: list[OpenRecord], *types: str) -> list[OpenRecord]:
    """The records of some types, newest period first."""
    return sorted(
        (r for r in records if r.type in types), key=lambda r: (r.period, r.received_at), reverse=True
    )
