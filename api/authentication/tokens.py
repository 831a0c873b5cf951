"""Access tokens: JWTs of type at+jwt (RFC 9068) that live five minutes and are bound to a DPoP key."""

import uuid
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings

from api import signing
from api.authentication import claims as read_claims
from api.errors import TokenRefused

LIFETIME = timedelta(minutes=5)
_TYPES = ("at+jwt", "application/at+jwt")


@dataclass(frozen=True, slots=True)
class AccessToken:
    """What a token that held says: which client, which scopes, bound to which key."""

    client_id: uuid.UUID
    scopes: frozenset[str]
    thumbprint: str


def audience() -> str:
    """The resource that tokens are for: the API of this server."""
    return f"{settings.BASE_URL}/api/v1"


def issue(*, client_id: uuid.UUID, scopes: tuple[str, ...], thumbprint: str, at: datetime) -> str:
    """A new token for a client, usable only by the holder of the key with this RFC 7638 thumbprint."""
    now = int(at.timestamp())
    claims = {
        "iss": settings.BASE_URL,
        "sub": str(client_id),
        "client_id": str(client_id),
        "aud": audience(),
        "iat": now,
        "exp": now + int(LIFETIME.total_seconds()),
        "jti": uuid.uuid4().hex,
        "scope": " ".join(scopes),
        "cnf": {"jkt": thumbprint},
    }
    return signing.sign(claims, key=signing.signing_key(signing.TOKENS), typ=_TYPES[0])


def require_token(value: str, *, at: datetime) -> AccessToken:
    """What the token says, once its type, signature, issuer, audience and time hold; raises TokenRefused."""
    try:
        jwt = signing.read(value)
        if str(jwt.header.get("typ", "")).lower() not in _TYPES:
            raise TokenRefused("not an access token")
        signing.require_signature(jwt, signing.verification_keys(signing.TOKENS))
    except signing.JwtRefused as error:
        raise TokenRefused(str(error)) from error
    return _require_claims(jwt.claims, at=at)


def _require_claims(claims: dict[str, Any], *, at: datetime) -> AccessToken:
    if claims.get("iss") != settings.BASE_URL or claims.get("aud") != audience():
        raise TokenRefused("the token is not for this API")
    expires = read_claims.moment(claims, "exp")
    if expires is None or expires <= at.timestamp():
        raise TokenRefused("the token has expired")
    bound = claims.get("cnf")
    thumbprint = bound.get("jkt") if isinstance(bound, dict) else None
    if not isinstance(thumbprint, str):
        raise TokenRefused("the token is not bound to a key")
    scopes = frozenset(read_claims.text(claims, "scope").split())
    return AccessToken(uuid.UUID(claims["client_id"]), scopes, thumbprint)
