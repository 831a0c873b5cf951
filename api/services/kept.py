"""Keeping reports for a day: a lender can fetch one again, and the same key gets the same answer."""

import hashlib
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.db import IntegrityError

from api.checks import LenderClient
from api.errors import IdempotencyKeyReused
from api.models import Report
from registry import report_store
from registry.errors import NotFound

KEPT = timedelta(hours=24)


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


def keep_report(
    question: Question, *, report: UUID, lender: LenderClient, resident: UUID, body: bytes, at: datetime
) -> Report:
    """Store a report for 24 hours, sealed; raises KeyTaken if its idempotency key has just been used."""
    kept = Report(
        id=report,
        client_id=lender.client_id,
        organisation=lender.organisation,
        resident_id=resident,
        consent_id=question.consent_id,
        purpose=question.purpose,
        reference=question.reference,
        idempotency_key=question.idempotency_key,
        request_digest=question.digest(),
        sealed=report_store.seal_report(report=report, resident=resident, body=body),
        generated_at=at,
        expires_at=at + KEPT,
    )
    try:
        kept.save(force_insert=True)
    except IntegrityError as error:
        if "report_once_per_key" not in str(error):
            raise
        raise KeyTaken from error
    return kept


def kept_for_key(question: Question, *, lender: LenderClient) -> Report | None:
    """The report that this client's key already got; raises IdempotencyKeyReused for another question."""
    if question.idempotency_key is None:
        return None
    kept = Report.objects.filter(client=lender.client_id, idempotency_key=question.idempotency_key).first()
    if kept is not None and bytes(kept.request_digest) != question.digest():
        raise IdempotencyKeyReused
    return kept


def require_kept(report: UUID, *, lender: LenderClient, at: datetime) -> Report:
    """A report that was made for this organisation in the last 24 hours; raises NotFound."""
    kept = Report.objects.filter(id=report, organisation=lender.organisation, expires_at__gt=at).first()
    if kept is None:
        raise NotFound
    return kept


def sweep_reports(*, at: datetime) -> int:
    """Delete reports whose 24 hours are over; returns how many."""
    return Report.objects.filter(expires_at__lte=at).delete()[0]
