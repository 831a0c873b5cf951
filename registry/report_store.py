"""Keeper of reports for their 24 hours: sealed under the resident's own key, opened only with a trace.

The table belongs to the lender's app; here is what touches keys. Erasing a resident destroys the key, and
with it every report that is still kept.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import connection

from registry import keys
from registry.errors import NotFound
from registry.ledger import Event, append
from registry.models import Inquiry
from registry.vault import DataKey, Place, open_sealed, seal

_TABLE = "api_report"
_FIELD = "sealed"
_KEY = "SELECT wrapped, shard, shard_version FROM registry_residentkey WHERE resident_id = %s"


@dataclass(frozen=True, slots=True)
class Again:
    """Who reads a kept report again, by which consent, and why."""

    organisation: UUID
    consent_id: UUID
    purpose: str
    reference: str
    categories: Collection[str]
    by: str


def seal_report(*, report: UUID, resident: UUID, body: bytes) -> bytes:
    """The report's bytes, sealed to its row and its resident. Raises KeyDestroyed after erasure."""
    return seal(_key(resident), body, _place(report, resident))


def read_again(*, reader: Again, report: UUID, resident: UUID, sealed: bytes, at: datetime) -> bytes:
    """The report's bytes, opened together with a ledger entry and an inquiry in the acting transaction.

    Raises KeyDestroyed after erasure, SealBroken for a report that was altered or moved.
    """
    body = open_sealed(_key(resident), sealed, _place(report, resident))
    inquiry = Inquiry(
        resident_id=resident,
        kind=Inquiry.Kind.REPORT,
        organisation_id=reader.organisation,
        consent_id=reader.consent_id,
        purpose=reader.purpose,
        categories=sorted(reader.categories),
        reference=reader.reference,
        by=reader.by,
        at=at,
    )
    inquiry.ledger_entry = append(
        Event.REPORT_READ,
        by=reader.by,
        at=at,
        subject=resident,
        organisation=reader.organisation,
        details={
            "inquiry": inquiry.id,
            "consent": reader.consent_id,
            "purpose": reader.purpose,
            "categories": sorted(reader.categories),
            "report": report,
            "reason": "read_again",
        },
    )
    inquiry.save(force_insert=True)
    return body


def _key(resident: UUID) -> DataKey:
    with connection.cursor() as cursor:
        cursor.execute(_KEY, [resident])
        row = cursor.fetchone()
    if row is None:
        raise NotFound("the resident has no key")
    return keys.open_resident_key(resident, *row)


def _place(report: UUID, resident: UUID) -> Place:
    return Place(_TABLE, report, resident, _FIELD)
