"""A person's own account: who they are here, how they sign in, for whom they act."""

from typing import Any

from allauth.mfa.models import Authenticator
from django.contrib.auth.decorators import login_required
from django.db.models import Q
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

from registry.accounts.landing import landing_url
from registry.accounts.roles import CHOSEN
from registry.errors import NotFound
from registry.models import Membership


@require_GET
@never_cache
@login_required
def your_account(request: HttpRequest) -> HttpResponse:
    """Name, address, roles and ways of signing in."""
    memberships = _memberships(request)
    chosen = request.session.get(CHOSEN)
    page = {"who": _who(request, memberships), "ways": _ways(request), "memberships": memberships}
    return render(request, "account/home.html", page | {"chosen": chosen, "several": len(memberships) > 1})


@require_POST
@login_required
def choose_organisation(request: HttpRequest) -> HttpResponseBase:
    """Act for the posted organisation from now on, in this session. Raises NotFound for a foreign one."""
    wanted = request.POST.get("organisation", "")
    if wanted not in {str(row.organisation_id) for row in _memberships(request)}:
        raise NotFound("membership")
    request.session[CHOSEN] = wanted
    return redirect("ingest:desk")


@require_GET
@login_required
def to_work(request: HttpRequest) -> HttpResponseBase:
    """On to where this person's work is."""
    return redirect(landing_url(request))


def _memberships(request: HttpRequest) -> list[Membership]:
    rows = Membership.objects.filter(Q(user=request.user.pk)).select_related("organisation")
    return list(rows.order_by("id"))


def _who(request: HttpRequest, memberships: list[Membership]) -> list[dict[str, Any]]:
    user: Any = request.user
    roles = [
        {"label": row.organisation or _("Operator's staff"), "value": row.get_role_display()}
        for row in memberships
    ]
    return [
        {"label": _("Full name"), "value": user.name or "–"},
        {"label": _("E-mail"), "value": user.email},
        *roles,
    ]


def _ways(request: HttpRequest) -> list[dict[str, Any]]:
    """Password, app, keys and codes, each with where it can be changed."""
    held = dict.fromkeys(Authenticator.Type, 0)
    left = 0
    for row in Authenticator.objects.filter(user_id=request.user.pk):
        held[Authenticator.Type(row.type)] += 1
        if row.type == Authenticator.Type.RECOVERY_CODES:
            left = len(row.wrap().get_unused_codes())
    keys = held[Authenticator.Type.WEBAUTHN]
    return [
        _way(_("Password"), _("Set"), "account_change_password", _("Change")),
        _way(
            _("Authenticator app"),
            _("On") if held[Authenticator.Type.TOTP] else _("Off"),
            "mfa_index",
            _("Manage"),
        ),
        _way(
            _("Security keys"), ngettext("%d key", "%d keys", keys) % keys, "mfa_list_webauthn", _("Manage")
        ),
        _way(
            _("Recovery codes"),
            ngettext("%d left", "%d left", left) % left,
            "mfa_view_recovery_codes" if left else "mfa_generate_recovery_codes",
            _("Show") if left else _("Make new codes"),
        ),
    ]


def _way(label: str, value: str, route: str, act: str) -> dict[str, Any]:
    return {"label": label, "value": value, "action_url": reverse(route), "action_label": act}
