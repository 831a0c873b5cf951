"""The authorization server: token endpoint, its metadata (RFC 8414), the public keys (RFC 7517)."""

from typing import Any

from authlib.oauth2 import OAuth2Error
from authlib.oauth2.rfc6749 import InvalidRequestError
from django.conf import settings
from django.core.exceptions import BadRequest, RequestDataTooBig, SuspiciousOperation
from django.http import HttpRequest, JsonResponse
from django.http.request import UnreadablePostError
from django.utils import timezone
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_GET, require_POST

from api import signing
from api.authentication import nonces
from api.authentication.grants import GRANT_TYPE, grant_token
from api.authentication.scheme import described
from api.checks import SCOPES
from api.errors import NonceRequired, ProofRefused
from registry.accounts.errors import RateLimited

FORM = "application/x-www-form-urlencoded"
MAX_FORM = 32 * 1024


@csrf_exempt
@require_POST
def token(request: HttpRequest) -> JsonResponse:
    """`POST /oauth/token`: an access token, or an error as RFC 6749, 5.2 and RFC 9449, 5 have it."""
    at = timezone.now()
    try:
        answer = JsonResponse(grant_token(_form(request), described(request), at=at).answer())
    except OAuth2Error as error:
        status = 401 if error.error == "invalid_client" else 400
        answer = _refused(str(error.error), error.get_error_description(), status)
    except (ProofRefused, NonceRequired) as error:
        answer = _refused(error.code, error.detail, 400)
    except RateLimited as error:
        answer = _refused(error.code, error.detail, 429)
        answer["Retry-After"] = str(error.context["retry_after"])
    answer["DPoP-Nonce"] = nonces.issue(at=at)
    answer["Cache-Control"] = "no-store"
    answer["Pragma"] = "no-cache"
    return answer


def _form(request: HttpRequest) -> dict[str, str]:
    if request.content_type != FORM:
        raise InvalidRequestError(f"the body must be {FORM}")
    if len(_body(request)) > MAX_FORM:
        raise InvalidRequestError("the body is too long")
    try:
        form = dict(request.POST.lists())
    except (BadRequest, SuspiciousOperation) as error:
        raise InvalidRequestError("the body cannot be read") from error
    if any(len(values) > 1 for values in form.values()):
        raise InvalidRequestError("a parameter stands twice")
    if "client_secret" in form or "Authorization" in request.headers:
        raise InvalidRequestError("the client must authenticate by private_key_jwt alone")  # RFC 6749, 2.3
    return {name: str(values[0]) for name, values in form.items()}


def _body(request: HttpRequest) -> bytes:
    try:
        return request.body
    except (RequestDataTooBig, UnreadablePostError) as error:
        raise InvalidRequestError("the body is too long or breaks off") from error


def _refused(error: str, description: str, status: int) -> JsonResponse:
    return JsonResponse({"error": error, "error_description": description}, status=status)


@require_GET
def metadata(request: HttpRequest) -> JsonResponse:
    """`GET /.well-known/oauth-authorization-server`."""
    issuer = settings.BASE_URL
    document: dict[str, Any] = {
        "issuer": issuer,
        "token_endpoint": f"{issuer}/oauth/token",
        "jwks_uri": f"{issuer}/.well-known/jwks.json",
        "grant_types_supported": [GRANT_TYPE],
        "response_types_supported": [],
        "scopes_supported": list(SCOPES),
        "token_endpoint_auth_methods_supported": ["private_key_jwt"],
        "token_endpoint_auth_signing_alg_values_supported": list(signing.ALGORITHMS),
        "dpop_signing_alg_values_supported": list(signing.ALGORITHMS),
        "service_documentation": f"{issuer}/api/docs",
        "ui_locales_supported": ["zh-Hans", "en"],
    }
    return _cached(document)


@require_GET
def jwks(request: HttpRequest) -> JsonResponse:
    """`GET /.well-known/jwks.json`: the keys that sign access tokens and reports."""
    answer = _cached(signing.published())
    answer["Content-Type"] = "application/jwk-set+json"
    return answer


def _cached(document: dict[str, Any]) -> JsonResponse:
    answer = JsonResponse(document)
    answer["Cache-Control"] = "public, max-age=300"
    return answer
