"""Who looked at a resident's data, when, why, and at what; our own staff included."""

from datetime import datetime
from uuid import UUID

from django.core.paginator import Paginator
from django.db.models import Count
from django.db.models.functions import TruncMonth
from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from consent import queries
from consent.permissions import ResidentRequest
from consent.views import lists
from registry.look.writing import month_text
from registry.models import Inquiry

A_PAGE = 20
MONTHS = 12


@require_safe
def access(request: ResidentRequest) -> HttpResponse:
    """The timeline of looks with a chart by month; one's own looks are left out unless asked for."""
    own = request.GET.get("own") == "1"
    found = queries.inquiries_of(resident=request.resident_id)
    if not own:
        found = found.exclude(kind=Inquiry.Kind.OWN)
    page = Paginator(found, A_PAGE).get_page(request.GET.get("page"))
    context = {
        "page": page,
        "looks": lists.looks(page.object_list),
        "bars": _by_month(request.resident_id, timezone.localtime()),
        "own": own,
        "query": "own=1" if own else "",
    }
    return render(request, "consent/access.html", context)


def _by_month(resident: UUID, now: datetime) -> list[tuple[str, int, str]]:
    """How many times others looked in each of the last twelve months, the oldest first, for a chart."""
    months = [_back(now, MONTHS - 1 - step) for step in range(MONTHS)]
    others = queries.inquiries_of(resident=resident).exclude(kind=Inquiry.Kind.OWN).order_by()
    counted = others.filter(at__gte=months[0]).annotate(month=TruncMonth("at")).values_list("month")
    counts = dict(counted.annotate(looks=Count("id")))
    return [(month_text(month), counts.get(month, 0), str(month.month)) for month in months]


def _back(now: datetime, months: int) -> datetime:
    """The first moment of the month so many months ago."""
    years, month = divmod(now.year * 12 + now.month - 1 - months, 12)
    return now.replace(year=years, month=month + 1, day=1, hour=0, minute=0, second=0, microsecond=0)
