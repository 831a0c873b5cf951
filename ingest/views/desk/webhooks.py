"""Webhooks at the desk: name an address, see its secret once, test it, read its log, send again, end it."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from ingest.forms import WebhookForm
from registry import webhooks
from registry.accounts.forms import add_faults, posted
from registry.accounts.pages import MemberRequest, member_page
from registry.accounts.roles import Permission
from registry.errors import Conflict, InvalidRequest
from registry.look import writing
from registry.models import WebhookAttempt, WebhookDelivery, WebhookEndpoint
from registry.tasks import tell_webhooks

Row = dict[str, Any]
Outcome = WebhookAttempt.Outcome


@require_GET
@member_page(Permission.WEBHOOKS_VIEW)
def every(request: MemberRequest) -> HttpResponse:
    """All addresses of the organisation that are told, and how they do."""
    items = [_card(each) for each in webhooks.endpoints_of(_own(request))]
    return render(request, "ingest/webhooks.html", _context(request) | {"items": items})


@require_http_methods(["GET", "HEAD", "POST"])
@member_page(Permission.WEBHOOKS_MANAGE)
def add(request: MemberRequest) -> HttpResponse:
    """A form for a new address; the answer to it shows the secret, this once."""
    form = WebhookForm(posted(request))
    if request.method == "POST" and form.is_valid():
        try:
            made, secret = webhooks.add(
                organisation=_own(request), **form.cleaned_data, by=request.member.by, at=timezone.now()
            )
        except InvalidRequest as refused:
            add_faults(form, refused)
        except Conflict as refused:
            form.add_error(None, _(refused.sentence))
        else:
            return _secret(request, made, secret)
    return render(request, "ingest/webhook_new.html", _context(request) | {"form": form})


@require_GET
@member_page(Permission.WEBHOOKS_VIEW)
def one(request: MemberRequest, webhook: UUID) -> HttpResponse:
    """One address: what it is told, and its log."""
    found = webhooks.endpoint_of(organisation=_own(request), endpoint=webhook)
    told = webhooks.deliveries_of(organisation=_own(request), endpoint=found.id)
    context = {
        "found": found,
        "url": webhooks.opened(found).url,
        "facts": _facts(found),
        "rows": [_row(each) for each in told],
        "columns": [{"label": label} for label in (_("What"), _("State"), _("Last try"), _("Again"))],
    }
    return render(request, "ingest/webhook.html", _context(request) | context)


@require_http_methods(["POST"])
@member_page(Permission.WEBHOOKS_MANAGE)
def test(request: MemberRequest, webhook: UUID) -> HttpResponseBase:
    """Send a test."""
    webhooks.ping(organisation=_own(request), endpoint=webhook, at=timezone.now())
    return _sent(request, webhook, _("A test is on its way. Reload the page to see how it went."))


@require_http_methods(["GET", "HEAD", "POST"])
@member_page(Permission.WEBHOOKS_MANAGE)
def replay(request: MemberRequest, webhook: UUID, delivery: UUID) -> HttpResponseBase:
    """Asks once, then sends a message again."""
    if request.method == "POST":
        webhooks.replay(organisation=_own(request), endpoint=webhook, delivery=delivery, at=timezone.now())
        return _sent(request, webhook, _("It is on its way again."))
    return _ask(
        request,
        webhook,
        title=_("Send this message again?"),
        text=_("It goes out once more as it was, under the same id."),
        submit=_("Send it again"),
    )


@require_http_methods(["GET", "HEAD", "POST"])
@member_page(Permission.WEBHOOKS_MANAGE)
def rotate(request: MemberRequest, webhook: UUID) -> HttpResponse:
    """Asks once, then makes a new secret, which is shown this once."""
    if request.method == "POST":
        found, secret = webhooks.rotate(
            organisation=_own(request), endpoint=webhook, by=request.member.by, at=timezone.now()
        )
        return _secret(request, found, secret)
    return _ask(
        request,
        webhook,
        title=_("Make a new secret?"),
        text=_(
            "For a day messages are signed with both, the former and the new. Change your program meanwhile."
        ),
        submit=_("Make a new secret"),
    )


@require_http_methods(["POST"])
@member_page(Permission.WEBHOOKS_MANAGE)
def switch(request: MemberRequest, webhook: UUID) -> HttpResponseBase:
    """Switch it off, or on again."""
    found = webhooks.endpoint_of(organisation=_own(request), endpoint=webhook)
    off = found.disabled_at is None
    webhooks.change(
        organisation=_own(request),
        endpoint=found.id,
        changes={"disabled": off},
        by=request.member.by,
        at=timezone.now(),
    )
    messages.success(request, _("Switched off.") if off else _("Switched on."))
    return redirect("ingest:webhook", found.id)


@require_http_methods(["GET", "HEAD", "POST"])
@member_page(Permission.WEBHOOKS_MANAGE)
def remove(request: MemberRequest, webhook: UUID) -> HttpResponseBase:
    """Asks once, then ends it with its log."""
    if request.method == "POST":
        webhooks.remove(organisation=_own(request), endpoint=webhook, by=request.member.by, at=timezone.now())
        messages.success(request, _("Removed. Nothing is sent there any more."))
        return redirect("ingest:webhooks")
    return _ask(
        request,
        webhook,
        title=_("Remove this webhook?"),
        text=_("Nothing is sent there any more, and its log goes too."),
        submit=_("Remove it"),
        danger=True,
    )


def _own(request: MemberRequest) -> UUID:
    assert request.member.organisation is not None
    return request.member.organisation


def _context(request: MemberRequest) -> Row:
    return {"organisation": request.member.organisation_name}


def _secret(request: MemberRequest, found: WebhookEndpoint, secret: str) -> HttpResponse:
    context = {"secret": secret, "found": found, "url": webhooks.opened(found).url}
    return render(request, "ingest/webhook_secret.html", _context(request) | context)


def _sent(request: MemberRequest, webhook: UUID, said: str) -> HttpResponseBase:
    tell_webhooks()
    messages.success(request, said)
    return redirect("ingest:webhook", webhook)


def _ask(
    request: MemberRequest, webhook: UUID, *, title: str, text: str, submit: str, danger: bool = False
) -> HttpResponse:
    found = webhooks.endpoint_of(organisation=_own(request), endpoint=webhook)
    asked = {"found": found, "title": title, "text": text, "submit": submit, "danger": danger}
    return render(request, "ingest/webhook_ask.html", _context(request) | asked)


def _card(found: WebhookEndpoint) -> Row:
    return {
        "title": found.label or webhooks.opened(found).url,
        "url": reverse("ingest:webhook", args=[found.id]),
        "text": webhooks.opened(found).url if found.label else "",
        "meta": _standing(found),
    }


def _standing(found: WebhookEndpoint) -> str:
    if found.disabled_for == WebhookEndpoint.Reason.GONE:
        return _("Switched off: its address said that it is gone.")
    if found.disabled_at is not None:
        return _("Switched off.")
    if found.failing_since is not None:
        when = writing.moment_text(found.failing_since)
        return _("Not reached since %(when)s. We go on trying for a day.") % {"when": when}
    return _("In use.")


def _facts(found: WebhookEndpoint) -> list[Row]:
    events = found.events or sorted(set(webhooks.EVENTS) - {webhooks.PING})
    return [
        {"label": _("Told of"), "value": " · ".join(str(webhooks.LABELS[event]) for event in events)},
        {"label": _("State"), "value": _standing(found)},
        {"label": _("Secret made"), "value": writing.moment(found.rotated_at)},
    ]


def _row(delivery: WebhookDelivery) -> list[Any]:
    tries = list(delivery.tries.all())
    said = _said(tries[-1]) if tries else _("Not tried yet")
    again = reverse("ingest:webhook_replay", args=[delivery.endpoint_id, delivery.id])
    code = {"delivered": "sent"}.get(delivery.state, delivery.state)
    when = writing.moment_text(delivery.created_at)
    return [
        {"text": str(webhooks.LABELS[delivery.event]), "note": when},
        {"badge": {"kind": "message", "code": code}},
        {"text": said, "note": writing.moment_text(tries[-1].at) if tries else ""},
        {"text": _("Send again"), "url": again, "about": when},
    ]


def _said(last: WebhookAttempt) -> str:
    words = {
        Outcome.DELIVERED: _("Delivered"),
        Outcome.REFUSED: _("Refused"),
        Outcome.REDIRECTED: _("Sent us elsewhere, which we do not follow"),
        Outcome.UNREACHABLE: _("Not reached"),
        Outcome.TIMED_OUT: _("No answer in time"),
        Outcome.ADDRESS_NOT_PUBLIC: _("Its address is not public"),
        Outcome.GONE: _("Gone"),
    }
    status = f" ({last.status})" if last.status else ""
    return f"{words[Outcome(last.outcome)]}{status}, {last.milliseconds} ms"
