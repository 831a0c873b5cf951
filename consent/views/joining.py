"""Following a furnisher's invitation: who asks, for what and how long; all of it, less of it, or nothing.

1. the link is on paper for everybody, so strangers read who asks and sign in to answer
2. nothing is ticked beforehand; fewer categories and a shorter time are hers to choose
3. what the law wants asked for on its own gets a page and a tick of its own
4. one call, and the way to the consent with its receipt; leaving the page is a no, and nothing is kept of it
"""

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from consent import services
from consent.errors import AlreadyDecided, RequestGone, SeparateConsentMissing
from consent.forms import AnswerForm, JoinForm
from consent.models import Consent
from consent.permissions import VisitorRequest, open_to_strangers
from consent.texts import shown_text
from consent.views import offers, words
from registry.catalogue import IDENTITY
from registry.errors import Conflict


@open_to_strangers
@require_http_methods(["GET", "HEAD", "POST"])
def join(request: VisitorRequest, code: str) -> HttpResponse:
    """Show the invitation; take the answer of whoever is signed in."""
    now = timezone.now()
    try:
        invitation = services.invitation_by_code(code=code, at=now)
    except RequestGone:
        return render(request, "consent/join_gone.html", status=410)
    asked = services.terms_of(invitation, language=words.language(), at=now)
    if request.resident_id is None:
        return _invite_in(request, asked)
    if request.method != "POST":
        return _show(request, asked)
    return _answer(request, code, asked)


def _invite_in(request: VisitorRequest, asked: Consent) -> HttpResponse:
    shown = shown_text(asked, language=words.language())
    page = {"asked": asked, "shown": shown, "name": words.name_of(asked.organisation)}
    return render(
        request, "consent/join_stranger.html", page, status=200 if request.method != "POST" else 403
    )


def _show(request: VisitorRequest, asked: Consent, status: int = 200, **more: Any) -> HttpResponse:
    form = more.pop("form", None) or _form(asked)
    assert request.resident_id is not None
    offer = offers.offer(asked, resident=request.resident_id, at=timezone.now(), form=form)
    return render(request, "consent/join.html", offer | more, status=status)


def _form(asked: Consent, data: Any = None) -> AnswerForm:
    return offers.answer_form(asked, at=timezone.now(), data=data, kind=JoinForm)


def _answer(request: VisitorRequest, code: str, asked: Consent) -> HttpResponse:
    form = _form(asked, request.POST)
    if not form.is_valid():
        return _show(request, asked, 422, form=form)
    choice = offers.Choice.read(request.POST, form)
    for category, status in ((choice.unticked, 422), (choice.unanswered, 200)):
        if category:
            page = offers.apart(asked, choice, category) | {"unticked": status == 422}
            return render(request, "consent/answer_apart.html", page, status=status)
    if not set(choice.categories) - {IDENTITY}:
        form.add_error(
            "categories", _("Nothing is left to agree to. Tick something else, or leave this page.")
        )
        return _show(request, asked, 422, form=form)
    return _contribute(request, code, asked, choice)


def _contribute(request: VisitorRequest, code: str, asked: Consent, choice: offers.Choice) -> HttpResponse:
    now, who = timezone.now(), request.resident_id
    assert who is not None
    try:
        receipt = services.contribute(
            code=code,
            resident=who,
            categories=choice.categories,
            separate=choice.given,
            until=choice.until(asked, now),
            language=words.language(),
            text_hash=choice.text_hash,
            by=f"resident:{who}",
            at=now,
        )
    except AlreadyDecided:
        return render(
            request, "consent/join_standing.html", {"name": words.name_of(asked.organisation)}, status=409
        )
    except (Conflict, SeparateConsentMissing):
        return _show(request, asked, 409, changed=True)
    messages.success(
        request,
        _("Agreed. What %(name)s furnishes will stand under “My records”.")
        % {"name": words.name_of(asked.organisation)},
    )
    return redirect("consent:consent", consent_id=receipt.consent_id)
