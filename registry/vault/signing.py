"""Ed25519 signatures (RFC 8032), for the ledger's checkpoints and the consents' receipts."""

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from registry.vault.aead import new_secret
from registry.vault.errors import SignatureBroken
from registry.vault.opened import OpenedKey


class SigningKey(OpenedKey):
    """An Ed25519 key from its 32-byte seed. Raises ValueError for a seed of another length."""

    __slots__ = ("_key", "public")

    public: bytes
    """The public key, 32 bytes as in RFC 8032."""

    def __init__(self, secret: bytes) -> None:
        self._key = Ed25519PrivateKey.from_private_bytes(secret)
        self.public = self._key.public_key().public_bytes_raw()

    @classmethod
    def generate(cls) -> "SigningKey":
        """A new random key."""
        return cls(new_secret())

    def sign(self, message: bytes) -> bytes:
        """The 64-byte signature of `message`."""
        return self._key.sign(message)

    def verify(self, message: bytes, signature: bytes) -> None:
        """Raise SignatureBroken unless this key signed `message`."""
        verify(self.public, message, signature)

    def __repr__(self) -> str:
        return f"SigningKey(public={self.public.hex()})"


def verify(public: bytes, message: bytes, signature: bytes) -> None:
    """Raise SignatureBroken unless the holder of the 32-byte key `public` signed `message`."""
    try:
        Ed25519PublicKey.from_public_bytes(public).verify(signature, message)
    except (InvalidSignature, ValueError):
        raise SignatureBroken() from None
