"""What a resident sets: the language, and whether anybody may look at all."""

from django.contrib import messages
from django.db import transaction
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from consent.permissions import ResidentRequest
from registry import residents
from registry.errors import Conflict
from registry.models import Resident


@require_safe
def settings(request: ResidentRequest) -> HttpResponse:
    """Language and freeze."""
    frozen = Resident.objects.filter(id=request.resident_id, status=Resident.Status.FROZEN).exists()
    return render(request, "consent/settings.html", {"frozen": frozen})


@require_POST
def freeze(request: ResidentRequest) -> HttpResponse:
    """Block every look by others from now on; doing it twice changes nothing."""
    who = request.resident_id
    try:
        with transaction.atomic():
            residents.freeze(resident=who, by=f"resident:{who}", at=timezone.now())
    except Conflict:
        messages.info(request, _("Your file was frozen already."))
    else:
        messages.success(request, _("Frozen. From this moment nobody but you can look at your data."))
    return redirect("consent:settings")


@require_POST
def unfreeze(request: ResidentRequest) -> HttpResponse:
    """Let consents hold again; doing it twice changes nothing."""
    who = request.resident_id
    try:
        with transaction.atomic():
            residents.unfreeze(resident=who, by=f"resident:{who}", at=timezone.now())
    except Conflict:
        messages.info(request, _("Your file was not frozen."))
    else:
        messages.success(request, _("Lifted. Consents in force hold again."))
    return redirect("consent:settings")
