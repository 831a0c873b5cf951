"""The token endpoint's one grant: client_credentials, for a client that proves its keys.

1. the request asks for this grant
2. the DPoP proof fits this request (its nonce comes first, so that a retry costs no assertion)
3. the client's assertion holds
4. neither had been used before
5. the client has not asked too often
6. its organisation is licensed, and the scopes are the client's
7. a token for five minutes, bound to the proof's key
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from authlib.oauth2 import OAuth2Error
from authlib.oauth2.rfc6749 import (
    InvalidClientError,
    InvalidRequestError,
    InvalidScopeError,
    UnauthorizedClientError,
)
from django.conf import settings

from api.authentication import tokens
from api.authentication.assertions import Authenticated, require_client
from api.authentication.proofs import Proof, Request, require_proof
from api.errors import ProofRefused
from api.services.replay import first_use
from registry.accounts.licences import lender_licence
from registry.accounts.limits import count, require_left
from registry.errors import LicenceRequired
from registry.models import Client

GRANT_TYPE = "client_credentials"


@dataclass(frozen=True, slots=True)
class Grant:
    """A token that was given, as the endpoint answers it."""

    access_token: str
    scopes: tuple[str, ...]

    def answer(self) -> dict[str, str | int]:
        """The members of RFC 6749, 5.1."""
        return {
            "access_token": self.access_token,
            "token_type": "DPoP",
            "expires_in": int(tokens.LIFETIME.total_seconds()),
            "scope": " ".join(self.scopes),
        }


def grant_token(form: Mapping[str, str], request: Request, *, at: datetime) -> Grant:
    """Answer a token request; raises Authlib's OAuth2Error, ProofRefused, NonceRequired, RateLimited."""
    _require_grant_type(form)  # 1
    proof = require_proof(request, at=at, nonce_required=settings.DPOP_REQUIRE_NONCE)  # 2
    authenticated = require_client(form, at=at)  # 3
    _require_first_use(authenticated, proof)  # 4
    require_left(count(authenticated.client.id, limit=settings.LENDER_REQUESTS_PER_MINUTE, at=at))  # 5
    scopes = _require_allowed(authenticated.client, form.get("scope", ""), at=at)  # 6
    token = tokens.issue(
        client_id=authenticated.client.id, scopes=scopes, thumbprint=proof.thumbprint, at=at
    )  # 7
    return Grant(token, scopes)


def _require_grant_type(form: Mapping[str, str]) -> None:
    grant_type = form.get("grant_type")
    if not grant_type:
        raise InvalidRequestError("the parameter grant_type is missing")
    if grant_type != GRANT_TYPE:
        raise OAuth2Error("only client_credentials is supported", error="unsupported_grant_type")


def _require_first_use(authenticated: Authenticated, proof: Proof) -> None:
    owner = str(authenticated.client.id)
    if not first_use(
        kind="assertion",
        owner=owner,
        jti=authenticated.jti,
        expires_at=authenticated.expires_at,
        durable=True,
    ):
        raise InvalidClientError("the assertion was used before")
    if not first_use(kind="dpop", owner=proof.thumbprint, jti=proof.jti, expires_at=proof.expires_at):
        raise ProofRefused("the proof was used before")


def _require_allowed(client: Client, asked: str, *, at: datetime) -> tuple[str, ...]:
    try:
        lender_licence(organisation=client.organisation_id, at=at)
    except LicenceRequired:
        raise UnauthorizedClientError("the organisation holds no lender's licence in force") from None
    allowed = tuple(client.scopes)
    wanted = tuple(asked.split()) or allowed
    if not wanted or not set(wanted) <= set(allowed):
        raise InvalidScopeError("a scope is unknown or not allowed to this client")
    return tuple(scope for scope in allowed if scope in wanted)
