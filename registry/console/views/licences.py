"""Licences: apply on an organisation's behalf, look, grant, suspend, resume, end."""

from typing import Any
from uuid import UUID

from django.conf import settings
from django.contrib import messages
from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from registry.accounts import actors, licences
from registry.accounts.forms import add_faults, posted
from registry.accounts.pages import MemberRequest, member_page
from registry.accounts.roles import Permission, allowed
from registry.catalogue import jurisdiction
from registry.console import queries
from registry.console.forms import DecisionForm, LicenceForm
from registry.console.views.organisations import require_organisation
from registry.errors import InvalidRequest, NotFound
from registry.look import statuses, writing
from registry.models import Licence

ACTS: dict[str, tuple[Any, str | Promise]] = {
    "grant": (licences.grant, gettext_lazy("Grant the licence")),
    "suspend": (licences.suspend, gettext_lazy("Suspend the licence")),
    "resume": (licences.resume, gettext_lazy("Lift the suspension")),
    "end": (licences.end, gettext_lazy("End the licence")),
}
OFFERED = {
    "applied": ("grant", "end"),
    "active": ("suspend", "end"),
    "suspended": ("resume", "end"),
    "ended": (),
}


@require_http_methods(["GET", "HEAD", "POST"])
@member_page(Permission.LICENCES_MANAGE)
def apply(request: MemberRequest, organisation: UUID) -> HttpResponseBase:
    """A form for an application; goes on to the licence, which then waits to be granted."""
    found = require_organisation(organisation)
    form = LicenceForm(posted(request), organisation=found)
    if request.method == "POST" and form.is_valid():
        try:
            made = licences.apply(
                organisation=found.pk, **form.cleaned_data, by=request.member.by, at=timezone.now()
            )
        except InvalidRequest as refused:
            add_faults(form, refused)
        else:
            return redirect("console:licence", made.pk)
    return render(request, "console/apply.html", {"form": form, "found": found})


@require_GET
@member_page(Permission.ORGANISATIONS_VIEW)
def one(request: MemberRequest, licence: UUID) -> HttpResponse:
    """One licence: its terms, its life, and what can be done with it."""
    found = require_licence(licence)
    may = allowed(request.member, Permission.LICENCES_MANAGE)
    acts = [_offer(found, act) for act in OFFERED[found.status]] if may else []
    context = {"found": found, "terms": _terms(found), "life": _life(found), "acts": acts}
    return render(request, "console/licence.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@member_page(Permission.LICENCES_MANAGE)
def act(request: MemberRequest, licence: UUID, act: str) -> HttpResponseBase:
    """Asks for the reason, then does it. Raises NotFound for an unknown act, LicenceState."""
    found = require_licence(licence)
    if act not in ACTS:
        raise NotFound("act")
    service, label = ACTS[act]
    form = DecisionForm(posted(request), act=act)
    if request.method == "POST" and form.is_valid():
        service(licence=found.pk, **form.cleaned_data, by=request.member.by, at=timezone.now())
        messages.success(request, _("Done, and written into the ledger."))
        return redirect("console:licence", found.pk)
    context = {"form": form, "found": found, "label": label, "danger": act in ("suspend", "end"), "act": act}
    return render(request, "console/licence_act.html", context)


def require_licence(licence: UUID) -> Licence:
    """The licence of this id with its organisation; raises NotFound."""
    found = Licence.objects.select_related("organisation").filter(pk=licence).first()
    if found is None:
        raise NotFound("licence")
    return found


def _offer(found: Licence, act: str) -> dict[str, Any]:
    url = reverse("console:licence_act", args=[found.pk, act])
    return {"label": ACTS[act][1], "url": url, "danger": act in ("suspend", "end")}


def _terms(found: Licence) -> list[dict[str, Any]]:
    pack, language = jurisdiction(settings.JURISDICTION), get_language() or ""
    categories = [pack.categories[code].label.in_language(language) for code in found.categories]
    purposes = [pack.purposes[code].label.in_language(language) for code in found.purposes]
    rows: list[dict[str, Any]] = [
        {"label": _("Organisation"), "value": found.organisation},
        {"label": _("Role"), "value": found.get_role_display()},
        {"label": _("Categories"), "value": ", ".join(categories)},
        {"label": _("First day"), "value": writing.day(found.valid_from)},
        {"label": _("Last day"), "value": writing.day(found.valid_until)},
    ]
    if purposes:
        rows.append({"label": _("Purposes"), "value": ", ".join(purposes)})
    else:
        label = _("Citizen numbers that fail their check")
        rows.append({"label": label, "value": found.get_number_policy_display()})
    return rows


def _life(found: Licence) -> list[dict[str, Any]]:
    steps = queries.decisions_of(found)
    who = actors.names(step.by for step in steps)
    return [
        {
            "at": step.at,
            "title": statuses.look_of("licence", step.status).label,
            "tone": statuses.look_of("licence", step.status).tone,
            "text": step.note,
            "meta": f"{step.get_reason_display()} · {who[step.by]}",
        }
        for step in steps
    ]
