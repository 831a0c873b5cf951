"""Sealing values to their place: a seal opens only in its own table, row and field, for its own resident."""

import os
from collections.abc import Iterable
from typing import NamedTuple
from uuid import UUID

from registry.vault.aead import NONCE_BYTES, Sealed, cipher_of, decrypt, encrypt, new_secret
from registry.vault.encoding import VERSION_BYTE, part, text_part
from registry.vault.opened import OpenedKey

_HEAD = VERSION_BYTE + part(b"seal")
_UUID = b"\x00\x10"  # the length before every UUID


class Place(NamedTuple):
    """Where a sealed value lives. What belongs to no resident names the nil UUID as its resident."""

    table: str
    row: UUID
    resident: UUID
    field: str

    def bound(self) -> bytes:
        """The bytes a seal in this place is bound to. Raises ValueError for names over 65,535 bytes."""
        return b"".join(
            (
                _HEAD,
                text_part(self.table),
                _UUID,
                self.row.bytes,
                _UUID,
                self.resident.bytes,
                text_part(self.field),
            )
        )


class DataKey(OpenedKey):
    """A 256-bit key for AES-256-GCM, with its cipher made once. Its text form never shows the secret.

    `secret` is for wrapping inside the vault; nothing else reads it. Raises ValueError unless 32 bytes.
    """

    __slots__ = ("cipher", "secret")

    def __init__(self, secret: bytes) -> None:
        self.cipher = cipher_of(secret)
        self.secret = secret

    @classmethod
    def generate(cls) -> "DataKey":
        """A new random key."""
        return cls(new_secret())

    def __repr__(self) -> str:
        return "DataKey(hidden)"


def seal(key: DataKey, plaintext: bytes, place: Place) -> bytes:
    """Seal `plaintext` to `place`; 29 bytes longer than the plaintext."""
    return encrypt(key.cipher, plaintext, place.bound())


def seal_rows(table: str, field: str, rows: Iterable[tuple[DataKey, bytes, UUID, UUID]]) -> list[bytes]:
    """`seal` for a field of many rows: each with its key, its plaintext, its id and its resident.

    Their nonces are asked of the system together; none of them outlives the call.
    """
    head, tail, wanted = _HEAD + text_part(table) + _UUID, text_part(field), list(rows)
    random, sealed = os.urandom(NONCE_BYTES * len(wanted)), []
    for place, (key, plaintext, row, resident) in enumerate(wanted):
        nonce = random[place * NONCE_BYTES : (place + 1) * NONCE_BYTES]
        bound = head + row.int.to_bytes(16, "big") + _UUID + resident.int.to_bytes(16, "big") + tail
        sealed.append(VERSION_BYTE + nonce + key.cipher.encrypt(nonce, plaintext, bound))
    return sealed


def open_sealed(key: DataKey, sealed: Sealed, place: Place) -> bytes:
    """The plaintext sealed to `place`. Raises SealBroken where anything at all differs."""
    return decrypt(key.cipher, sealed, place.bound())
