"""How partners' machines sign in: `Authorization: Bearer jx_…`, an API key with the scope the view names."""

from django.utils import timezone
from rest_framework.authentication import BaseAuthentication
from rest_framework.request import Request

from registry.accounts.apikeys import KeyCaller, require_key

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
