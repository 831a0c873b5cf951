"""Signed JWTs as this system accepts and makes them: three algorithms, no surprises.

joserfc does the cryptography. What is narrowed here: ES256, PS256 and EdDSA over Ed25519 alone (FAPI 2.0
Security Profile, 5.4), RSA keys of 2048 to 4096 bits, no `crit` and no unencoded payload (RFC 7797 forbids it
in a JWT), bounded sizes.
"""

import copy
import json
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from joserfc import jwk, jws
from joserfc.errors import JoseError
from joserfc.jwk import ECKey, Key, KeySet, OKPKey, RSAKey

ALGORITHMS = ("ES256", "PS256", "EdDSA")
MAX_TOKEN = 8192
_RSA_BITS = range(2048, 4096 + 1)  # more only costs time, and a stranger's proof brings its own key


class JwtRefused(Exception):
    """A JWT is malformed, of the wrong type, or its signature does not hold. The message is safe to show."""


def _ed25519() -> Any:
    # joserfc warns that the name "EdDSA" leaves the curve open (RFC 9864); `require_strong` closes it.
    algorithm = copy.copy(jws.JWSRegistry.algorithms["EdDSA"])
    algorithm.security_warning = None
    return algorithm


class _Registry(jws.JWSRegistry):
    max_header_length = 4096  # a DPoP proof carries an RSA public key in its header

    algorithms = {
        "ES256": jws.JWSRegistry.algorithms["ES256"],
        "PS256": jws.JWSRegistry.algorithms["PS256"],
        "EdDSA": _ed25519(),
    }


_REGISTRY = _Registry(algorithms=ALGORITHMS, strict_check_header=False)


@dataclass(frozen=True, slots=True)
class Jwt:
    """A parsed JWT. Nothing in it may be believed before `require_signature`."""

    header: dict[str, Any]
    claims: dict[str, Any]
    signed: jws.CompactSignature


def read(token: str) -> Jwt:
    """Parse a compact JWT; raises JwtRefused for anything else or anything too long."""
    if len(token) > MAX_TOKEN:
        raise JwtRefused("the JWT is too long")
    try:
        signed = jws.extract_compact(token.encode("ascii"), registry=_REGISTRY)
        header, claims = signed.headers(), json.loads(signed.payload or b"")
    except (JoseError, ValueError, TypeError, AttributeError, RecursionError) as error:
        raise JwtRefused("not a compact JWT") from error
    if not isinstance(header, dict) or not isinstance(claims, dict):
        raise JwtRefused("not a compact JWT")
    if "crit" in header or "b64" in header:
        raise JwtRefused("the header asks for an extension that is not supported")
    return Jwt(header, claims, signed)


def require_signature(jwt: Jwt, key: Key | KeySet) -> None:
    """Raise JwtRefused unless the JWT was signed by `key` (of a set: the one its `kid` names).

    Times, audience and the like are the caller's to check.
    """
    if jwt.header.get("alg") not in ALGORITHMS:
        raise JwtRefused("the algorithm is not one of " + ", ".join(ALGORITHMS))
    try:
        chosen = jwk.guess_key(key, jwt.signed, use="sig")
        require_strong(chosen)
        holds = jws.validate_compact(jwt.signed, chosen, registry=_REGISTRY)
    except (JoseError, ValueError, TypeError) as error:
        raise JwtRefused("the signature does not hold for the key and algorithm") from error
    if not holds:
        raise JwtRefused("the signature does not hold for the key and algorithm")


def require_strong(key: Key) -> None:
    """Refuse (ValueError) keys unfit for the allowed algorithms: short or slow RSA, other curves, secrets."""
    match key:
        case RSAKey() if key.public_key.key_size in _RSA_BITS:
            return
        case ECKey() if key.curve_name == "P-256":
            return
        case OKPKey() if key.curve_name == "Ed25519":
            return
    raise ValueError("not a key for signatures of this strength")


def sign(claims: dict[str, Any], *, key: dict[str, str], typ: str) -> str:
    """A compact JWT over `claims`, signed ES256 by a private JWK of ours; `typ` and `kid` in its header."""
    return sign_bytes(
        json.dumps(claims, ensure_ascii=False, separators=(",", ":")).encode(), key=key, typ=typ
    )


def sign_bytes(payload: bytes, *, key: dict[str, str], typ: str) -> str:
    """A compact JWS over bytes, like `sign`."""
    header = {"alg": "ES256", "kid": key["kid"], "typ": typ}
    return jws.serialize_compact(header, payload, imported(key), registry=_REGISTRY)


def sign_detached(payload: bytes, *, key: dict[str, str], typ: str) -> str:
    """A JWS over bytes that travel beside it: header, nothing, signature (RFC 7515, appendix F)."""
    return jws.detach_content(sign_bytes(payload, key=key, typ=typ))


def imported(key: dict[str, str]) -> ECKey:
    """A key of ours, parsed once a process."""
    return _imported(json.dumps(key, sort_keys=True))


@lru_cache(maxsize=16)
def _imported(text: str) -> ECKey:
    return ECKey.import_key(json.loads(text))
