"""Blind indexes: keyed hashes of normalised identifiers, for finding equals without reading them.

HMAC-SHA-256 (RFC 2104), cut to 16 bytes, under a key of its own for each kind of identifier, which
HKDF-SHA-256 (RFC 5869) derives. Digests of two kinds never meet, nor do those of two key versions.
"""

from collections.abc import Iterable

from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.hmac import HMAC
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from registry.vault.aead import KEY_BYTES
from registry.vault.encoding import bind, number
from registry.vault.opened import OpenedKey

DIGEST_BYTES = 16


class BlindIndexer(OpenedKey):
    """Makes the digests of one key version. Raises ValueError unless the secret is 32 bytes."""

    __slots__ = ("_keyed", "_secret", "version")

    def __init__(self, secret: bytes, version: int) -> None:
        if len(secret) != KEY_BYTES:
            raise ValueError(f"a key is {KEY_BYTES} bytes long")
        self._secret = secret
        self._keyed: dict[str, HMAC] = {}
        self.version = version

    def digest(self, kind: str, value: str) -> bytes:
        """The 16-byte blind index of a normalised `value` of this `kind`; same value, same digest.

        `kind` comes from a short closed list: each kind's key is remembered.
        """
        return self.digests([(kind, value, False)])[0]

    def digests(self, keys: Iterable[tuple[str, str, bool]]) -> list[bytes]:
        """`digest` of each (kind, value, …), in order, for whoever has thousands of them."""
        keyed, made = self._keyed, []
        for kind, value, _more in keys:
            fresh = keyed.get(kind)
            if fresh is None:
                fresh = keyed[kind] = HMAC(self._key_of(kind), SHA256())
            mac = fresh.copy()
            # A lone surrogate is hashed like any other text: the encoder's own error would quote the value.
            mac.update(value.encode("utf-8", "surrogatepass"))
            made.append(mac.finalize()[:DIGEST_BYTES])
        return made

    def _key_of(self, kind: str) -> bytes:
        info = bind(b"blind-index", number(self.version, 4), kind.encode())
        return HKDF(algorithm=SHA256(), length=KEY_BYTES, salt=None, info=info).derive(self._secret)

    def __repr__(self) -> str:
        return f"BlindIndexer(version={self.version})"
