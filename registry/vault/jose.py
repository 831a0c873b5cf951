"""ES256 keys as JWKs (RFC 7517, 7518), for signed reports and access tokens."""

import base64
import json

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256, Hash

from registry.vault.aead import KEY_BYTES, new_secret

_SECRET_MEMBERS = frozenset({"d"})


class Jwk(dict[str, str]):
    """A JWK that does not show its private part when printed; otherwise a plain dict."""

    def __repr__(self) -> str:
        return f"Jwk(kid={self.get('kid')!r})"

    def public(self) -> "Jwk":
        """The same key without its private part, for publishing."""
        return Jwk({name: value for name, value in self.items() if name not in _SECRET_MEMBERS})


def new_es256_secret() -> bytes:
    """32 random bytes that are a valid private scalar of P-256 (all but one in 2^32 are)."""
    while True:
        secret = new_secret()
        try:
            _private(secret)
        except ValueError:
            continue
        return secret


def es256_jwk(secret: bytes) -> Jwk:
    """The private JWK of a P-256 scalar (32 bytes, big-endian); `kid` is its RFC 7638 thumbprint.

    Raises ValueError for a secret that is no such scalar.
    """
    point = _private(secret).public_key().public_numbers()
    shape = {"crv": "P-256", "kty": "EC", "x": _coordinate(point.x), "y": _coordinate(point.y)}
    return Jwk({**shape, "alg": "ES256", "use": "sig", "kid": _thumbprint(shape), "d": _b64(secret)})


def _private(secret: bytes) -> ec.EllipticCurvePrivateKey:
    if len(secret) != KEY_BYTES:
        raise ValueError(f"a P-256 scalar is {KEY_BYTES} bytes long")
    return ec.derive_private_key(int.from_bytes(secret, "big"), ec.SECP256R1())


def _thumbprint(required: dict[str, str]) -> str:
    """RFC 7638: SHA-256 over the required members, sorted by name, without white space."""
    digest = Hash(SHA256())
    digest.update(json.dumps(required, sort_keys=True, separators=(",", ":")).encode())
    return _b64(digest.finalize())


def _coordinate(value: int) -> str:
    return _b64(value.to_bytes(KEY_BYTES, "big"))


def _b64(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()
