"""Where a request comes from, as far as our own proxies vouch for it."""

from django.conf import settings
from django.http import HttpRequest


def address_of(request: HttpRequest) -> str:
    """The caller's network address.

    Each of our proxies appends the address it saw to X-Forwarded-For; whatever stands before those
    `settings.PROXIES` entries was written by the caller and is not believed.
    """
    direct = str(request.META.get("REMOTE_ADDR", ""))
    reported = [
        part.strip() for part in request.headers.get("X-Forwarded-For", "").split(",") if part.strip()
    ]
    if not settings.PROXIES or not reported:
        return direct
    return reported[-min(settings.PROXIES, len(reported))]
