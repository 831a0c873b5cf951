"""How requests to the lender's API sign in: `Authorization: DPoP <token>` and a `DPoP` proof (RFC 9449, 7).

1. the scheme is DPoP; a bound token sent as Bearer is refused
2. the token holds
3. the proof holds for this request, this token and the token's key
4. the proof is new
5. the client is not revoked
"""

import re
from datetime import datetime

from django.conf import settings
from django.http import HttpRequest
from django.utils import timezone
from django.utils.crypto import constant_time_compare
from rest_framework.authentication import BaseAuthentication, get_authorization_header
from rest_framework.request import Request as ApiRequest

from api import signing
from api.authentication import tokens
from api.authentication.proofs import Request, require_proof
from api.checks import LenderClient, require_lender_client
from api.errors import ProofRefused, TokenRefused
from api.services.replay import first_use

_TOKEN68 = re.compile(r"[A-Za-z0-9._~+/-]+=*")
CHALLENGE = f'DPoP algs="{" ".join(signing.ALGORITHMS)}"'


class DPoPAuthentication(BaseAuthentication):
    """Signs a lender's client in; `request.user` is a LenderClient, `request.auth` the token's content."""

    def authenticate(self, request: ApiRequest) -> tuple[LenderClient, tokens.AccessToken] | None:
        """Sign in; None without an Authorization header. Raises TokenRefused, ProofRefused, NonceRequired."""
        header = get_authorization_header(request).decode("latin-1")
        if not header:
            return None
        return sign_in(_bound_token(header), described(request), at=timezone.now())

    def authenticate_header(self, request: ApiRequest) -> str:
        """The challenge of a 401 without a reason of its own."""
        return CHALLENGE


def described(request: HttpRequest | ApiRequest) -> Request:
    """The request as a proof must describe it. The host is ours by setting, whatever the Host header says."""
    return Request(
        method=str(request.method),
        address=settings.BASE_URL + request.path,
        proof=request.headers.get("DPoP", ""),
    )


def sign_in(token: str, request: Request, *, at: datetime) -> tuple[LenderClient, tokens.AccessToken]:
    """The client that this token and proof speak for, and what the token says."""
    said = tokens.require_token(token, at=at)  # 2
    proof = require_proof(request, at=at, nonce_required=settings.DPOP_REQUIRE_NONCE, access_token=token)  # 3
    if not constant_time_compare(proof.thumbprint, said.thumbprint):
        raise ProofRefused("the token is bound to another key")
    if not first_use(kind="dpop", owner=proof.thumbprint, jti=proof.jti, expires_at=proof.expires_at):  # 4
        raise ProofRefused("the proof was used before")
    return require_lender_client(client_id=said.client_id, scopes=said.scopes, at=at), said  # 5


def _bound_token(header: str) -> str:  # 1
    scheme, _, token = header.partition(" ")
    if scheme.lower() != "dpop":
        raise TokenRefused("tokens of this server are bound to a key: send them by the DPoP scheme")
    if not _TOKEN68.fullmatch(token):  # two headers come joined by a comma
        raise TokenRefused("the Authorization header is malformed")
    return token
