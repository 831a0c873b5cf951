"""Colleagues at the desk: who acts for the organisation, in which role."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from registry.accounts import organisations
from registry.accounts.errors import LastOwner
from registry.accounts.forms import MemberForm, RoleForm, posted
from registry.accounts.invitations import add_by_form
from registry.accounts.pages import MemberRequest, member_page
from registry.accounts.roles import Permission, allowed
from registry.models import Membership


@require_GET
@member_page(Permission.MEMBERS_VIEW)
def every(request: MemberRequest) -> HttpResponse:
    """Everybody with a role in the organisation."""
    may = allowed(request.member, Permission.MEMBERS_MANAGE)
    columns: list[dict[str, Any]] = [{"label": _("Member")}, {"label": _("Role")}]
    if may:
        columns += [{"label": _("Change the role"), "hidden": True}, {"label": _("Remove"), "hidden": True}]
    context = {
        "columns": columns,
        "rows": [_row(row, manage=may) for row in organisations.members_of(request.member.organisation)],
        "may_manage": may,
        "organisation": request.member.organisation_name,
    }
    return render(request, "ingest/members.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@member_page(Permission.MEMBERS_MANAGE)
def add(request: MemberRequest) -> HttpResponseBase:
    """A form for a new colleague, who gets a link to choose a password."""
    form, now = MemberForm(posted(request)), timezone.now()
    sound = request.method == "POST" and form.is_valid()
    if sound and add_by_form(request, form, organisation=request.member.organisation, at=now):
        return redirect("ingest:members")
    context = {"form": form, "organisation": request.member.organisation_name}
    return render(request, "ingest/member_new.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@member_page(Permission.MEMBERS_MANAGE)
def change(request: MemberRequest, user: UUID) -> HttpResponseBase:
    """A form for a colleague's other role; the last owner stays one. Raises NotFound."""
    organisation = request.member.organisation
    found = organisations.require_member(user=user, organisation=organisation)
    form = RoleForm(posted(request), initial={"role": found.role})
    if request.method == "POST" and form.is_valid():
        acting: dict[str, Any] = {"user": user, "organisation": organisation, "by": request.member.by}
        try:
            organisations.change_member(**acting, role=form.cleaned_data["role"], at=timezone.now())
        except LastOwner as refused:
            form.add_error("role", _(refused.sentence))
        else:
            messages.success(request, _("Changed."))
            return redirect("account_work" if user == request.member.user_id else "ingest:members")
    context = {"form": form, "found": found, "organisation": request.member.organisation_name}
    return render(request, "ingest/member_role.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@member_page(Permission.MEMBERS_MANAGE)
def remove(request: MemberRequest, user: UUID) -> HttpResponseBase:
    """Asks once, then takes the role away. Raises NotFound, LastOwner."""
    organisation = request.member.organisation
    leaving = organisations.require_member(user=user, organisation=organisation)
    if request.method == "POST":
        organisations.remove_member(
            user=user, organisation=organisation, by=request.member.by, at=timezone.now()
        )
        messages.success(request, _("Removed."))
        return redirect("account_work" if user == request.member.user_id else "ingest:members")
    context = {"leaving": leaving, "organisation": request.member.organisation_name}
    return render(request, "ingest/member_remove.html", context)


def _row(row: Membership, *, manage: bool) -> list[Any]:
    cells: list[Any] = [
        {"text": row.user.name or row.user.email, "note": row.user.email if row.user.name else ""},
        row.get_role_display(),
    ]
    if manage:
        named = row.user.name or row.user.email
        for route, text, danger in (
            ("ingest:change_member", _("Change the role"), False),
            ("ingest:remove_member", _("Remove"), True),
        ):
            url = reverse(route, args=[row.user_id])
            cells.append({"text": text, "url": url, "danger": danger, "about": named})
    return cells
