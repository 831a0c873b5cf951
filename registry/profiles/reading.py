"""Opening a profile: for a named reader, for a purpose, at a time, and never without a trace.

1. whose cluster it is
2. the records that may be shown, of the whole cluster, with one query; a lender gets nothing negative that
   the resident has not been told of
3. open them, with one key unwrap per resident
4. the ledger entry and the inquiry; where they cannot be written, nothing is returned
"""

import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.db import connection
from django.utils import timezone

from registry import keys
from registry.catalogue import RECORD_TYPES
from registry.errors import NotFound
from registry.keys import KeyDestroyed
from registry.ledger import Event, append
from registry.models import Inquiry, Resident
from registry.profiles.notices import SHOWN_TO_LENDERS
from registry.profiles.records import record_place
from registry.residents.clusters import find_cluster
from registry.vault import DataKey, SealBroken, open_sealed

_EVENTS = {"report": Event.REPORT_READ, "staff": Event.STAFF_READ, "own": Event.OWN_READ}
_SEE_EVERYTHING = ("staff", "own")

_RECORDS = """
SELECT r.id, r.type, r.category, r.organisation_id, o.name, o.name_en, r.status, r.received_at, r.period,
       r.consent_id, NOT {visible} AS held_back, r.resident_id, r.sealed, k.wrapped, k.shard, k.shard_version
FROM registry_record r
JOIN registry_organisation o ON o.id = r.organisation_id
JOIN registry_residentkey k ON k.resident_id = r.resident_id
WHERE r.resident_id = ANY(%(members)s) AND r.category = ANY(%(categories)s)
  AND r.status IN ('active', 'disputed') AND (r.retained_until IS NULL OR r.retained_until > %(on)s)
  AND r.period BETWEEN %(first)s AND %(last)s {covered} {told}
ORDER BY r.period, r.received_at, r.id
"""
_COVERED = (
    "AND (r.consent_id, r.category) IN (SELECT * FROM unnest(%(consents)s::uuid[], %(covers)s::text[]))"
)


@dataclass(frozen=True, slots=True)
class Reader:
    """Who looks: a lender for a report, the operator's staff, or the resident. `reference` is their own."""

    kind: str
    organisation: UUID | None = None
    consent_id: UUID | None = None
    reference: str = ""


@dataclass(frozen=True, slots=True)
class OpenRecord:
    """One record, opened. `period` is its month, YYYY-MM; `status` is "active" or "disputed".

    `held_back` says that lenders do not see it yet, since the resident has not been told of it.
    """

    id: UUID
    type: str
    category: str
    organisation_id: UUID
    organisation_name: str
    organisation_name_en: str
    status: str
    received_at: datetime
    period: str
    consent_id: UUID
    fields: dict[str, Any]
    held_back: bool = False


@dataclass(frozen=True, slots=True)
class Profile:
    """What was opened: the root it was read under, the ledger entry of the read, the records by period."""

    resident: UUID
    entry: UUID
    records: list[OpenRecord]


def read(
    *,
    reader: Reader,
    resident: UUID,
    categories: Collection[str],
    records_from: date | None,
    records_until: date | None,
    purpose: str,
    by: str,
    at: datetime,
    consents: Mapping[UUID, Collection[str]] | None = None,
) -> Profile:
    """Open the records of these categories and months, with a ledger entry and an inquiry of the same act.

    With `consents`, only records whose contribution consent is among them and covers their category. Raises
    NotFound for nobody, KeyDestroyed after erasure, SealBroken for a record that was altered or moved: then
    nothing at all is shown.
    """
    root, members = _who(resident)  # 1
    question = {
        "members": members,
        "categories": sorted(categories),
        "on": timezone.localdate(at),
        "at": at,
        "first": _month(records_from, "0000-00"),
        "last": _month(records_until, "9999-99"),
    }
    records = _open(question, consents, everything=reader.kind in _SEE_EVERYTHING)  # 2, 3
    said = {
        "consent": reader.consent_id,
        "purpose": purpose,
        "categories": sorted(categories),
        "records": len(records),
        "records_from": records_from,
        "records_until": records_until,
    }
    entry = _trace(reader, root, said, by, at)  # 4
    return Profile(root, entry, records)


def _who(resident: UUID) -> tuple[UUID, list[UUID]]:
    """The root and the members of a resident's cluster."""
    found = find_cluster(resident)
    if found is None:
        raise NotFound("no such resident")
    if found.status == Resident.Status.ERASED:
        raise KeyDestroyed
    return found.root, found.members


def _open(
    question: dict[str, Any], consents: Mapping[UUID, Collection[str]] | None, *, everything: bool
) -> list[OpenRecord]:
    query = _RECORDS.format(
        visible=SHOWN_TO_LENDERS if everything else "true",
        covered="" if consents is None else _COVERED,
        told="" if everything else f"AND {SHOWN_TO_LENDERS}",
    )
    if consents is not None:
        pairs = [(consent, category) for consent, covers in consents.items() for category in covers]
        question |= {"consents": [pair[0] for pair in pairs], "covers": [pair[1] for pair in pairs]}
    with connection.cursor() as cursor:
        cursor.execute(query, question)
        rows = cursor.fetchall()
    opened: dict[UUID, DataKey] = {}
    return [_opened(row, opened) for row in rows]


def _opened(row: tuple[Any, ...], opened: dict[UUID, DataKey]) -> OpenRecord:
    told, (held_back, resident, sealed, wrapped, shard, version) = row[:10], row[10:]
    key = opened.get(resident)
    if key is None:
        key = opened[resident] = keys.open_resident_key(resident, wrapped, shard, version)
    text = open_sealed(key, sealed, record_place(told[0], resident))
    found = OpenRecord(*(*told, json.loads(text), held_back))
    _require_true_labels(found)
    return found


def _require_true_labels(record: OpenRecord) -> None:
    """Raise SealBroken where the columns beside the seal, by which it was chosen, are not what it says."""
    kind = RECORD_TYPES.get(record.type)
    fits = kind is not None and set(kind.required) <= record.fields.keys() <= kind.fields.keys()
    if kind is None or not fits or record.category != kind.category:
        raise SealBroken("a record's type or category was changed")
    if record.period != kind.period_of(record.fields):
        raise SealBroken("a record's period was changed")


def _trace(reader: Reader, root: UUID, said: dict[str, Any], by: str, at: datetime) -> UUID:
    inquiry = Inquiry(
        resident_id=root,
        kind=reader.kind,
        organisation_id=reader.organisation,
        consent_id=reader.consent_id,
        purpose=said["purpose"],
        categories=said["categories"],
        reference=reader.reference,
        by=by,
        at=at,
    )
    inquiry.ledger_entry = append(
        _EVENTS[reader.kind],
        by=by,
        at=at,
        subject=root,
        organisation=reader.organisation,
        details={"inquiry": inquiry.id} | said,
    )
    inquiry.save(force_insert=True)
    return inquiry.ledger_entry


def _month(day: date | None, otherwise: str) -> str:
    return day.isoformat()[:7] if day is not None else otherwise
