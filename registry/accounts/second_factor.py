"""No work without a second factor: the guard that stands before every page of whoever is signed in.

A session counts once a second factor was used in it, or was set up in it. Being signed in by any other way,
present or future, opens nothing but the way to the factor.
"""

from collections.abc import Callable
from datetime import datetime
from typing import Any
from uuid import UUID

from allauth.account.authentication import get_authentication_records
from allauth.mfa.models import Authenticator
from allauth.mfa.signals import authenticator_added
from django.db import transaction
from django.dispatch import receiver
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.http import urlencode

from registry.errors import NotFound
from registry.ledger import Event, append
from registry.models import User

FACTORS = (Authenticator.Type.TOTP, Authenticator.Type.WEBAUTHN)
SET_UP = "second_factor_set_up"  # session key: whose factor was set up in this session
ALWAYS = frozenset({"account_logout", "language"})
SETTING_UP = ALWAYS | {
    "mfa_activate_totp",
    "mfa_add_webauthn",
    "account_reauthenticate",
}
PROVING = ALWAYS | {"mfa_reauthenticate", "mfa_reauthenticate_webauthn"}


class SecondFactorMiddleware:
    """Sends whoever is signed in without a second factor to where they set one up, or use it."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Pass on; the decision falls when the page is known."""
        return self.get_response(request)

    def process_view(self, request: HttpRequest, *view: Any) -> HttpResponseBase | None:
        """None lets the page through."""
        if not request.user.is_authenticated or request.resolver_match is None:
            return None
        name = request.resolver_match.view_name
        if name in ALWAYS:
            return None
        if not has_second_factor(request.user.pk):
            return None if name in SETTING_UP else redirect("mfa_activate_totp")
        if used_in_session(request):
            return None
        return None if name in PROVING else _to_proof(request)


def has_second_factor(user: UUID) -> bool:
    """Whether an authenticator app or a security key belongs to this user; recovery codes do not count."""
    return bool(Authenticator.objects.filter(user_id=user, type__in=FACTORS).exists())


def used_in_session(request: HttpRequest) -> bool:
    """Whether the signed-in user has used, or just set up, a second factor in this session."""
    user = request.user
    if request.session.get(SET_UP) == str(user.pk):
        return True
    return any(record.get("method") == "mfa" for record in get_authentication_records(request, user))


def reset(*, user: UUID, by: str, at: datetime) -> None:
    """Take away a lost factor: the person sets up a new one at the next sign-in. Raises NotFound.

    Open sessions lead to that set-up too, and ask for the password before it.
    """
    with transaction.atomic():
        if not User.objects.select_for_update().filter(pk=user).exists():
            raise NotFound("user")
        Authenticator.objects.filter(user_id=user).delete()
        details = {"kind": "second_factor", "member": user}
        append(Event.CREDENTIAL_REVOKED, by=by, at=at, details=details)


@receiver(authenticator_added)
def _remember(request: HttpRequest, user: User, authenticator: Authenticator, **more: Any) -> None:
    """Setting up a factor shows that one holds it."""
    if authenticator.type in FACTORS:
        request.session[SET_UP] = str(user.pk)


def _to_proof(request: HttpRequest) -> HttpResponseBase:
    here = request.get_full_path() if request.method == "GET" else reverse("account_work")
    return redirect(f"{reverse('mfa_reauthenticate')}?{urlencode({'next': here})}")
