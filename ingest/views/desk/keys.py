"""API keys at the desk: make one, see it once, revoke it."""

from datetime import timedelta
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from ingest.forms import KeyForm
from registry.accounts import apikeys
from registry.accounts.forms import add_faults, posted
from registry.accounts.pages import MemberRequest, member_page
from registry.accounts.roles import Permission, allowed
from registry.errors import InvalidRequest, NotFound
from registry.models import ApiKey


@require_GET
@member_page(Permission.KEYS_VIEW)
def every(request: MemberRequest) -> HttpResponse:
    """All keys the organisation ever had: what each may do, who made it, when it was used last."""
    now = timezone.now()
    keys = [_shown(key, ended=key.revoked_at is not None or key.expires_at <= now) for key in _own(request)]
    context = {
        "working": [key for key in keys if not key["ended"]],
        "ended": [key for key in keys if key["ended"]],
        "may_manage": allowed(request.member, Permission.KEYS_MANAGE),
        "organisation": request.member.organisation_name,
    }
    return render(request, "ingest/keys.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@member_page(Permission.KEYS_MANAGE)
def make(request: MemberRequest) -> HttpResponse:
    """A form for a new key; the answer to it shows the secret, this once."""
    form = KeyForm(posted(request))
    context = {"organisation": request.member.organisation_name}
    if request.method == "POST" and form.is_valid():
        assert request.member.organisation is not None
        now, days = timezone.now(), form.cleaned_data["days"]
        try:
            key, secret = apikeys.issue(
                organisation=request.member.organisation,
                label=form.cleaned_data["label"],
                scopes=form.cleaned_data["scopes"],
                by=request.member.by,
                at=now,
                expires_at=now + timedelta(days=days),
            )
        except InvalidRequest as refused:
            add_faults(form, refused)
        else:
            return render(request, "ingest/key_made.html", context | {"key": key, "secret": secret})
    return render(request, "ingest/key_new.html", context | {"form": form})


@require_http_methods(["GET", "HEAD", "POST"])
@member_page(Permission.KEYS_MANAGE)
def revoke(request: MemberRequest, key: UUID) -> HttpResponseBase:
    """Asks once, then ends the key. Raises NotFound for another organisation's."""
    found = next((own for own in _own(request) if own.pk == key), None)
    if found is None:
        raise NotFound("api key")
    if request.method == "POST":
        apikeys.revoke(key=key, organisation=found.organisation_id, by=request.member.by, at=timezone.now())
        messages.success(request, _("Revoked. Calls with this key are refused from now on."))
        return redirect("ingest:keys")
    context = {"found": found, "organisation": request.member.organisation_name}
    return render(request, "ingest/key_revoke.html", context)


def _own(request: MemberRequest) -> list[ApiKey]:
    assert request.member.organisation is not None
    return apikeys.keys_of(request.member.organisation)


def _shown(key: ApiKey, *, ended: bool) -> dict[str, object]:
    maker = key.created_by.name or key.created_by.email if key.created_by else _("The registry itself")
    return {
        "key": key,
        "ended": ended,
        "maker": maker,
        "scopes": [apikeys.SCOPES[scope] for scope in key.scopes if scope in apikeys.SCOPES],
    }
