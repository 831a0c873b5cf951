"""The OpenAPI 3.1 document of the lender's addresses: what the generator finds in the views, and the rest."""

from functools import cache
from typing import Any

from django.conf import settings
from drf_spectacular.generators import SchemaGenerator

from api.openapi import described
from api.openapi.parts import (
    DONE,
    ERRORS,
    ERRORS_WITH_BODY,
    HEADERS,
    PROBLEM,
    problem,
    report,
    token_endpoint,
)

__all__ = ("described", "document")


@cache
def document() -> dict[str, Any]:
    """The whole OpenAPI document of this site, made once a process."""
    generator = SchemaGenerator(urlconf="api.urls", api_version="1")  # type: ignore[no-untyped-call]  # the library is not annotated
    schema: dict[str, Any] = generator.get_schema(public=True)  # type: ignore[no-untyped-call]  # as above
    schema["servers"] = [{"url": settings.BASE_URL}]
    components = schema.setdefault("components", {})
    components.setdefault("schemas", {}).update(Problem=problem(), Report=report())
    components["headers"] = HEADERS
    for operations in schema["paths"].values():
        for method, operation in operations.items():
            _complete(operation, with_body=method == "post")
    schema["paths"] = {"/oauth/token": token_endpoint()} | schema["paths"]
    return schema


def _complete(operation: dict[str, Any], *, with_body: bool) -> None:
    for status, description in (ERRORS | (ERRORS_WITH_BODY if with_body else {})).items():
        operation["responses"].setdefault(status, {"description": description, "content": PROBLEM})
    for status, answer in operation["responses"].items():
        answer["description"] = answer["description"] or DONE[status]
        named = {name: {"$ref": f"#/components/headers/{name}"} for name in ("DPoP-Nonce", "RateLimit")}
        answer["headers"] = named | answer.get("headers", {})
    operation["responses"]["429"]["headers"]["Retry-After"] = {"$ref": "#/components/headers/Retry-After"}
