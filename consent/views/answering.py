"""Answering a request: who asks, what for and for how long; all of it, less of it, or no.

1. code or link to the request, and only for the person it was made out to
2. nothing is ticked beforehand; fewer categories and a shorter time are hers to choose
3. what the law wants asked for on its own gets a page and a tick of its own
4. one call, and the way to the consent with its receipt
"""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from consent import queries, services
from consent.errors import AlreadyDecided, ProfileFrozen, RequestGone, SeparateConsentMissing, WrongPerson
from consent.forms import RequestCodeForm
from consent.models import Consent
from consent.permissions import ResidentRequest
from consent.services.showing import request_for
from consent.views import offers, words
from registry.errors import Conflict, NotFound, RegistryError

REFUSALS = (RequestGone, WrongPerson, AlreadyDecided, ProfileFrozen)


@require_http_methods(["GET", "HEAD", "POST"])
def enter(request: ResidentRequest) -> HttpResponse:
    """Type the code of a request."""
    form = RequestCodeForm(request.POST if request.method == "POST" else None)
    if request.method != "POST":
        return render(request, "consent/enter_request.html", {"form": form})
    if not form.is_valid():
        return render(request, "consent/enter_request.html", {"form": form}, status=422)
    return _find(request, form.cleaned_data["code"])


@require_safe
def by_code(request: ResidentRequest, code: str) -> HttpResponse:
    """The link of a message: on to the request itself, so that the code stays out of the address bar."""
    return _find(request, code)


def _find(request: ResidentRequest, code: str) -> HttpResponse:
    try:
        found = queries.request_by_code(code=code)
    except NotFound:
        form = RequestCodeForm({"code": code})
        form.add_error("code", _("There is no request with this code. Compare it with the message again."))
        return render(request, "consent/enter_request.html", {"form": form}, status=404)
    return redirect("consent:request", request_id=found.id)


@require_http_methods(["GET", "HEAD", "POST"])
def answer(request: ResidentRequest, request_id: UUID) -> HttpResponse:
    """Show the request and take the answer."""
    try:
        asked = request_for(consent_id=request_id, resident=request.resident_id, at=timezone.now())
        if request.method != "POST":
            return _show(request, asked)
        return _decline(request, asked) if request.POST.get("answer") == "decline" else _agree(request, asked)
    except REFUSALS as refused:
        return _refused(request, request_id, refused)


def _show(request: ResidentRequest, asked: Consent, status: int = 200, **more: Any) -> HttpResponse:
    offer = offers.offer(asked, resident=request.resident_id, at=timezone.now(), form=more.pop("form", None))
    return render(request, "consent/answer.html", offer | more, status=status)


def _decline(request: ResidentRequest, asked: Consent) -> HttpResponse:
    services.decline(consent_id=asked.id, **_actor(request))
    messages.success(request, _("Declined. They see nothing, and nothing else changes for you."))
    return redirect("consent:consent", consent_id=asked.id)


def _agree(request: ResidentRequest, asked: Consent) -> HttpResponse:
    form = offers.answer_form(asked, at=timezone.now(), data=request.POST)
    if not form.is_valid():
        return _show(request, asked, 422, form=form)
    choice = offers.Choice.read(request.POST, form)
    if choice.unticked:
        return _apart(request, asked, choice, choice.unticked, 422)
    if choice.unanswered:
        return _apart(request, asked, choice, choice.unanswered, 200)
    if not choice.categories:
        form.add_error("categories", _("Nothing is left to agree to. Tick something else, or decline."))
        return _show(request, asked, 422, form=form)
    return _grant(request, asked, choice)


def _apart(
    request: ResidentRequest, asked: Consent, choice: offers.Choice, category: str, status: int
) -> HttpResponse:
    page = offers.apart(asked, choice, category) | {"unticked": status == 422}
    return render(request, "consent/answer_apart.html", page, status=status)


def _grant(request: ResidentRequest, asked: Consent, choice: offers.Choice) -> HttpResponse:
    now = timezone.now()
    try:
        services.grant(
            consent_id=asked.id,
            categories=choice.categories,
            until=choice.until(asked, now),
            separate=choice.given,
            text_hash=choice.text_hash,
            **_actor(request),
        )
    except (AlreadyDecided, RequestGone, ProfileFrozen):
        raise
    except (Conflict, SeparateConsentMissing):
        return _show(request, asked, 409, changed=True)
    name = words.name_of(asked.organisation)
    messages.success(
        request,
        _("Agreed. Each time %(name)s looks, you read it under “Who looked at my data”.") % {"name": name},
    )
    return redirect("consent:consent", consent_id=asked.id)


def _actor(request: ResidentRequest) -> dict[str, Any]:
    who = request.resident_id
    return {"resident": who, "by": f"resident:{who}", "at": timezone.now(), "language": words.language()}


def _refused(request: ResidentRequest, request_id: UUID, refused: RegistryError) -> HttpResponse:
    page = {"code": refused.code, "request_id": request_id, "state": refused.context.get("state")}
    return render(request, "consent/answer_refused.html", page, status=refused.status)
