"""Errors become HTTP here and nowhere else: RFC 9457 problem documents with stable codes.

For domain errors, for the framework's own, and (through ApiErrorsMiddleware) for addresses under /api/ that
no view answers.
"""

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from django.conf import settings
from django.core.exceptions import PermissionDenied, RequestDataTooBig, SuspiciousOperation
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.utils.translation import gettext as _
from rest_framework import exceptions

from api import signing
from api.errors import NonceRequired, ProofRefused, ScopeRequired, TokenRefused
from api.errors import catalogue as problems
from registry.errors import RegistryError
from registry.requestlog import request_id

MEDIA_TYPE = "application/problem+json"
UNIFORM = frozenset({"consent_required"})  # these say nothing beyond their code

_FRAMEWORK_CODES: tuple[tuple[type[Exception], str], ...] = (
    (exceptions.ParseError, "malformed_request"),
    (exceptions.NotAuthenticated, "authentication_required"),
    (exceptions.AuthenticationFailed, "authentication_failed"),
    (exceptions.PermissionDenied, "forbidden"),
    (PermissionDenied, "forbidden"),
    (exceptions.NotFound, "not_found"),
    (Http404, "not_found"),
    (exceptions.MethodNotAllowed, "method_not_allowed"),
    (exceptions.NotAcceptable, "not_acceptable"),
    (exceptions.UnsupportedMediaType, "unsupported_media_type"),
    (exceptions.Throttled, "rate_limited"),
    (RequestDataTooBig, "body_too_large"),
    (exceptions.ValidationError, "invalid_request"),
    (SuspiciousOperation, "malformed_request"),
)


@dataclass
class Answer:
    """What is said about an error: its code, by field where that helps, and headers that belong to it."""

    code: str
    status: int
    sentence: str
    errors: list[dict[str, str]] = field(default_factory=list)
    context: dict[str, Any] = field(default_factory=dict)
    headers: dict[str, str] = field(default_factory=dict)


def handle(error: Exception, context: dict[str, Any]) -> HttpResponse | None:
    """REST framework's exception handler; None leaves an unknown error to the server's own handling."""
    answer = answer_to(error)
    if answer is None:
        return None
    return problem_response(answer)


def answer_to(error: Exception) -> Answer | None:
    """What to say about an error, or None if nobody foresaw it."""
    if isinstance(error, RegistryError):
        return _domain(error)
    for kind, code in _FRAMEWORK_CODES:
        if isinstance(error, kind):
            return _framework(error, code)
    if isinstance(error, exceptions.APIException):
        return Answer(error.default_code, error.status_code, str(error.default_detail))
    return None


def problem_response(answer: Answer) -> HttpResponse:
    """The answer as an application/problem+json document (RFC 9457)."""
    known = problems.problem(answer.code, status=answer.status, sentence=answer.sentence)
    body: dict[str, Any] = {
        "type": f"{settings.BASE_URL}/problems/{answer.code}",
        "title": str(known.title),
        "status": answer.status,
        "code": answer.code,
        "detail": answer.sentence,
        "request_id": request_id.get(),
    }
    if answer.errors:
        body["errors"] = answer.errors
    if answer.context:
        body["context"] = answer.context
    # A caller's own name of a field may hold half of a surrogate pair, which UTF-8 does not know.
    content = json.dumps(body, ensure_ascii=False, default=str).encode("utf-8", "replace")
    return HttpResponse(content, status=answer.status, content_type=MEDIA_TYPE, headers=answer.headers)


def _domain(error: RegistryError) -> Answer:
    answer = Answer(error.code, error.status, _(error.sentence))
    if error.code in UNIFORM:
        return answer
    answer.errors = [
        {"field": name, "code": "invalid", "detail": str(sentence)}
        for name, sentences in getattr(error, "fields", {}).items()
        for sentence in sentences
    ]
    answer.context = dict(error.context)
    answer.headers = _challenge(error) | _retry(error.context.get("retry_after"))
    return answer


def _challenge(error: RegistryError) -> dict[str, str]:
    # RFC 9449, 7.1 and 9; RFC 6750, 3
    if not isinstance(error, TokenRefused | ProofRefused | NonceRequired | ScopeRequired):
        return {}
    described = f'DPoP error="{error.code}", error_description="{error.detail}"'
    scope = f', scope="{error.context["scope"]}"' if "scope" in error.context else ""
    return {"WWW-Authenticate": f'{described}{scope}, algs="{" ".join(signing.ALGORITHMS)}"'}


def _framework(error: Exception, code: str) -> Answer:
    status, sentence = problems.FRAMEWORK.get(code) or _known(code)
    answer = Answer(code, status, str(sentence))
    if isinstance(error, exceptions.ValidationError):
        answer.errors = list(_by_field(error.detail, ""))
    if isinstance(error, exceptions.Throttled):
        answer.headers = _retry(getattr(error, "wait", None))
    challenge = getattr(error, "auth_header", None)
    if challenge:
        answer.headers["WWW-Authenticate"] = challenge
    return answer


def _known(code: str) -> tuple[int, Any]:
    entry = problems.catalogue()[code]
    return entry.status, entry.sentence


def _retry(seconds: float | None) -> dict[str, str]:
    return {} if seconds is None else {"Retry-After": str(max(1, -int(-seconds // 1)))}


def _by_field(detail: Any, path: str) -> list[dict[str, str]]:
    if isinstance(detail, dict):
        return [
            entry
            for name, inner in detail.items()
            for entry in _by_field(
                inner, path if name == "non_field_errors" else f"{path}.{name}".lstrip(".")
            )
        ]
    if isinstance(detail, list):
        nested = any(isinstance(inner, dict | list) for inner in detail)
        return [
            entry
            for index, inner in enumerate(detail)
            for entry in _by_field(inner, f"{path}.{index}".lstrip(".") if nested else path)
        ]
    return [{"field": path, "code": str(getattr(detail, "code", "invalid")), "detail": str(detail)}]


_MACHINES = ("/api/", "/oauth/", "/.well-known/")
_PAGES = {
    400: "malformed_request",
    404: "not_found",
    405: "method_not_allowed",
    413: "body_too_large",
    503: "temporarily_unavailable",
}


class ApiErrorsMiddleware:
    """Turns Django's own error pages into problem documents (RFC 9457) for machines. Stands innermost."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """Answer, replacing an error page for a machine by a problem document of the same status."""
        response = self.get_response(request)
        if response.status_code < 400 or not request.path.startswith(_MACHINES):
            return response
        if not response.headers.get("Content-Type", "").startswith("text/html"):
            return response
        return _problem(response)


def _problem(page: HttpResponseBase) -> HttpResponse:
    other = "internal_error" if page.status_code >= 500 else "forbidden"
    code = _PAGES.get(page.status_code, other)
    known = problems.catalogue()[code]
    response = problem_response(Answer(code, page.status_code, str(known.sentence)))
    for name in ("Allow", "Retry-After"):
        if name in page.headers:
            response[name] = page.headers[name]
    return response
