"""A lender asks: one question, one report, one trace.

1. token, proof, licence and scope hold (before the view: `api.authentication`, `api.permissions`)
2. the licence allows the purpose, and a consent in force covers it, locked against withdrawal until commit
3. open the permitted categories and no others, and of these what its furnishers may still show and nothing
   negative that the resident was not told of; the same call writes the ledger entry and the inquiry
4. assemble
5. keep the report sealed for 24 hours
6. tell the resident that somebody looked
7. sign and answer (after commit, in the view)

A refusal is an act as well: its ledger entry is committed although the question is answered by an error.
Asking again with the same Idempotency-Key, or fetching a kept report, is a new read of the same bytes: steps
2, 6 and 7 with a trace of its own, and refused once anything in it may no longer be shown.
"""

import json
import uuid
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from api.assembly.body import Cover, body
from api.assembly.records import OpenRecord
from api.checks import LenderClient, require_purpose
from api.errors import PurposeNotLicensed, ReportGone
from api.models import Report
from api.services.kept import (
    Grounds,
    KeyTaken,
    Made,
    Question,
    keep_report,
    kept_for_key,
    require_grounds,
    require_kept,
    require_untouched,
)
from api.services.notices import tell_resident
from consent.checks import Access, require_access
from consent.errors import ConsentRequired
from registry import ledger, profiles, report_store
from registry.catalogue import jurisdiction
from registry.errors import LicenceRequired
from registry.ledger.heads import newest_note


@dataclass(frozen=True, slots=True)
class Answer:
    """A report as bytes of JSON, when it was made, and whether it is handed out again."""

    report_id: uuid.UUID
    generated_at: datetime
    content: bytes
    again: bool = False


def ask(question: Question, *, lender: LenderClient, at: datetime) -> Answer:
    """The report that answers the question.

    Raises ConsentRequired (one and the same for all reasons), PurposeNotLicensed, LicenceRequired,
    IdempotencyKeyReused, ReportGone (only where the key was used before).
    """
    kept = kept_for_key(question, lender=lender, at=at)
    if kept is not None:
        return _again(kept, lender=lender, at=at)
    try:
        with _refusal_recorded(question, lender=lender, at=at):
            return _read(question, lender=lender, at=at)
    except KeyTaken:
        return ask(question, lender=lender, at=at)


def fetch(report: uuid.UUID, *, lender: LenderClient, at: datetime) -> Answer:
    """A report of the last 24 hours again, while its consent is in force; raises NotFound and as `ask`."""
    return _again(require_kept(report, lender=lender, at=at), lender=lender, at=at)


def _read(question: Question, *, lender: LenderClient, at: datetime) -> Answer:
    asked = require_purpose(question.purpose, lender=lender)  # 2
    access = _require_access(question, lender=lender, at=at)
    covered = asked & access.categories
    profile = profiles.read(  # 3
        reader=profiles.Reader("report", lender.organisation.id, question.consent_id, question.reference),
        resident=access.resident,
        categories=covered,
        records_from=access.records_from,
        records_until=access.records_until,
        purpose=question.purpose,
        by=lender.by,
        at=at,
        consents=access.contributions,
    )
    report = uuid.uuid4()
    cover = _cover(report, question, lender, access, profile, asked)
    content = _assemble(cover, profile.records, at=at)  # 4
    made = Made(report, profile.resident, content, _grounds(profile.records))
    keep_report(question, made, lender=lender, at=at)  # 5
    tell_resident(resident=profile.resident, organisation=lender.organisation, at=at)  # 6
    return Answer(report, at, content)


def _again(kept: Report, *, lender: LenderClient, at: datetime) -> Answer:
    question = Question(kept.consent_id, kept.purpose, kept.reference, kept.idempotency_key)
    with _refusal_recorded(question, lender=lender, at=at):
        asked = require_purpose(question.purpose, lender=lender)  # 2
        access = _require_access(question, lender=lender, at=at, again=True)
        require_grounds(kept, {each: covers & asked for each, covers in access.contributions.items()})
        require_untouched(kept)
        content = report_store.read_again(
            reader=report_store.Again(
                organisation=lender.organisation.id,
                consent_id=kept.consent_id,
                purpose=kept.purpose,
                reference=kept.reference,
                categories=asked & access.categories,
                by=lender.by,
            ),
            report=kept.id,
            resident=kept.resident_id,
            sealed=bytes(kept.sealed),
            at=at,
        )
        tell_resident(resident=kept.resident_id, organisation=lender.organisation, at=at)  # 6
    return Answer(kept.id, kept.generated_at, content, again=True)


def _require_access(question: Question, *, lender: LenderClient, at: datetime, again: bool = False) -> Access:
    return require_access(
        organisation=lender.organisation.id,
        consent_id=question.consent_id,
        purpose=question.purpose,
        at=at,
        again=again,
    )


def _grounds(records: Iterable[OpenRecord]) -> Grounds:
    found: dict[uuid.UUID, frozenset[str]] = {}
    for record in records:
        found[record.consent_id] = found.get(record.consent_id, frozenset()) | {record.category}
    return found


@contextmanager
def _refusal_recorded(question: Question, *, lender: LenderClient, at: datetime) -> Iterator[None]:
    try:
        with transaction.atomic(durable=True):
            yield
    except (ConsentRequired, PurposeNotLicensed, LicenceRequired, ReportGone) as refusal:
        details = {
            "consent": question.consent_id,
            "purpose": question.purpose,
            "reason": refusal.code,
            "licence": lender.licence.id if lender.licence else None,
        }
        with transaction.atomic(durable=True):
            ledger.append(
                ledger.Event.REPORT_REFUSED,
                by=lender.by,
                at=at,
                organisation=lender.organisation.id,
                details=details,
            )
        raise


def _cover(
    report: uuid.UUID,
    question: Question,
    lender: LenderClient,
    access: Access,
    profile: profiles.Profile,
    asked: frozenset[str],
) -> Cover:
    organisation = lender.organisation
    pseudonym = profiles.pseudonym(resident=profile.resident, organisation=organisation.id)
    return Cover(
        report_id=report,
        consent_id=question.consent_id,
        purpose=question.purpose,
        reference=question.reference,
        lender={"id": str(organisation.id), "name": organisation.name, "name_en": organisation.name_en},
        subject={"pseudonym": pseudonym, "match_level": access.match_level},
        entry=profile.entry,
        checkpoint=newest_note(),
        asked=asked,
        covered=asked & access.categories,
    )


def _assemble(cover: Cover, records: list[Any], *, at: datetime) -> bytes:
    pack = jurisdiction(settings.JURISDICTION)
    report = body(cover, records, pack=pack, at=at, on=timezone.localdate(at))
    return json.dumps(report, ensure_ascii=False, separators=(",", ":")).encode()
