"""Keeping reports for a day: a lender can fetch one again, and the same key gets the same answer."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.db import connection

from api.checks import LenderClient
from api.errors import ReportGone
from api.models import Report
from registry import profiles, report_store
from registry.errors import IdempotencyKeyReused, NotFound

KEPT = timedelta(hours=24)
Grounds = Mapping[UUID, frozenset[str]]
"""Contribution consents and the categories that count under each."""


class KeyTaken(Exception):
    """Another request with the same Idempotency-Key was faster; its answer stands."""


@dataclass(frozen=True, slots=True)
class Question:
    """What a lender asks: by which consent, for what, under which reference and idempotency key."""

    consent_id: UUID
    purpose: str
    reference: str
    idempotency_key: str | None

    def digest(self) -> bytes:
        """SHA-256 over the question itself, whatever key it comes under."""
        said = "\n".join((str(self.consent_id), self.purpose, self.reference))
        return hashlib.sha256(said.encode()).digest()


@dataclass(frozen=True, slots=True)
class Made:
    """A report as it was made: its id, the resident it is sealed to, its bytes, what its records rest on."""

    report: UUID
    resident: UUID
    content: bytes
    grounds: Grounds


# Written with every report, so written out: building it anew costs more than the insert.
_KEEP = """
INSERT INTO api_report (id, client_id, organisation_id, resident_id, consent_id, purpose, reference,
    idempotency_key, request_digest, grounds, sealed, generated_at, expires_at)
VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s)
ON CONFLICT (client_id, idempotency_key) WHERE idempotency_key IS NOT NULL DO NOTHING
"""


def keep_report(question: Question, made: Made, *, lender: LenderClient, at: datetime) -> None:
    """Store a report for 24 hours, sealed; raises KeyTaken if its idempotency key has just been used."""
    sealed = report_store.seal_report(report=made.report, resident=made.resident, body=made.content)
    grounds = {str(consent): sorted(categories) for consent, categories in made.grounds.items()}
    row = (
        *(made.report, lender.client_id, lender.organisation.pk, made.resident),
        *(question.consent_id, question.purpose, question.reference, question.idempotency_key),
        *(question.digest(), json.dumps(grounds), sealed, at, at + KEPT),
    )
    with connection.cursor() as cursor:
        cursor.execute(_KEEP, row)
        if not cursor.rowcount:
            raise KeyTaken


def kept_for_key(question: Question, *, lender: LenderClient, at: datetime) -> Report | None:
    """The report that this client's key got in the last 24 hours; after that the key is free again.

    Raises IdempotencyKeyReused for another question.
    """
    if question.idempotency_key is None:
        return None
    kept = Report.objects.filter(client=lender.client_id, idempotency_key=question.idempotency_key).first()
    if kept is None:
        return None
    if kept.expires_at <= at:
        kept.delete()
        return None
    if bytes(kept.request_digest) != question.digest():
        raise IdempotencyKeyReused
    return kept


def require_kept(report: UUID, *, lender: LenderClient, at: datetime) -> Report:
    """A report that was made for this organisation in the last 24 hours; raises NotFound."""
    kept = Report.objects.filter(id=report, organisation=lender.organisation, expires_at__gt=at).first()
    if kept is None:
        raise NotFound
    return kept


def require_grounds(kept: Report, in_force: Grounds) -> None:
    """Raise ReportGone unless every consent that the report's records rest on still covers them."""
    for consent, categories in kept.grounds.items():
        if not set(categories) <= in_force.get(UUID(consent), frozenset()):
            raise ReportGone


def require_untouched(kept: Report) -> None:
    """Raise ReportGone where a furnisher has taken back since what the report may hold."""
    shown = {category for categories in kept.grounds.values() for category in categories}
    if profiles.retracted_since(resident=kept.resident_id, categories=shown, since=kept.generated_at):
        raise ReportGone


def sweep_reports(*, at: datetime) -> int:
    """Delete reports whose 24 hours are over; returns how many."""
    return Report.objects.filter(expires_at__lte=at).delete()[0]
