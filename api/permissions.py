"""Who may call what, deny by default: a licence in force, the view's scope, and so many calls a minute."""

from datetime import datetime
from typing import Any

from django.conf import settings
from django.db import connection
from django.utils import timezone
from rest_framework.permissions import BasePermission
from rest_framework.request import Request
from rest_framework.throttling import BaseThrottle

from api.checks import LenderClient
from api.errors import ScopeRequired
from registry.errors import LicenceRequired

WINDOW = 60  # seconds

_COUNT = """
INSERT INTO api_requestcount AS kept (client_id, minute, requests)
SELECT %s, %s, 1 FROM set_config('synchronous_commit', 'off', true)
ON CONFLICT (client_id) DO UPDATE SET
    minute = excluded.minute,
    requests = CASE WHEN kept.minute = excluded.minute THEN kept.requests + 1 ELSE 1 END
RETURNING requests
"""


class DenyAll(BasePermission):
    """The default for views that name no permission: nobody."""

    def has_permission(self, request: Request, view: Any) -> bool:
        """Never."""
        return False


class LenderSignedIn(BasePermission):
    """A lender's client has signed in."""

    def has_permission(self, request: Request, view: Any) -> bool:
        """Whether the caller is a lender's client."""
        return isinstance(request.user, LenderClient)


class LicenceInForce(LenderSignedIn):
    """The client's organisation holds a lender's licence in force today; raises LicenceRequired."""

    def has_permission(self, request: Request, view: Any) -> bool:
        """Whether a lender's client is there; without licence an error of its own."""
        user = request.user
        if not isinstance(user, LenderClient):
            return False
        if user.licence is None:
            raise LicenceRequired
        return True


class HasScope(LenderSignedIn):
    """The token carries the view's `scope`; a view that names none is closed. Raises ScopeRequired."""

    def has_permission(self, request: Request, view: Any) -> bool:
        """Whether a lender's client is there; without the scope an error of its own."""
        user, scope = request.user, getattr(view, "scope", None)
        if not isinstance(user, LenderClient) or scope is None:
            return False
        if scope not in user.scopes:
            raise ScopeRequired("the token lacks the scope", scope=scope)
        return True


class ClientThrottle(BaseThrottle):
    """Refuses a client's requests beyond settings.LENDER_REQUESTS_PER_MINUTE until the minute is over."""

    def allow_request(self, request: Request, view: Any) -> bool:
        """Count this request and say whether it may pass; leaves what remains on the view for its headers."""
        now = timezone.now()
        self.left = WINDOW - now.second
        limit = settings.LENDER_REQUESTS_PER_MINUTE
        used = _count(request.user.pk, now.replace(second=0, microsecond=0))
        view.rate_limit = {
            "RateLimit-Policy": f'"minute";q={limit};w={WINDOW}',
            "RateLimit": f'"minute";r={max(0, limit - used)};t={self.left}',
        }
        return bool(used <= limit)

    def wait(self) -> float:
        """Seconds until the next minute."""
        return float(self.left)


def _count(client: Any, minute: datetime) -> int:
    with connection.cursor() as cursor:
        cursor.execute(_COUNT, [client, minute])
        return int(cursor.fetchone()[0])
