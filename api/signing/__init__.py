"""Signed JWTs: which algorithms are allowed, which keys of ours sign, and the reading of others' tokens."""

from api.signing.jose import (
    ALGORITHMS,
    Jwt,
    JwtRefused,
    imported,
    read,
    require_signature,
    require_strong,
    sign,
    sign_detached,
)
from api.signing.own_keys import REPORTS, TOKENS, published, signing_key, verification_keys

__all__ = (
    "ALGORITHMS",
    "REPORTS",
    "TOKENS",
    "Jwt",
    "JwtRefused",
    "imported",
    "published",
    "read",
    "require_signature",
    "require_strong",
    "sign",
    "sign_detached",
    "signing_key",
    "verification_keys",
)
