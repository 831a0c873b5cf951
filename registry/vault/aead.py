"""AES-256-GCM with a version byte and a fresh random nonce: the one cipher everything here rests on.

Layout: version (1 byte, 0x01) | nonce (12) | ciphertext (as long as the plaintext) | tag (16).
Standards: NIST SP 800-38D, with random 96-bit nonces (section 8.2.2).
"""

import os

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from registry.vault.encoding import VERSION, VERSION_BYTE
from registry.vault.errors import SealBroken

KEY_BYTES = 32
NONCE_BYTES = 12
TAG_BYTES = 16
OVERHEAD = 1 + NONCE_BYTES + TAG_BYTES

Sealed = bytes | bytearray | memoryview
"""Sealed bytes as the database hands them over."""


def new_secret() -> bytes:
    """32 random bytes from the operating system."""
    return os.urandom(KEY_BYTES)


def cipher_of(secret: bytes) -> AESGCM:
    """The cipher under a 256-bit secret. Raises ValueError for any other length."""
    if len(secret) != KEY_BYTES:
        raise ValueError(f"a key is {KEY_BYTES} bytes long")
    return AESGCM(secret)


def encrypt(cipher: AESGCM, plaintext: bytes, bound: bytes) -> bytes:
    """Seal `plaintext` so that it opens only together with `bound`.

    The nonce is asked of the system each time: a buffer of random bytes would be shared by forked
    workers, and two seals under one nonce give the key's protection away.
    """
    nonce = os.urandom(NONCE_BYTES)
    return b"".join((VERSION_BYTE, nonce, cipher.encrypt(nonce, plaintext, bound)))


def decrypt(cipher: AESGCM, sealed: Sealed, bound: bytes) -> bytes:
    """Open what `encrypt` sealed. Raises SealBroken, whatever the reason."""
    raw = bytes(sealed)  # a driver's view may be one of characters, whose items are no numbers
    if len(raw) < OVERHEAD:
        raise SealBroken("too short to be a seal")
    if raw[0] != VERSION:
        raise SealBroken("unknown seal version")
    try:
        return cipher.decrypt(raw[1 : 1 + NONCE_BYTES], raw[1 + NONCE_BYTES :], bound)
    except InvalidTag:
        raise SealBroken("seal, key or place differ") from None
