"""Says who is signed in as a resident, and keeps everybody else from her pages."""

from collections.abc import Callable
from typing import Any, TypeVar
from urllib.parse import urlencode
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.cache import add_never_cache_headers

from consent.permissions.sessions import end, resident_in
from registry.accounts.signed_out import say_if_lost
from registry.models import Resident
from registry.residents import root_of

View = TypeVar("View", bound=Callable[..., HttpResponse])
APP = "consent"
LEAVES = "sign-out"


def open_to_strangers(view: View) -> View:
    """Mark a page that answers without sign-in. Everything not marked is refused."""
    view.open_to_strangers = True  # type: ignore[attr-defined]  # a mark that only the middleware reads
    return view


class ResidentMiddleware:
    """Sets `request.resident_id` to the root of the signed-in resident's profile, or None."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Answer; a resident's page is kept in no cache, so that "back" after a withdrawal asks us again."""
        request.resident_id = _root(request)  # type: ignore[attr-defined]  # the field this class is for
        response = self.get_response(request)
        if _ours(request):
            add_never_cache_headers(response)
        return response

    def process_view(
        self, request: HttpRequest, view: Callable[..., HttpResponse], *_: Any
    ) -> HttpResponse | None:
        """Send strangers to the sign-in, and back afterwards to the page they asked for."""
        if not _ours(request) or getattr(view, "open_to_strangers", False) or _signed_in(request):
            return None
        if request.resolver_match.url_name != LEAVES:  # type: ignore[union-attr]  # ours, so it has one
            say_if_lost(request)
        wanted = request.get_full_path() if request.method == "GET" else "/"
        return redirect(f"{reverse('consent:sign-in')}?{urlencode({'next': wanted})}")


def _ours(request: HttpRequest) -> bool:
    return bool(request.resolver_match and APP in request.resolver_match.app_names)


def _signed_in(request: HttpRequest) -> bool:
    return request.resident_id is not None  # type: ignore[attr-defined]  # set above


def _root(request: HttpRequest) -> UUID | None:
    """The root, once we know that the person was not erased; a session of an erased one ends here."""
    resident = resident_in(request, at=timezone.now())
    if resident is None:
        return None
    root = root_of([resident]).get(resident)
    gone = (Resident.Status.ERASED, Resident.Status.UNCLAIMED)
    if root is None or Resident.objects.filter(id=resident, status__in=gone).exists():
        end(request)
        return None
    return root
