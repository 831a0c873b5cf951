"""The OpenAPI 3.1 document: what the generator finds in the views, our sign-in, and the errors everywhere."""

from functools import cache
from typing import Any

from django.conf import settings
from drf_spectacular.extensions import OpenApiAuthenticationExtension
from drf_spectacular.generators import SchemaGenerator
from drf_spectacular.openapi import AutoSchema

from api.assembly.schema import report_schema

_SCHEME = "dpop"
_PROBLEM = {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}}
_ALWAYS = {
    "400": "The body or a parameter could not be read.",
    "401": "Not signed in: token or proof are missing, expired or do not fit (see WWW-Authenticate).",
    "403": "Signed in, but not allowed: scope, licence or consent is missing.",
    "404": "Nothing here, or nothing of yours.",
    "406": "The Accept header asks for a format that is not there.",
    "429": "Too many requests; wait as long as Retry-After says.",
}
_WITH_BODY = {
    "413": "The body is too large.",
    "415": "The body is not of a Content-Type that is read here.",
    "422": "Understood, but missing or wrong; `errors` names the fields.",
}
_OWN_PATHS = ("/api/v1/consent-requests", "/api/v1/reports", "/api/v1/inquiries", "/api/v1/me")


class DPoPScheme(OpenApiAuthenticationExtension):
    """Describes DPoPAuthentication to the generator."""

    target_class = "api.authentication.scheme.DPoPAuthentication"
    name = _SCHEME

    def get_security_definition(self, auto_schema: AutoSchema) -> dict[str, Any]:
        """OAuth 2.0 client credentials; the proof's header stands in the description."""
        scopes = {
            "consent_requests": "Ask residents for consent.",
            "reports": "Read reports.",
            "inquiries": "List own inquiries.",
            "webhooks": "Manage webhooks.",
            "tradelines": "Furnish tradelines.",
        }
        flow = {"tokenUrl": f"{settings.BASE_URL}/oauth/token", "scopes": scopes}
        return {
            "type": "oauth2",
            "description": "private_key_jwt (RFC 7523), DPoP (RFC 9449): send `Authorization: DPoP <token>`"
            " and a fresh proof in the header `DPoP`. Bearer use of a token is refused.",
            "flows": {"clientCredentials": flow},
        }


@cache
def document() -> dict[str, Any]:
    """The whole OpenAPI document of this site, made once a process."""
    schema: dict[str, Any] = SchemaGenerator(api_version="1").get_schema(request=None, public=True)
    schema["servers"] = [{"url": settings.BASE_URL}]
    components = schema.setdefault("components", {}).setdefault("schemas", {})
    components["Problem"] = _problem()
    components["Report"] = _report()
    for path, operations in schema["paths"].items():
        for method, operation in operations.items():
            if path.startswith(_OWN_PATHS):
                _add_errors(operation, with_body=method in ("post", "put", "patch"))
    return schema


def _add_errors(operation: dict[str, Any], *, with_body: bool) -> None:
    for status, description in (_ALWAYS | (_WITH_BODY if with_body else {})).items():
        operation["responses"].setdefault(status, {"description": description, "content": _PROBLEM})


def _problem() -> dict[str, Any]:
    text, names = {"type": "string"}, ("field", "code", "detail")
    field = {"type": "object", "properties": dict.fromkeys(names, text), "required": list(names)}
    members: dict[str, Any] = dict.fromkeys(("title", "code", "detail", "request_id"), text)
    members |= {"type": {"type": "string", "format": "uri"}, "status": {"type": "integer"}}
    return {
        "type": "object",
        "description": "An error as RFC 9457 has it, with a stable code.",
        "properties": members | {"errors": {"type": "array", "items": field}, "context": {"type": "object"}},
        "required": sorted(members),
    }


def _report() -> dict[str, Any]:
    # References inside the published file do not lead anywhere from here, so the record is written out.
    report = {name: value for name, value in report_schema().items() if not name.startswith("$")}
    record = report_schema()["$defs"]["record"]
    sections = report["properties"]["sections"]["additionalProperties"]
    items = {"type": "array", "items": record}
    inlined = sections | {"properties": sections["properties"] | {"records": items}}
    properties = report["properties"] | {
        "sections": report["properties"]["sections"] | {"additionalProperties": inlined}
    }
    return report | {"properties": properties}
