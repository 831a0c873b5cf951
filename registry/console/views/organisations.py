"""Organisations and their members: list, register, look, add, remove."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from registry.accounts import apikeys, organisations
from registry.accounts.errors import OrganisationKnown
from registry.accounts.forms import MemberForm, add_faults, posted
from registry.accounts.invitations import add_by_form
from registry.accounts.pages import MemberRequest, member_page
from registry.accounts.roles import Permission, allowed
from registry.console import queries
from registry.console.forms import OrganisationForm
from registry.errors import InvalidRequest, NotFound
from registry.look import writing
from registry.models import Membership, Organisation

A_PAGE = 50


@require_GET
@member_page(Permission.ORGANISATIONS_VIEW)
def every(request: MemberRequest) -> HttpResponse:
    """All organisations, fifty to a page; `q` searches names and credit codes."""
    search = request.GET.get("q", "").strip()[:100]
    page = Paginator(queries.organisations(search=search), A_PAGE).get_page(request.GET.get("page"))
    query = urlencode({"q": search}) if search else ""
    context = {
        "page": page,
        "search": search,
        "query": query,
        "items": [_card(row) for row in page],
        "may": _may(request),
    }
    return render(request, "console/organisations.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@member_page(Permission.ORGANISATIONS_MANAGE)
def register(request: MemberRequest) -> HttpResponseBase:
    """A form for a new organisation; goes on to its page."""
    form = OrganisationForm(posted(request))
    if request.method == "POST" and form.is_valid():
        try:
            made = organisations.register(**form.cleaned_data, by=request.member.by, at=timezone.now())
        except InvalidRequest as refused:
            add_faults(form, refused)
        except OrganisationKnown as refused:
            form.add_error("credit_code", _(refused.sentence))
        else:
            return redirect("console:organisation", made.pk)
    return render(request, "console/register.html", {"form": form})


@require_GET
@member_page(Permission.ORGANISATIONS_VIEW)
def one(request: MemberRequest, organisation: UUID) -> HttpResponse:
    """One organisation: facts, licences, members, keys."""
    found = require_organisation(organisation)
    context = {
        "found": found,
        "facts": _facts(found),
        "licences": [_licence(row) for row in queries.licences_of(found)],
        "members": [_member(row, request) for row in organisations.members_of(found.pk)],
        "keys": [key for key in apikeys.keys_of(found.pk) if key.revoked_at is None],
        "may": _may(request),
    }
    return render(request, "console/organisation.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@member_page(Permission.ORGANISATIONS_MANAGE)
def add_member(request: MemberRequest, organisation: UUID) -> HttpResponseBase:
    """A form for a new member, who gets a link to choose a password."""
    found = require_organisation(organisation)
    form, now = MemberForm(posted(request)), timezone.now()
    sound = request.method == "POST" and form.is_valid()
    if sound and add_by_form(request, form, organisation=found.pk, at=now):
        return redirect("console:organisation", found.pk)
    return render(request, "console/add_member.html", {"form": form, "found": found})


@require_http_methods(["GET", "HEAD", "POST"])
@member_page(Permission.ORGANISATIONS_MANAGE)
def remove_member(request: MemberRequest, organisation: UUID, user: UUID) -> HttpResponseBase:
    """Asks once, then takes the person's role away."""
    found = require_organisation(organisation)
    leaving = organisations.require_member(user=user, organisation=found.pk)
    if request.method == "POST":
        organisations.remove_member(user=user, organisation=found.pk, by=request.member.by, at=timezone.now())
        messages.success(request, _("Removed."))
        return redirect("console:organisation", found.pk)
    return render(request, "console/remove_member.html", {"found": found, "leaving": leaving})


def require_organisation(organisation: UUID) -> Organisation:
    """The organisation of this id; raises NotFound."""
    found = Organisation.objects.filter(pk=organisation).first()
    if found is None:
        raise NotFound("organisation")
    return found


def _may(request: MemberRequest) -> dict[str, bool]:
    return {
        "manage": allowed(request.member, Permission.ORGANISATIONS_MANAGE),
        "license": allowed(request.member, Permission.LICENCES_MANAGE),
    }


def _card(row: Organisation) -> dict[str, Any]:
    licences = list(row.licences.all())
    shown = next(
        (licence for licence in licences if licence.status == "active"), licences[0] if licences else None
    )
    return {
        "title": row.name,
        "url": reverse("console:organisation", args=[row.pk]),
        "badge": {"kind": "licence", "code": shown.status} if shown else None,
        "meta": " · ".join(part for part in (row.get_kind_display(), row.name_en, row.credit_code) if part),
        "text": "" if shown else _("No licence yet"),
    }


def _facts(found: Organisation) -> list[dict[str, Any]]:
    facts = [
        {"label": _("Kind"), "value": found.get_kind_display()},
        {"label": _("Unified social credit code"), "value": found.credit_code},
    ]
    return [*facts, {"label": _("Name in English"), "value": found.name_en}] if found.name_en else facts


def _licence(row: Any) -> dict[str, Any]:
    return {
        "title": row.number,
        "url": reverse("console:licence", args=[row.pk]),
        "badge": {"kind": "licence", "code": row.status},
        "rows": [
            {"label": _("Role"), "value": row.get_role_display()},
            {"label": _("First day"), "value": writing.day(row.valid_from)},
            {"label": _("Last day"), "value": writing.day(row.valid_until)},
        ],
    }


def _member(row: Membership, request: MemberRequest) -> list[Any]:
    cells: list[Any] = [
        {"text": row.user.name or row.user.email, "note": row.user.email if row.user.name else ""},
        row.get_role_display(),
    ]
    if _may(request)["manage"]:
        url = reverse("console:remove_member", args=[row.organisation_id, row.user_id])
        cells.append({"text": _("Remove"), "url": url, "danger": True})
    return cells
