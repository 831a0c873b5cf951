"""What all of the lender's views share: sign-in, licence and scope, limits, the headers of every answer."""

from typing import Any, ClassVar

from django.utils import timezone
from rest_framework.permissions import BasePermission
from rest_framework.renderers import BaseRenderer, JSONRenderer
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from api.authentication import DPoPAuthentication, nonces
from api.checks import LenderClient
from api.permissions import HasScope, LicenceInForce, WithinLimit
from api.serializers.asked import Closed
from api.serializers.formats import StrictJSONParser


class LenderView(APIView):
    """A view for lenders' clients. Subclasses name the `scope` that their tokens must carry."""

    authentication_classes = (DPoPAuthentication,)
    permission_classes: tuple[type[BasePermission], ...] = (WithinLimit, LicenceInForce, HasScope)
    parser_classes = (StrictJSONParser,)
    renderer_classes: tuple[type[BaseRenderer], ...] = (JSONRenderer,)
    metadata_class = None
    http_method_names = ("get", "post", "delete")

    scope: ClassVar[str]
    rate_limit: dict[str, str]

    def finalize_response(self, request: Request, response: Response, *args: Any, **kwargs: Any) -> Response:
        """Add the DPoP nonce of this minute, what is left of the rate limit, and forbid caching."""
        response = super().finalize_response(request, response, *args, **kwargs)
        response["DPoP-Nonce"] = nonces.issue(at=timezone.now())
        response["Cache-Control"] = "no-store"
        for name, value in getattr(self, "rate_limit", {}).items():
            response[name] = value
        return response


def lender(request: Request) -> LenderClient:
    """Who calls; the permissions have made sure of it."""
    assert isinstance(request.user, LenderClient)
    return request.user


def read(shape: type[Closed], request: Request) -> dict[str, Any]:
    """The request's body in this shape; raises ValidationError."""
    serializer = shape(data=request.data)
    serializer.is_valid(raise_exception=True)
    return dict(serializer.validated_data)
