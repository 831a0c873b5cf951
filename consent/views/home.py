"""The first page: for strangers the way in, for a resident what needs her, who holds what, and who looked."""

from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from consent import queries
from consent.forms import MobileForm
from consent.permissions import VisitorRequest, open_to_strangers
from consent.views import lists
from registry import profiles, residents
from registry.models import Resident

LOOKS, CONSENTS = 4, 5


@open_to_strangers
@require_safe
def home(request: VisitorRequest) -> HttpResponse:
    """The landing page, or the resident's own."""
    resident = request.resident_id
    if resident is None:
        return render(request, "consent/landing.html", {"form": MobileForm()})
    return render(request, "consent/home.html", _page(resident))


def _page(resident: UUID) -> dict[str, object]:
    now = timezone.now()
    looks = queries.inquiries_of(resident=resident).exclude(kind="own")
    consents = queries.consents_of(resident=resident).filter(status="granted", valid_until__gt=now)
    return {
        "name": residents.display_name(resident=resident),
        "frozen": Resident.objects.filter(id=resident, status=Resident.Status.FROZEN).exists(),
        "waiting": lists.waiting(queries.waiting_for(resident=resident, at=now)),
        "holders": lists.holders(profiles.held(resident=resident)),
        "held_back": profiles.held_back(resident=resident, at=now),
        "looks": lists.looks(looks[:LOOKS]),
        "look_count": looks.count(),
        "consents": lists.in_force(consents[:CONSENTS]),
        "consent_count": consents.count(),
    }
