"""Who may call what, deny by default: so many calls a minute, a licence in force, the view's scope."""

from typing import Any

from django.conf import settings
from django.utils import timezone
from rest_framework.permissions import BasePermission
from rest_framework.request import Request

from api.checks import LenderClient
from api.errors import ScopeRequired
from registry.accounts.limits import count, require_left
from registry.errors import LicenceRequired


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


class WithinLimit(LenderSignedIn):
    """A client's requests are counted first, so that refused ones count as well; raises RateLimited."""

    def has_permission(self, request: Request, view: Any) -> bool:
        """Whether a lender's client is there; leaves what remains on the view for the answer's headers."""
        user = request.user
        if not isinstance(user, LenderClient):
            return False
        used = count(user.client_id, limit=settings.LENDER_REQUESTS_PER_MINUTE, at=timezone.now())
        view.rate_limit = used.headers()
        require_left(used)
        return True


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
