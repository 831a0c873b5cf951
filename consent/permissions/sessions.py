"""A resident's session: half an hour without a click or twelve hours in all, then she signs in again.

What stands in it are ids and times, never a number or a name: sessions lie in the database.
"""

from datetime import datetime, timedelta
from uuid import UUID

from django.conf import settings
from django.http import HttpRequest
from django.middleware.csrf import rotate_token
from django.utils.http import url_has_allowed_host_and_scheme

IDLE, WHOLE = timedelta(minutes=30), timedelta(hours=12)
NOTED = timedelta(minutes=1)  # how exactly the last click is known: writing it down each time would cost
RESIDENT, SINCE, SEEN, PENDING, PROVEN = "resident", "since", "seen", "sign_in_pending", "sign_in_proven"


def begin(request: HttpRequest, *, resident: UUID, at: datetime) -> None:
    """Start a resident's session under a new key; whatever the browser held before is dropped."""
    request.session.flush()
    request.session[RESIDENT] = str(resident)
    request.session[SINCE] = request.session[SEEN] = at.timestamp()
    rotate_token(request)


def end(request: HttpRequest) -> None:
    """Forget the session altogether."""
    request.session.flush()


def resident_in(request: HttpRequest, *, at: datetime) -> UUID | None:
    """Who is signed in here at this moment; a session past its time is emptied."""
    if settings.SESSION_COOKIE_NAME not in request.COOKIES:
        return None  # machines carry no session, and their answers need not vary by one
    said = request.session.get(RESIDENT)
    if said is None:
        return None
    now, since, seen = at.timestamp(), request.session.get(SINCE, 0), request.session.get(SEEN, 0)
    if now - seen >= IDLE.total_seconds() or now - since >= WHOLE.total_seconds():
        request.session.flush()
        return None
    if now - seen >= NOTED.total_seconds():
        request.session[SEEN] = now
    return UUID(said)


def remember_pending(request: HttpRequest, code: UUID) -> None:
    """A code was sent for this browser."""
    request.session[PENDING] = str(code)
    request.session.pop(PROVEN, None)


def pending_code(request: HttpRequest) -> UUID | None:
    """The code this browser waits for."""
    return _id(request, PENDING)


def remember_proven(request: HttpRequest, code: UUID) -> None:
    """This browser gave the right code, and nobody signs in with its mobile yet."""
    request.session.flush()
    request.session[PROVEN] = str(code)
    rotate_token(request)


def proven_code(request: HttpRequest) -> UUID | None:
    """The code this browser proved a mobile with."""
    return _id(request, PROVEN)


def safe_next(request: HttpRequest) -> str:
    """Where to go after sign-in: the `next` of form or address if it is a page of this site, else home."""
    wanted = request.POST.get("next") or request.GET.get("next") or "/"
    ours = url_has_allowed_host_and_scheme(
        wanted, allowed_hosts={request.get_host()}, require_https=request.is_secure()
    )
    return wanted if ours and wanted.startswith("/") else "/"


def _id(request: HttpRequest, key: str) -> UUID | None:
    said = request.session.get(key)
    return UUID(said) if said else None
