"""Parts of the OpenAPI document that no view declares: errors, headers, the report, the token endpoint."""

from typing import Any

from api.assembly.schema import report_schema

Json = dict[str, Any]
_TEXT = {"type": "string"}

PROBLEM = {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}}
DONE = {"200": "The answer.", "201": "It was made; Location says where it is."}
ERRORS = {
    "400": "The body or a parameter could not be read.",
    "401": "Not signed in: token or proof are missing, expired or do not fit (see WWW-Authenticate).",
    "403": "Signed in, but not allowed: scope, licence or consent is missing.",
    "404": "Nothing here, or nothing of yours.",
    "406": "The Accept header asks for a format that is not there.",
    "422": "Understood, but missing or wrong; `errors` names the fields.",
    "429": "Too many requests; wait as long as Retry-After says.",
    "500": "Something went wrong on our side; nothing was done.",
}
ERRORS_WITH_BODY = {
    "413": "The body is too large.",
    "415": "The body is not of a Content-Type that is read here.",
}
HEADERS: Json = {
    "DPoP-Nonce": {"description": "The nonce for the next DPoP proof (RFC 9449, 8.2).", "schema": _TEXT},
    "RateLimit": {"description": "What is left of this minute's requests.", "schema": _TEXT},
    "Retry-After": {"description": "Seconds to wait.", "schema": {"type": "integer"}},
}


def problem() -> Json:
    """An error as RFC 9457 has it."""
    names = ("field", "code", "detail")
    field = {"type": "object", "properties": dict.fromkeys(names, _TEXT), "required": list(names)}
    members: Json = dict.fromkeys(("title", "code", "detail", "request_id"), _TEXT)
    members |= {"type": {"type": "string", "format": "uri"}, "status": {"type": "integer"}}
    return {
        "type": "object",
        "description": "An error as RFC 9457 has it, with a stable code.",
        "properties": members | {"errors": {"type": "array", "items": field}, "context": {"type": "object"}},
        "required": sorted(members),
    }


def report() -> Json:
    """The published schema of a report; references inside its file lead nowhere from here."""
    found = {name: value for name, value in report_schema().items() if not name.startswith("$")}
    sections = found["properties"]["sections"]
    section = sections["additionalProperties"]
    items = {"type": "array", "items": report_schema()["$defs"]["record"]}
    inlined = section | {"properties": section["properties"] | {"records": items}}
    return found | {
        "properties": found["properties"] | {"sections": sections | {"additionalProperties": inlined}}
    }


def token_endpoint() -> Json:
    """`POST /oauth/token`, which is OAuth's and no view of the API's framework."""
    form = {
        "grant_type": {"type": "string", "enum": ["client_credentials"]},
        "client_assertion_type": {
            "type": "string",
            "enum": ["urn:ietf:params:oauth:client-assertion-type:jwt-bearer"],
        },
        "client_assertion": _TEXT | {"description": "A JWT signed by the client's key (RFC 7523)."},
        "scope": _TEXT | {"description": "Scopes, by spaces; all of the client's if left out."},
    }
    needed = [name for name in form if name != "scope"]
    shape = {"type": "object", "properties": form, "required": needed}
    proof = {
        "name": "DPoP",
        "in": "header",
        "required": True,
        "schema": _TEXT,
        "description": "A proof for this request (RFC 9449).",
    }
    return {
        "post": {
            "operationId": "token",
            "tags": ["oauth"],
            "description": "An access token for five minutes, bound to the key of the proof.",
            "parameters": [proof],
            "requestBody": {
                "required": True,
                "content": {"application/x-www-form-urlencoded": {"schema": shape}},
            },
            "security": [],
            "responses": _token_answers(),
        }
    }


def _token_answers() -> Json:
    token = {
        "access_token": _TEXT,
        "token_type": {"const": "DPoP"},
        "expires_in": {"type": "integer"},
        "scope": _TEXT,
    }
    error = {"error": _TEXT, "error_description": _TEXT}
    refused = _json({"type": "object", "properties": error, "required": list(error)})
    granted = _json({"type": "object", "properties": token, "required": list(token)})
    return {
        "200": {"description": "A token.", "content": granted},
        "400": {"description": "Refused (RFC 6749, 5.2; RFC 9449, 5).", "content": refused},
        "401": {"description": "The client did not prove who it is.", "content": refused},
        "429": {"description": "Too many requests; wait as long as Retry-After says.", "content": refused},
    }


def _json(schema: Json) -> Json:
    return {"application/json": {"schema": schema}}
