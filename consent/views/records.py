"""What is held about a resident: by whom and of what kind without opening anything, and each kind opened."""

from django.db import transaction
from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_GET, require_safe

from consent.permissions import ResidentRequest
from consent.views import opened, words
from registry import profiles

PURPOSE = "own_access"


@require_safe
def records(request: ResidentRequest) -> HttpResponse:
    """Every kind of information with who furnished how much of it."""
    held = profiles.held(resident=request.resident_id)
    return render(request, "consent/records.html", {"kinds": opened.kinds(held)})


@require_GET
def category(request: ResidentRequest, code: str) -> HttpResponse:
    """One kind, opened for the resident; like every look it is written down."""
    if code not in words.pack().categories:
        raise Http404
    who, now = request.resident_id, timezone.now()
    with transaction.atomic():
        profile = profiles.read(
            reader=profiles.Reader("own"),
            resident=who,
            categories=[code],
            records_from=None,
            records_until=None,
            purpose=PURPOSE,
            by=f"resident:{who}",
            at=now,
        )
    groups = opened.groups(profile.records, today=timezone.localdate(now))
    context = {"label": words.category(code), "groups": groups, "strips": any(g["months"] for g in groups)}
    return render(request, "consent/category.html", context)
