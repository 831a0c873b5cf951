"""A record on its way into the tables: its digests, its place, the day it must be gone."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from django.conf import settings

from registry import keys
from registry.catalogue import RECORD_TYPES, jurisdiction
from registry.vault import Place


@dataclass(frozen=True, slots=True)
class NewRecord:
    """One canonical record to be stored, as its type's `parse` returned it.

    `resident` is whom it is kept under: the `holder` of a match. `consent_id` is the contribution consent
    that covers it, `row` the row of its file (None where there is none).
    """

    resident: UUID
    type: str
    fields: Mapping[str, Any]
    consent_id: UUID
    row: int | None = None


@dataclass(frozen=True, slots=True)
class Stored:
    """What became of one record ("accepted", "unchanged" or "corrected"), and the row that stands for it."""

    record_id: UUID
    outcome: str


@dataclass(frozen=True, slots=True)
class Digests:
    """The keyed digests of records' natural keys and contents, for one organisation.

    Both hold the resident, so that equal bills of two people do not look equal.
    """

    indexer: keys.BlindIndexer
    organisation: UUID

    def natural(self, resident: UUID, record: NewRecord) -> bytes:
        """The 16-byte digest of organisation, type, resident and natural key."""
        values = RECORD_TYPES[record.type].natural_values(record.fields)
        said = canonical([self.organisation.hex, record.type, resident.hex, *values])
        return self.indexer.digest("record", said.decode())

    def content(self, natural: bytes, text: bytes) -> bytes:
        """The 16-byte digest of a whole canonical record under its natural key."""
        return self.indexer.digest("content", f"{natural.hex()}|{text.decode()}")


def canonical(value: Any) -> bytes:
    """Canonical JSON in UTF-8: members in order of their names, no blanks; the same value, the same bytes.

    Records hold texts, whole numbers, booleans and lists of texts alone, which this writes as RFC 8785 does.
    """
    text = json.dumps(value, sort_keys=True, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    return text.encode()


def record_place(record: UUID, resident: UUID) -> Place:
    """Where a record's seal is bound to."""
    return Place("registry_record", record, resident, "sealed")


def retained_until(record: NewRecord) -> date | None:
    """The day on which the record must be gone; None where nothing is negative, or the event goes on."""
    kind = RECORD_TYPES[record.type]
    if not kind.negative(record.fields):
        return None
    ended = kind.event_end(record.fields)
    return jurisdiction(settings.JURISDICTION).retention_ends(ended) if ended else None
