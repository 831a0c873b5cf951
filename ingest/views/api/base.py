"""What all of the partner's API views share: sign-in by API key, limits, nobody else, no caching."""

import json
from collections.abc import Callable
from typing import Any, ClassVar

from django.http import HttpRequest
from django.utils import timezone
from rest_framework.permissions import BasePermission
from rest_framework.renderers import JSONRenderer
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from ingest import services
from ingest.authentication import CHALLENGE, ApiKeyAuthentication
from ingest.permissions import KeyHolder
from ingest.serializers import PlainJSONParser
from ingest.views import headers
from ingest.views.api import bodies
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

    def initialize_request(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Request:
        """Read bodies whose length nobody said, too."""
        bodies.open_chunked(request)
        return super().initialize_request(request, *args, **kwargs)

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


def once(
    request: Request, act: Callable[[], tuple[int, Any, dict[str, str]]], *, together: bool = False
) -> Response:
    """Answer with what `act` gives (status, body, headers), once for each Idempotency-Key.

    The same request again gives the same answer, with the header `Idempotent-Replay: true`. `together` for an
    act of one transaction. Raises IdempotencyKeyReused, RequestInProgress, and what `act` raises.
    """
    key = headers.idempotency_key(request)
    if not key:
        status, body, more = act()
        return Response(body, status=status, headers=more)
    line = f"{request.method} {request.get_full_path()}\n"
    answer = services.once(
        organisation=caller(request).organisation,
        key=key,
        request=line.encode() + bodies.whole(request),
        act=lambda: _plain(*act()),
        at=timezone.now(),
        together=together,
    )
    again = {"Idempotent-Replay": "true"} if answer.again else {}
    return Response(answer.body, status=answer.status, headers=answer.headers | again)


def _plain(status: int, body: Any, more: dict[str, str]) -> services.Answer:
    """An answer of plain JSON values, as it can be kept."""
    return services.Answer(status, json.loads(JSONRenderer().render(body)), more)
