"""The report's sections: per category asked, the records or the reason why there are none."""

from collections.abc import Collection
from datetime import date, datetime
from typing import Any

from django.utils.timezone import get_default_timezone, localdate

from api.assembly.records import DISPUTED, OpenRecord
from api.assembly.summaries import summary
from registry.catalogue import IDENTITY

Part = dict[str, Any]


def sections(
    records: list[OpenRecord], *, asked: Collection[str], covered: Collection[str], match_level: str, on: date
) -> dict[str, Part]:
    """Each category that licence and purpose allow: provided, no_records or not_in_consent."""
    found = {category: _section(records, category, category in covered, on) for category in sorted(asked)}
    if IDENTITY in covered:
        found[IDENTITY] = {"state": "provided", "summary": {"match_level": match_level}, "records": []}
    return found


def _section(records: list[OpenRecord], category: str, covered: bool, on: date) -> Part:
    if not covered:
        return {"state": "not_in_consent", "summary": {}, "records": []}
    own = [record for record in records if record.category == category]
    state = "provided" if own else "no_records"
    return {"state": state, "summary": summary(category, own, on=on), "records": [_shown(r) for r in own]}


def _shown(record: OpenRecord) -> Part:
    return {
        "id": str(record.id),
        "type": record.type,
        "period": record.period,
        "source": {"name": record.organisation_name, "name_en": record.organisation_name_en},
        "received_on": _day(record.received_at),
        "disputed": record.status == DISPUTED,
        "fields": dict(record.fields),
    }


def _day(moment: datetime) -> str:
    """The date of a moment where the registry stands."""
    return localdate(moment, get_default_timezone()).isoformat()


def completeness(records: list[OpenRecord], *, covered: Collection[str]) -> dict[str, Part]:
    """Per category covered: how many months its records speak of, and from how many sources."""
    found = {}
    for category in _furnished(covered):
        own = [record for record in records if record.category == category]
        sources = {record.organisation_id for record in own}
        found[category] = {"months": len({record.period for record in own}), "sources": len(sources)}
    return found


def freshness(records: list[OpenRecord], *, covered: Collection[str]) -> dict[str, Part]:
    """Per category covered: the latest month on record, and when anything last arrived."""
    found: dict[str, Part] = {}
    for category in _furnished(covered):
        own = [record for record in records if record.category == category]
        arrived = max((record.received_at for record in own), default=None)
        found[category] = {
            "latest_period": max((record.period for record in own), default=None),
            "received_on": _day(arrived) if arrived else None,
        }
    return found


def _furnished(covered: Collection[str]) -> list[str]:
    """The categories that records belong to; who somebody is stands beside them."""
    return sorted(set(covered) - {IDENTITY})


def disputes(records: list[OpenRecord]) -> list[Part]:
    """The records that the resident disputes and nobody has decided yet."""
    return [
        {"record_id": str(record.id), "type": record.type, "state": "open"}
        for record in records
        if record.status == DISPUTED
    ]
