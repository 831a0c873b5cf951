"""Wrapping keys by keys: residents' data keys by shard keys, a staged file's key by the staging key.

A wrapped key is 61 bytes: the layout of a seal around 32 secret bytes. The binding names what the key is
for, so a wrapped key moved to another resident, shard, version or purpose does not unwrap.
"""

from uuid import UUID

from registry.vault.aead import Sealed, cipher_of, decrypt, encrypt
from registry.vault.encoding import bind, number
from registry.vault.opened import OpenedKey
from registry.vault.sealing import DataKey


class Shard(OpenedKey):
    """An opened shard key: wraps the data keys of one 64th of the residents.

    `number` is 0 to 65,535, `version` counts from 1. Raises ValueError unless the secret is 32 bytes.
    """

    __slots__ = ("_cipher", "_place", "number", "version")

    def __init__(self, *, number: int, version: int, secret: bytes) -> None:
        self.number = number
        self.version = version
        self._cipher = cipher_of(secret)
        self._place = _shard_place(number, version)

    def wrap(self, secret: bytes, resident: UUID) -> bytes:
        """Wrap a resident's secret; `wrap_key` is the way in for keys."""
        return encrypt(self._cipher, secret, self._place + b"\x00\x10" + resident.bytes)

    def unwrap(self, wrapped: Sealed, resident: UUID) -> bytes:
        """The resident's secret. Raises SealBroken."""
        return decrypt(self._cipher, wrapped, self._place + b"\x00\x10" + resident.bytes)

    def __repr__(self) -> str:
        return f"Shard(number={self.number}, version={self.version})"


def wrap_key(shard: Shard, key: DataKey, *, resident: UUID) -> bytes:
    """A resident's data key under its shard key, bound to resident, shard and shard version."""
    return shard.wrap(key.secret, resident)


def unwrap_key(shard: Shard, wrapped: Sealed, *, resident: UUID) -> DataKey:
    """The data key of `resident`. Raises SealBroken."""
    return DataKey(shard.unwrap(wrapped, resident))


def rewrap_key(old: Shard, new: Shard, wrapped: Sealed, *, resident: UUID) -> bytes:
    """The same data key under a newer shard key. Raises SealBroken; nothing sealed with it changes."""
    return new.wrap(old.unwrap(wrapped, resident), resident)


def wrap_file_key(staging: DataKey, key: DataKey, *, file: UUID) -> bytes:
    """A staged file's own key under the staging key, bound to the file's id."""
    return encrypt(staging.cipher, key.secret, bind(b"file-key", file.bytes))


def unwrap_file_key(staging: DataKey, wrapped: Sealed, *, file: UUID) -> DataKey:
    """The key of staged file `file`. Raises SealBroken."""
    return DataKey(decrypt(staging.cipher, wrapped, bind(b"file-key", file.bytes)))


def _shard_place(shard: int, version: int) -> bytes:
    return bind(b"resident-key", number(shard, 2), number(version, 4))
