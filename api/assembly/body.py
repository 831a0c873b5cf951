"""The whole report body, as docs/lenders.md describes it and the contract names its members."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from api import scorecard
from api.assembly.facts import facts
from api.assembly.newcomers import new_resident
from api.assembly.records import OpenRecord
from api.assembly.sections import completeness, disputes, freshness, sections
from registry.catalogue import Jurisdiction

VERSION = "1"


@dataclass(frozen=True, slots=True)
class Cover:
    """Everything of a report that is not drawn from records."""

    report_id: UUID
    consent_id: UUID
    purpose: str
    reference: str
    lender: dict[str, str]
    subject: dict[str, str]
    entry: UUID
    checkpoint: str | None
    asked: Collection[str]
    covered: Collection[str]


def body(
    cover: Cover, records: list[OpenRecord], *, pack: Jurisdiction, at: datetime, on: date
) -> dict[str, Any]:
    """The report of `records`, made at `at`; `on` is that moment's date where the registry stands."""
    match_level = cover.subject["match_level"]
    return {
        "version": VERSION,
        "report_id": str(cover.report_id),
        "consent_id": str(cover.consent_id),
        "purpose": cover.purpose,
        "reference": cover.reference,
        "lender": cover.lender,
        "subject": cover.subject,
        "generated_at": at.isoformat(),
        "jurisdiction": pack.code,
        "new_resident": new_resident(records, pack=pack, on=on),
        "completeness": completeness(records, covered=cover.covered),
        "sections": sections(
            records, asked=cover.asked, covered=cover.covered, match_level=match_level, on=on
        ),
        "score": score(records, on=on),
        "disputes": disputes(records),
        "statements": [],
        "freshness": freshness(records, covered=cover.covered),
        "ledger": {"entry": str(cover.entry), "checkpoint": cover.checkpoint},
    }


def score(records: list[OpenRecord], *, on: date) -> dict[str, Any]:
    """The report's score; its value is null, with the reason, where records are few."""
    found = scorecard.score(facts(records, on=on))
    scale = {"lowest": scorecard.LOWEST, "highest": scorecard.HIGHEST}
    if found is None:
        few = {"code": "not_enough_records", "text": {"zh": "记录不足", "en": "Not enough records"}}
        return {
            "value": None,
            "scale": scale,
            "band": None,
            "reasons": [few | {"direction": "none"}],
            "model": scorecard.MODEL,
        }
    reasons = [
        {"code": each.code, "text": {"zh": each.text.zh, "en": each.text.en}, "direction": each.direction}
        for each in found.reasons
    ]
    return {
        "value": found.value,
        "scale": scale,
        "band": found.band,
        "reasons": reasons,
        "model": scorecard.MODEL,
    }
