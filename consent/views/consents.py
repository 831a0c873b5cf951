"""What a resident agreed to: the list, each consent with its history, its receipts, and the way out."""

from uuid import UUID

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from consent import queries, services
from consent.errors import AlreadyDecided
from consent.models import Consent
from consent.permissions import ResidentRequest
from consent.views import lists, words

A_PAGE = 20


@require_safe
def consents(request: ResidentRequest) -> HttpResponse:
    """Every consent, the newest first."""
    found = Paginator(queries.consents_of(resident=request.resident_id), A_PAGE)
    page = found.get_page(request.GET.get("page"))
    rows = lists.consents(page.object_list, at=timezone.now())
    return render(
        request,
        "consent/consents.html",
        {"page": page, "rows": rows, "columns": lists.consent_columns()},
    )


@require_safe
def consent(request: ResidentRequest, consent_id: UUID) -> HttpResponse:
    """One consent: how it stands, what happened to it, the exact text, its receipts."""
    found = queries.consent_of(resident=request.resident_id, consent_id=consent_id)
    state = queries.state_at(found, at=timezone.now())
    page = {
        "consent": found,
        "state": state,
        "name": words.name_of(found.organisation),
        "rows": lists.terms(found),
        "events": lists.events(found),
        "text": found.text.body.splitlines() if found.text else [],
    }
    return render(request, "consent/consent.html", page)


@require_safe
def receipt(request: ResidentRequest, consent_id: UUID, state: str) -> HttpResponse:
    """The signed receipt of one change, as a file that anybody can check with our public keys."""
    text = queries.receipt_of(resident=request.resident_id, consent_id=consent_id, state=state)
    kind, ending = ("application/json", "json") if text.startswith("{") else ("application/jose", "jws")
    name = f"juxin-consent-{consent_id}-{state}.{ending}"
    return HttpResponse(
        text,
        content_type=kind,
        headers={"Content-Disposition": f'attachment; filename="{name}"'},
    )


@require_http_methods(["GET", "HEAD", "POST"])
def withdraw(request: ResidentRequest, consent_id: UUID) -> HttpResponse:
    """Say what stops and what stays; then end the consent at once."""
    found = queries.consent_of(resident=request.resident_id, consent_id=consent_id)
    if queries.state_at(found, at=timezone.now()) != Consent.Status.GRANTED:
        messages.info(request, _("Nothing was left to withdraw: this consent had ended already."))
        return redirect("consent:consent", consent_id=consent_id)
    if request.method != "POST":
        page = {"consent": found, "name": words.name_of(found.organisation)} | lists.after_withdrawal(found)
        return render(request, "consent/withdraw.html", page)
    try:
        services.withdraw(
            consent_id=consent_id,
            resident=request.resident_id,
            by=f"resident:{request.resident_id}",
            at=timezone.now(),
        )
    except AlreadyDecided:
        messages.info(request, _("Nothing was left to withdraw: this consent had ended already."))
    else:
        messages.success(request, _("Withdrawn. From this moment nobody can read anything under it."))
    return redirect("consent:consent", consent_id=consent_id)
