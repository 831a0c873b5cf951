"""Opened records as a person reads them: grouped by subject, months at a glance, values in words."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import date
from typing import Any

from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext as _

from consent.views import lists, words
from registry.catalogue import RECORD_TYPES, Field
from registry.look.writing import day_text, money, month_text
from registry.profiles import Held, OpenRecord

MONTHS = 12
SUBJECTS = (
    "service",
    "product",
    "activity",
)  # the field that says what a record is about, where there is one
MONTHLY = {"bill", "wage", "social_insurance", "housing_fund", "tradeline"}


def kinds(held: Sequence[Held]) -> list[dict[str, Any]]:
    """An item for each category on file, with a row for each organisation and type."""
    by_category: dict[str, list[Held]] = defaultdict(list)
    for one in held:
        by_category[one.category].append(one)
    return [
        {
            "label": words.category(code),
            "url": reverse("consent:category", args=[code]),
            "separate": words.pack().needs_separate_consent(code),
            "holders": [_holder(one) for one in by_category[code]],
        }
        for code in words.pack().categories
        if code in by_category
    ]


def _holder(one: Held) -> dict[str, Any]:
    return {
        "name": words.name_in_language(one.organisation_name, one.organisation_name_en),
        "what": words.record_type(one.type),
        "count": lists.counted(one.count),
        "span": lists.span(one.first_period, one.last_period),
        "fresh": one.last_received,
    }


def groups(records: Sequence[OpenRecord], *, today: date) -> list[dict[str, Any]]:
    """Records of one organisation about one thing together: a table and, if monthly, the months."""
    grouped: dict[tuple[Any, ...], list[OpenRecord]] = defaultdict(list)
    for record in records:
        grouped[record.organisation_id, record.type, _subject_code(record)].append(record)
    return [_group(of, today) for of in grouped.values()]


def _subject_code(record: OpenRecord) -> str:
    return next((str(record.fields[name]) for name in SUBJECTS if name in record.fields), "")


def _group(records: list[OpenRecord], today: date) -> dict[str, Any]:
    first, newest = records[0], max(record.received_at for record in records)
    kind = RECORD_TYPES[first.type]
    named = next((kind.fields[name] for name in SUBJECTS if name in kind.fields), None)
    title = words.record_type(first.type)
    if named is not None:
        title = _("%(subject)s (%(kind)s)") % {"subject": value_text(named, first.fields), "kind": title}
    shown = [field for field in kind.fields.values() if any(field.name in one.fields for one in records)]
    shown = [field for field in shown if field is not named and field.name != "currency"]
    return {
        "title": title,
        "name": words.name_in_language(first.organisation_name, first.organisation_name_en),
        "fresh": newest,
        "months": months(records, today) if first.type in MONTHLY else None,
        "columns": [{"label": label_of(field)} for field in shown],
        "rows": [[value_text(field, record.fields) for field in shown] for record in reversed(records)],
        "count": lists.counted(len(records)),
        "disputed": any(record.status == "disputed" for record in records),
        "held_back": [month_text(record.period) for record in records if record.held_back],
    }


def months(records: Sequence[OpenRecord], today: date) -> list[tuple[str, str]]:
    """The last twelve months with a state each; a month without a record has none."""
    states = {record.period: _state(record, today) for record in records}
    newest = max(states)
    last = max(newest, f"{today:%Y-%m}") if newest[:4] >= str(today.year - 1) else newest
    number = int(last[:4]) * 12 + int(last[5:]) - 1
    wanted = [f"{n // 12}-{n % 12 + 1:02}" for n in range(number - MONTHS + 1, number + 1)]
    return [(month, states.get(month, "none")) for month in wanted]


def _state(record: OpenRecord, today: date) -> str:
    fields = record.fields
    if record.type in ("social_insurance", "housing_fund"):
        return "on_time" if fields["paid"] else "unpaid"
    if record.type == "tradeline":
        return "late" if fields["days_past_due"] else "on_time"
    if fields.get("due_on") and fields.get("paid_on", "") > fields["due_on"]:
        return "late"
    if record.type == "wage" or fields.get("status") == "paid":
        return "on_time"
    return "unpaid" if RECORD_TYPES[record.type].negative(fields, on=today) else "none"


def label_of(field: Field) -> str:
    """A field's label in the reader's language."""
    return field.zh if words.language().startswith("zh") else field.en


def value_text(field: Field, fields: dict[str, Any]) -> str | Promise:
    """A field's value as people write it; "–" where there is none."""
    value = fields.get(field.name)
    if value is None:
        return "–"
    match field.kind.name:
        case "month":
            return month_text(value)
        case "day":
            return day_text(date.fromisoformat(value))
        case "money":
            return money(value, fields.get("currency", "CNY"))
        case "flag":
            return _("Yes") if value else _("No")
        case "word" | "words":
            return _words(field, [value] if isinstance(value, str) else value)
    return str(value)


def _words(field: Field, codes: Sequence[str]) -> str:
    known = {word.value: word for word in field.words or ()}
    zh = words.language().startswith("zh")
    found = (known.get(code) for code in codes)
    return words.joined((word.zh if zh else word.en) if word else "" for word in found)
