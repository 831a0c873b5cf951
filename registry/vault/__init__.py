"""The vault: sealing, wrapping, blind indexes, signatures, sealed files, keyrings. Pure: no tables, no clock.

The only importer of `cryptography`. What it writes is laid down byte by byte in docs/sealing.md.
"""

from registry.vault.aead import Sealed, new_secret
from registry.vault.errors import (
    KeyringMalformed,
    KeyringMissing,
    KeyringUnknown,
    KeyringUnsafe,
    KeyUnavailable,
    SealBroken,
    SignatureBroken,
)
from registry.vault.indexing import BlindIndexer
from registry.vault.jose import Jwk, es256_jwk, new_es256_secret
from registry.vault.keyring import Keyring, open_keyring
from registry.vault.sealing import DataKey, Place, open_sealed, seal, seal_rows
from registry.vault.segments import SEGMENT_BYTES, SegmentReader, SegmentWriter
from registry.vault.signing import SigningKey, verify
from registry.vault.wrapping import Shard, rewrap_key, unwrap_file_key, unwrap_key, wrap_file_key, wrap_key

__all__ = (
    "SEGMENT_BYTES",
    "BlindIndexer",
    "DataKey",
    "Jwk",
    "KeyUnavailable",
    "Keyring",
    "KeyringMalformed",
    "KeyringMissing",
    "KeyringUnknown",
    "KeyringUnsafe",
    "Place",
    "SealBroken",
    "Sealed",
    "SegmentReader",
    "SegmentWriter",
    "Shard",
    "SignatureBroken",
    "SigningKey",
    "es256_jwk",
    "new_es256_secret",
    "new_secret",
    "open_keyring",
    "open_sealed",
    "rewrap_key",
    "seal",
    "seal_rows",
    "unwrap_file_key",
    "unwrap_key",
    "verify",
    "wrap_file_key",
    "wrap_key",
)
