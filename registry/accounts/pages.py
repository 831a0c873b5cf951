"""The door of every page for members and staff: signed in, with a role that may."""

from collections.abc import Callable
from functools import wraps
from typing import Any, Concatenate, ParamSpec

from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponseBase
from django.views.decorators.cache import never_cache

from registry.accounts.roles import Member, require_member
from registry.accounts.signed_out import say_if_lost

P = ParamSpec("P")


class MemberRequest(HttpRequest):
    """A request whose `member` has the permission that its page needs."""

    member: Member


Page = Callable[Concatenate[MemberRequest, P], HttpResponseBase]


def member_page(permission: str) -> Callable[[Page[P]], Callable[..., HttpResponseBase]]:
    """Let a view be reached only with this permission: strangers go to the sign-in, others get a 403.

    Such a page is kept by no cache, neither of the browser nor between.
    """

    def decorate(view: Page[P]) -> Callable[..., HttpResponseBase]:
        @never_cache
        @wraps(view)
        def page(request: Any, *args: P.args, **kwargs: P.kwargs) -> HttpResponseBase:
            if not request.user.is_authenticated:
                say_if_lost(request)
                return redirect_to_login(request.get_full_path())
            request.member = require_member(request, permission)
            return view(request, *args, **kwargs)

        return page

    return decorate
