"""The quality of one's own data over time: how complete, how timely, how much was refused, and why."""

from collections.abc import Callable
from datetime import date
from typing import Any
from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET

from ingest import quality
from ingest.views.desk import words
from registry.accounts.pages import MemberRequest, member_page
from registry.accounts.roles import Permission
from registry.look import writing
from registry.models import Organisation

Row = dict[str, Any]
EMPTIEST = 8


@require_GET
@member_page(Permission.UPLOADS_VIEW)
def scorecard(request: MemberRequest) -> HttpResponse:
    """Twelve months of files in figures and charts, of all record types or of one (`?type=`)."""
    assert request.member.organisation is not None
    organisation = Organisation.objects.get(pk=request.member.organisation)
    types = words.type_choices(organisation)
    chosen = request.GET.get("type", "")
    chosen = chosen if chosen in dict(types) else ""
    now = timezone.now()
    found = quality.scorecard(organisation=UUID(str(organisation.pk)), at=now, type=chosen)
    context = {
        "organisation": organisation.name,
        "types": types,
        "chosen": chosen,
        "tiles": _tiles(quality.total(found.months)),
        "charts": _charts(found.months, quality.calendar(now)),
        "reasons": [(words.reason_text(code, name), count) for code, name, count in found.reasons],
        "fields": _emptiest(found.fields),
        "months": _table(found.months),
        "columns": _columns(),
    }
    return render(request, "ingest/quality.html", context)


def _tiles(whole: quality.Month | None) -> list[Row]:
    if whole is None:
        return []
    return [
        {"label": _("Rows in twelve months"), "value": writing.count(whole.rows)},
        {"label": _("Refused"), "value": _share(whole.refusals)},
        {"label": _("Values filled in"), "value": _share(whole.completeness)},
        {"label": _("Until a record arrives"), "value": _days(whole.delay)},
    ]


def _charts(months: list[quality.Month], calendar: list[date]) -> list[Row]:
    """Three charts along the year; a month of which nothing is known stands there without a bar."""
    by_date = {month.month: month for month in months}
    drawn: tuple[tuple[str, Callable[[quality.Month], int]], ...] = (
        (_("Refused rows, percent"), lambda month: _percent(month.refusals)),
        (_("Values filled in, percent"), lambda month: _percent(month.completeness)),
        (_("Days from the end of a period to its records"), lambda month: max(round(month.delay or 0), 0)),
    )
    return [
        {
            "caption": caption,
            "bars": [
                (writing.month_text(day), value(by_date[day]) if day in by_date else 0, str(day.month))
                for day in calendar
            ],
        }
        for caption, value in drawn
    ]


def _columns() -> list[Row]:
    named = [{"label": _("Month")}]
    numeric = (_("Files"), _("Rows"), _("Refused"), _("Values filled in"), _("Until a record arrives"))
    return [*named, *({"label": label, "numeric": True} for label in numeric)]


def _table(months: list[quality.Month]) -> list[list[Row]]:
    return [
        [
            {"text": writing.month_text(month.month)},
            {"text": writing.count(month.files)},
            {"text": writing.count(month.rows)},
            {"text": _share(month.refusals)},
            {"text": _share(month.completeness)},
            {"text": _days(month.delay)},
        ]
        for month in reversed(months)
    ]


def _emptiest(fields: list[tuple[str, float]]) -> list[tuple[str, int]]:
    """The columns that say nothing in some rows, and in how many percent of them they do."""
    return [(words.field_label(name), int(100 * part)) for name, part in fields[:EMPTIEST] if part < 1]


def _percent(part: float | None) -> int:
    return round(100 * (part or 0))


def _share(part: float | None) -> str:
    return _("not known") if part is None else f"{100 * part:.1f}%"


def _days(days: float | None) -> str:
    if days is None:
        return _("not known")
    return ngettext("%(days)s day", "%(days)s days", round(days)) % {"days": round(days)}
