"""Which items of a menu somebody sees: those their role may use."""

from collections.abc import Callable

from django.http import HttpRequest


def shown(permission: str) -> Callable[[HttpRequest], bool]:
    """Whether a menu's item is for this visitor: whoever's role has the permission."""

    def ask(request: HttpRequest) -> bool:
        from registry.accounts.roles import acting_member, allowed  # menus are declared before models load

        member = acting_member(request)
        return member is not None and allowed(member, permission)

    return ask
