"""Who may call the partner's API: machines signed in with a key for the view's scope, and nobody else."""

from typing import Any

from rest_framework.permissions import BasePermission
from rest_framework.request import Request

from registry.accounts.apikeys import KeyCaller


class KeyHolder(BasePermission):
    """A furnisher's machine has signed in; the key's scope was checked when it did."""

    def has_permission(self, request: Request, view: Any) -> bool:
        """Whether a machine is there."""
        return isinstance(request.user, KeyCaller)
