"""What all of the partner's API views share: sign-in by API key, limits, nobody else, no caching."""

from typing import Any, ClassVar

from rest_framework.permissions import BasePermission
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from ingest.authentication import CHALLENGE, ApiKeyAuthentication
from ingest.permissions import KeyHolder
from ingest.serializers import PlainJSONParser
from registry.accounts.apikeys import KeyCaller


class PartnerView(APIView):
    """A view for furnishers' machines. Subclasses name the `scope` that the API key must have."""

    authentication_classes = (ApiKeyAuthentication,)
    permission_classes: tuple[type[BasePermission], ...] = (KeyHolder,)
    parser_classes: tuple[type, ...] = (PlainJSONParser,)
    metadata_class = None
    schema = None  # the OpenAPI document is the lender's; partners read the catalogue's JSON Schema

    scope: ClassVar[str]
    rate_limit: dict[str, str]

    def finalize_response(self, request: Request, response: Response, *args: Any, **kwargs: Any) -> Response:
        """Forbid caching, say what is left of the rate limit, and how to sign in where nobody did."""
        response = super().finalize_response(request, response, *args, **kwargs)
        response["Cache-Control"] = "no-store"
        for name, value in getattr(self, "rate_limit", {}).items():
            response[name] = value
        if response.status_code == 401:
            response["WWW-Authenticate"] = CHALLENGE
        return response


def caller(request: Request) -> KeyCaller:
    """Who calls; the permission has made sure of it."""
    assert isinstance(request.user, KeyCaller)
    return request.user
