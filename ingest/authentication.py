"""How callers sign in. Machines: `Authorization: Bearer jx_…`, an API key with the scope the view names.

Scripts of the desk's pages: the session of a member, with the page's token against forged requests.
"""

from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from rest_framework.authentication import BaseAuthentication, CSRFCheck
from rest_framework.exceptions import PermissionDenied
from rest_framework.request import Request

from registry.accounts.apikeys import KeyCaller, require_key
from registry.accounts.roles import Member, require_member

CHALLENGE = 'Bearer realm="juxin"'


class ApiKeyAuthentication(BaseAuthentication):
    """Signs a furnisher's machine in; `request.user` is a KeyCaller."""

    def authenticate(self, request: Request) -> tuple[KeyCaller, None]:
        """Who calls. Raises KeyRequired, ScopeMissing."""
        scope = request.parser_context["view"].scope
        caller = require_key(request.headers.get("Authorization"), scope=scope, at=timezone.now())
        return caller, None

    def authenticate_header(self, request: Request) -> str:
        """The challenge of a 401."""
        return CHALLENGE


class MemberSession(BaseAuthentication):
    """Signs in the member whose session it is; `request.user` is a Member with the view's `permission`."""

    def authenticate(self, request: Request) -> tuple[Member, None]:
        """Who calls. Raises SignInRequired, Forbidden, PermissionDenied without the page's token."""
        member = require_member(request._request, request.parser_context["view"].permission)
        check = CSRFCheck(_nothing)
        check.process_request(request._request)
        if check.process_view(request._request, _nothing, (), {}) is not None:
            raise PermissionDenied("the page's token is missing or wrong")
        return member, None


def _nothing(_request: HttpRequest) -> HttpResponse:
    """What the check would go on to; it is asked for its own answer alone."""
    return HttpResponse()
