"""Which items of a menu somebody sees: those their role may use and their organisation has a use for."""

from collections.abc import Callable
from typing import Any

from django.http import HttpRequest


def shown(permission: str) -> Callable[[HttpRequest], bool]:
    """Whether a menu's item is for this visitor: whoever's role has the permission."""

    def ask(request: HttpRequest) -> bool:
        from registry.accounts.roles import acting_member, allowed  # menus are declared before models load

        member = acting_member(request)
        return member is not None and allowed(member, permission)

    return ask


def furnishing(permission: str) -> Callable[[HttpRequest], bool]:
    """The same for what furnishers alone have a use for: a bank that only reads sends no files."""
    may = shown(permission)

    def ask(request: HttpRequest) -> bool:
        return may(request) and _furnishes(request)

    return ask


def _furnishes(request: Any) -> bool:
    """Whether who acts is of an organisation that sends files, or might; asked once for a request."""
    from django.utils import timezone

    from registry.accounts.licences import furnishes
    from registry.accounts.roles import acting_member

    if not hasattr(request, "_furnishes"):
        member = acting_member(request)
        own = member and member.organisation
        request._furnishes = bool(own and furnishes(organisation=own, at=timezone.now()))
    return bool(request._furnishes)
