"""Putting the document together: the site's addresses, their views, and what is said of them."""

import inspect
import re
from collections.abc import Iterator
from functools import cache
from typing import Any

from django.conf import settings
from django.urls import URLPattern, URLResolver, get_resolver

from ingest.openapi.operations import Operation, described
from ingest.openapi.shapes import ID, TEXT, Json, ref, schemas
from registry.accounts.apikeys import SCOPES

METHODS = ("get", "post", "put", "patch", "delete")
_PROBLEM = {"application/problem+json": {"schema": ref("Problem")}}
_ERRORS = {
    400: "The body or a header could not be read.",
    401: "Not signed in: no API key, or one that is revoked or over.",
    403: "Signed in, but not allowed: scope or licence is missing.",
    404: "Nothing here, or nothing of yours.",
    405: "This address does not know this method.",
    406: "The Accept header asks for a format that is not there.",
    409: "Not in this state, or this very request is being worked on.",
    410: "It was destroyed.",
    411: "The body has no length and does not end with its count.",
    412: "Another version of the protocol.",
    413: "The body is too large.",
    415: "The body is not of a content type that is read here.",
    422: "Understood, but missing or wrong; `errors` names the fields.",
    423: "Another connection sends this file just now.",
    429: "Too many requests; wait as long as Retry-After says.",
    460: "The piece does not fit its checksum.",
    503: "A part of the registry is being repaired, or too much at once; wait as long as Retry-After says.",
    507: "No room at this moment; nothing was kept.",
}
_ALWAYS = (401, 403, 404, 406, 429, 503)
_DONE = {200: "The answer.", 201: "It was made; Location says where.", 202: "Taken in.", 204: "Done."}
_HEADERS: Json = {
    "RateLimit": {"description": "What is left of this minute's requests.", "schema": TEXT},
    "RateLimit-Policy": {"description": "How many a minute.", "schema": TEXT},
    "Retry-After": {"description": "Seconds to wait.", "schema": {"type": "string"}},
    "Location": {"description": "Where it is.", "schema": TEXT},
    "Idempotent-Replay": {"description": "The answer was given before.", "schema": {"const": "true"}},
    "Content-Disposition": {"description": "The file's name.", "schema": TEXT},
    "Upload-Offset": {"description": "How many bytes are here.", "schema": TEXT},
    "Upload-Expires": {"description": "Until when the rest is waited for.", "schema": TEXT},
    "Tus-Resumable": {"description": "The version of tus.", "schema": TEXT},
}


@cache
def document() -> Json:
    """The whole document of this site, made once a process."""
    paths: Json = {}
    for path, pattern in addresses():
        paths[path] = {method: _operation(path, pattern, method) for method in methods_of(pattern)}
    key = {"type": "http", "scheme": "bearer", "description": "An API key of the desk: `Bearer jx_…`"}
    return {
        "openapi": "3.1.1",
        "info": {"title": "居信 for partners", "version": "1", "description": _about()},
        "servers": [{"url": settings.BASE_URL}],
        "paths": paths,
        "components": {
            "schemas": schemas(),
            "headers": _HEADERS,
            "securitySchemes": {"key": key},
        },
    }


def addresses() -> Iterator[tuple[str, URLPattern]]:
    """Path and pattern of every address of the partner's API."""
    for found in get_resolver("ingest.urls").url_patterns:
        if isinstance(found, URLResolver) and str(found.pattern) == "api/v1/":
            for pattern in found.url_patterns:
                assert isinstance(pattern, URLPattern)
                path = re.sub(r"<\w+:(\w+)>", r"{\1}", str(pattern.pattern))
                yield f"/api/v1/{path}", pattern


def methods_of(pattern: URLPattern) -> list[str]:
    """The methods that an address knows, apart from those of the resumable protocol's own (HEAD, OPTIONS)."""
    view = view_of(pattern)
    found = [method for method in METHODS if hasattr(view, method)]
    # tus allows POST with X-HTTP-Method-Override where PATCH is; that is no method of its own.
    return [
        method
        for method in found
        if not (method == "post" and "patch" in found and view.__name__ == "OneUpload")
    ]


def view_of(pattern: URLPattern) -> Any:
    """The class that answers at an address."""
    return pattern.callback.view_class  # type: ignore[attr-defined]  # of as_view


def _operation(path: str, pattern: URLPattern, method: str) -> Json:
    view, said = view_of(pattern), described(str(pattern.name), method)
    text = inspect.cleandoc(getattr(view, method).__doc__ or "")
    made: Json = {
        "operationId": f"{method}_{str(pattern.name).removeprefix('api_')}",
        "summary": text.split("\n")[0],
        "description": text,
        "tags": [view.scope],
        "security": [{"key": []}],
        "parameters": [*_of_path(path), *said.parameters],
        "responses": _answers(said, view),
    }
    if said.body:
        content = {kind: _media(schema) for kind, schema in said.body.items()}
        made["requestBody"] = {"required": said.needed, "content": content}
    return made


def _media(schema: Json) -> Json:
    name = schema.get("$ref", "").rpartition("/")[2]
    examples = schemas()[name].get("examples", []) if name else []
    return {"schema": schema} | ({"example": examples[0]} if examples else {})


def _of_path(path: str) -> list[Json]:
    names = re.findall(r"\{(\w+)\}", path)
    kinds = {"type": TEXT | {"pattern": "^[-a-zA-Z0-9_]+$"}}
    return [{"name": name, "in": "path", "required": True, "schema": kinds.get(name, ID)} for name in names]


def _answers(said: Operation, view: Any) -> Json:
    limits = {name: _header(name) for name in ("RateLimit", "RateLimit-Policy")}
    own = {name: _header(name) for name in said.headers}
    made: Json = {}
    for status, body in said.answers.items():
        made[str(status)] = {"description": _DONE[status], "headers": limits | own}
        if body is not None:
            made[str(status)]["content"] = {body[0]: {"schema": body[1]}}
    errors = sorted({*_ALWAYS, *said.errors, *((400, 415) if said.body else ())})
    for status in errors:
        wait = {"Retry-After": _header("Retry-After")} if status in (409, 429, 503) else {}
        made[str(status)] = {"description": _ERRORS[status], "headers": wait, "content": _PROBLEM}
    return made


def _header(name: str) -> Json:
    return {"$ref": f"#/components/headers/{name}"}


def _about() -> str:
    scopes = "; ".join(f"`{name}`" for name in SCOPES)
    return f"Send records and consents, and learn what became of them. Scopes of a key: {scopes}."
