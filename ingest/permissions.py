"""Who may call: machines with a key for the view's scope, so many times a minute; members by session."""

from typing import Any

from django.conf import settings
from django.utils import timezone
from rest_framework.permissions import BasePermission
from rest_framework.request import Request

from registry.accounts.apikeys import KeyCaller
from registry.accounts.limits import count, require_left
from registry.accounts.roles import Member


class KeyHolder(BasePermission):
    """A furnisher's machine has signed in, its key's scope was checked when it did; raises RateLimited."""

    def has_permission(self, request: Request, view: Any) -> bool:
        """Whether a machine is there; leaves what remains on the view for the answer's headers."""
        user = request.user
        if not isinstance(user, KeyCaller):
            return False
        used = count(user.key, limit=settings.PARTNER_REQUESTS_PER_MINUTE, at=timezone.now())
        view.rate_limit = used.headers()
        require_left(used)
        return True


class MemberOfFurnisher(BasePermission):
    """A member has signed in by session; their role was checked when they did."""

    def has_permission(self, request: Request, view: Any) -> bool:
        """Whether a member is there."""
        return isinstance(request.user, Member)
