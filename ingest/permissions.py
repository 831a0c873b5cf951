"""Who may call the partner's API: machines with a key for the view's scope, so many times a minute."""

from typing import Any

from django.conf import settings
from django.utils import timezone
from rest_framework.permissions import BasePermission
from rest_framework.request import Request

from registry.accounts.apikeys import KeyCaller
from registry.accounts.limits import count, require_left


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
