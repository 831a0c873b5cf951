"""DPoP proofs: that the sender of this request holds this key, now (RFC 9449, 4.3).

The checks, numbered as in the code (the RFC's own are in brackets):

1. one proof, a well-formed JWT (1, 2) of type dpop+jwt (4)
2. signed by an allowed algorithm (5) with the public key in its header (6, 7)
3. for this method (8) and this address without query and fragment (9)
4. made within the last minute (11), with a `jti` to use once (3)
5. with a nonce of ours, where one is asked for or given (10)
6. for this access token (12), whose binding is the caller's to compare
"""

import hashlib
from base64 import urlsafe_b64encode
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from django.utils.crypto import constant_time_compare
from joserfc import jwk
from joserfc.errors import JoseError

from api import signing
from api.authentication import claims as read_claims
from api.authentication import nonces
from api.authentication.addresses import same_address
from api.errors import NonceRequired, ProofRefused

MAX_AGE = timedelta(seconds=60)
_PRIVATE = frozenset({"d", "p", "q", "dp", "dq", "qi", "oth", "k"})
_TYPE = "dpop+jwt"


@dataclass(frozen=True, slots=True)
class Proof:
    """A proof that held: whose key, and what makes it single use until when."""

    thumbprint: str
    jti: str
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class Request:
    """The HTTP request a proof must fit: method, absolute address, the DPoP header as it came."""

    method: str
    address: str
    proof: str


def require_proof(
    request: Request, *, at: datetime, nonce_required: bool, access_token: str | None = None
) -> Proof:
    """Check a proof but for its single use, which is noted once everything else about a request holds.

    Raises ProofRefused or NonceRequired.
    """
    try:
        proof = _read(request.proof)  # 1
        thumbprint = _require_key(proof)  # 2
    except signing.JwtRefused as error:
        raise ProofRefused(str(error)) from error
    _require_place(proof, request)  # 3
    made_at, jti = _require_fresh(proof, at=at)  # 4
    _require_nonce(proof, at=at, required=nonce_required)  # 5
    if access_token is not None:
        _require_token_hash(proof, access_token)  # 6
    expires = made_at + MAX_AGE.total_seconds() + read_claims.FUTURE.total_seconds()
    return Proof(thumbprint, jti, datetime.fromtimestamp(expires, tz=UTC))


def _read(header: str) -> signing.Jwt:
    if not header:
        raise ProofRefused("the DPoP header is missing")
    if "," in header:
        raise ProofRefused("more than one DPoP header")
    proof = signing.read(header)
    if proof.header.get("typ") != _TYPE:
        raise ProofRefused("the typ of the proof is not dpop+jwt")
    return proof


def _require_key(proof: signing.Jwt) -> str:
    held = proof.header.get("jwk")
    if not isinstance(held, dict):
        raise ProofRefused("the header of the proof lacks the public key")
    if _PRIVATE & held.keys():
        raise ProofRefused("the header of the proof holds a private key")
    try:
        key = jwk.import_key(held)
    except (JoseError, ValueError, TypeError) as error:
        raise ProofRefused("the key in the header of the proof cannot be used") from error
    signing.require_signature(proof, key)
    return key.thumbprint()


def _require_place(proof: signing.Jwt, request: Request) -> None:
    if read_claims.text(proof.claims, "htm") != request.method:
        raise ProofRefused("the claim htm is not this request's method")
    if not same_address(read_claims.text(proof.claims, "htu"), request.address):
        raise ProofRefused("the claim htu is not this request's address")


def _require_fresh(proof: signing.Jwt, *, at: datetime) -> tuple[float, str]:
    made_at = read_claims.moment(proof.claims, "iat")
    if made_at is None:
        raise ProofRefused("the claim iat is missing")
    if made_at < at.timestamp() - MAX_AGE.total_seconds():
        raise ProofRefused("the proof is older than a minute")
    if read_claims.ahead(made_at, at=at):
        raise ProofRefused("the claim iat lies in the future")
    try:
        return made_at, read_claims.require_jti(proof.claims)
    except ValueError as error:
        raise ProofRefused(str(error)) from error


def _require_nonce(proof: signing.Jwt, *, at: datetime, required: bool) -> None:
    nonce = proof.claims.get("nonce")
    if nonce is None and not required:
        return
    if not isinstance(nonce, str) or not nonces.allowed_nonce(nonce, at=at):
        raise NonceRequired("the proof needs a current nonce")


def _require_token_hash(proof: signing.Jwt, access_token: str) -> None:
    digest = hashlib.sha256(access_token.encode()).digest()
    expected = urlsafe_b64encode(digest).rstrip(b"=").decode()
    if not constant_time_compare(read_claims.text(proof.claims, "ath"), expected):
        raise ProofRefused("the claim ath is not the hash of the access token")
