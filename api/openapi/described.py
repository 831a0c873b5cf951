"""Telling the schema generator about our sign-in, and that our shapes refuse members they do not know."""

from typing import Any

from django.conf import settings
from drf_spectacular.extensions import OpenApiAuthenticationExtension, OpenApiSerializerExtension
from drf_spectacular.openapi import AutoSchema
from drf_spectacular.utils import Direction

SCOPES = {
    "consent_requests": "Ask residents for consent.",
    "reports": "Read reports.",
    "inquiries": "List own inquiries.",
    "webhooks": "Manage webhooks.",
    "tradelines": "Furnish tradelines.",
}


class DPoPScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]  # the library is not annotated
    """Describes DPoPAuthentication."""

    target_class = "api.authentication.scheme.DPoPAuthentication"
    name = "dpop"

    def get_security_definition(self, auto_schema: AutoSchema) -> dict[str, Any]:
        """OAuth 2.0 client credentials; the proof's header stands in the description."""
        return {
            "type": "oauth2",
            "description": "private_key_jwt (RFC 7523), DPoP (RFC 9449): send `Authorization: DPoP <token>`"
            " and a fresh proof in the header `DPoP`. Bearer use of a token is refused.",
            "flows": {
                "clientCredentials": {"tokenUrl": f"{settings.BASE_URL}/oauth/token", "scopes": SCOPES}
            },
        }


class ClosedShapes(OpenApiSerializerExtension):  # type: ignore[no-untyped-call]  # the library is not annotated
    """Describes `Closed` serializers."""

    target_class = "api.serializers.asked.Closed"
    match_subclasses = True

    def map_serializer(self, auto_schema: AutoSchema, direction: Direction) -> dict[str, Any]:
        """The shape as found, with additionalProperties: false."""
        described = auto_schema._map_serializer  # by the base class, without this extension
        found: dict[str, Any] = described(self.target, direction, bypass_extensions=True)  # type: ignore[no-untyped-call]  # not annotated
        return found | {"additionalProperties": False}
