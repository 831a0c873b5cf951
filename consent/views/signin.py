"""Signing in: a number, a code, and the first time who one is. Signing out."""

from uuid import UUID

from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import urlencode
from django.views.decorators.http import require_http_methods, require_POST

from consent import permissions
from consent.forms import ClaimForm, CodeForm, MobileForm
from consent.permissions import VisitorRequest, address_of, open_to_strangers
from consent.permissions.codes import send_code
from registry import residents, signin
from registry.tasks import wake_delivery


@open_to_strangers
@require_http_methods(["GET", "HEAD", "POST"])
def sign_in(request: VisitorRequest) -> HttpResponse:
    """Ask for the number; send a code to it, whoever it belongs to."""
    if request.resident_id is not None:
        return redirect("consent:home")
    form = MobileForm(request.POST if request.method == "POST" else None)
    wanted = permissions.safe_next(request)
    page: dict[str, object] = {"form": form, "next": wanted}
    if request.method != "POST":
        return render(request, "consent/sign_in.html", page)
    if not form.is_valid():
        return render(request, "consent/sign_in.html", page, status=422)
    try:
        pending = send_code(
            mobile=form.cleaned_data["mobile"], address=address_of(request), at=timezone.now()
        )
    except signin.TooManyTries as pause:
        return render(request, "consent/sign_in.html", page | {"until": pause.context["until"]}, status=429)
    wake_delivery()
    permissions.remember_pending(request, pending)
    return redirect(f"{reverse('consent:enter-code')}?{urlencode({'next': wanted})}")


@open_to_strangers
@require_http_methods(["GET", "HEAD", "POST"])
def enter_code(request: HttpRequest) -> HttpResponse:
    """Take the code; who signs in with this mobile is in, and anybody else is asked who they are."""
    pending = permissions.pending_code(request)
    if pending is None:
        return redirect("consent:sign-in")
    form = CodeForm(request.POST if request.method == "POST" else None)
    wanted = permissions.safe_next(request)
    page: dict[str, object] = {"form": form, "next": wanted, "ending": signin.ending(pending=pending)}
    if request.method != "POST":
        return render(request, "consent/enter_code.html", page)
    if not form.is_valid():
        return render(request, "consent/enter_code.html", page, status=422)
    now = timezone.now()
    try:
        mobile = signin.prove(
            pending=pending, code=form.cleaned_data["code"], address=address_of(request), at=now
        )
    except (signin.CodeWrong, signin.CodeGone, signin.TooManyTries) as refused:
        page |= {"refused": refused.code, **refused.context}
        return render(request, "consent/enter_code.html", page, status=refused.status)
    return _let_in(request, pending, mobile, wanted)


def _let_in(request: HttpRequest, pending: UUID, mobile: str, wanted: str) -> HttpResponse:
    resident = residents.claimant(mobile=mobile)
    if resident is None:
        permissions.remember_proven(request, pending)
        return redirect(f"{reverse('consent:claim')}?{urlencode({'next': wanted})}")
    permissions.begin(request, resident=resident, at=timezone.now())
    return redirect(wanted)


@open_to_strangers
@require_http_methods(["GET", "HEAD", "POST"])
def claim(request: HttpRequest) -> HttpResponse:
    """Ask who a proven mobile belongs to, and make her the holder of her profile."""
    now = timezone.now()
    proven = permissions.proven_code(request)
    mobile = signin.proven(pending=proven, at=now) if proven else None
    if mobile is None:
        return redirect("consent:sign-in")
    form = ClaimForm(request.POST if request.method == "POST" else None)
    wanted = permissions.safe_next(request)
    page: dict[str, object] = {"form": form, "next": wanted}
    if request.method != "POST":
        return render(request, "consent/claim.html", page)
    if not form.is_valid():
        return render(request, "consent/claim.html", page, status=422)
    try:
        resident = _claim(mobile, form, address_of(request))
    except signin.TooManyTries as pause:
        return render(request, "consent/claim.html", page | {"until": pause.context["until"]}, status=429)
    except residents.ClaimRefused as refused:
        return render(request, "consent/claim.html", page | {"refused": refused}, status=refused.status)
    permissions.begin(request, resident=resident, at=now)
    return redirect(wanted)


def _claim(mobile: str, form: ClaimForm, address: str) -> UUID:
    now = timezone.now()
    with transaction.atomic(durable=True):  # a refused try is counted as well
        signin.count(kind=signin.Kind.CLAIM, mobile=mobile, address=address, at=now)
    return residents.claim(
        mobile=mobile,
        name=form.cleaned_data["name"],
        document=form.cleaned_data["document"],
        by="system:portal",
        method="mobile_and_document",
        at=now,
    )


@require_POST
def sign_out(request: HttpRequest) -> HttpResponse:
    """End the session."""
    permissions.end(request)
    return redirect("consent:home")
