"""The one place that holds opened keys: system keys, shard keys and, through these, residents' data keys.

The keyring (settings.KEYRING) unwraps system and shard keys from their tables; each process opens a key
once and remembers it. A key that does not exist yet is made on first use.
"""

from registry.keys.opened import (
    forget,
    indexers,
    jose_key,
    jose_keys,
    require_keyring,
    signing_key,
    signing_keys,
    system_data_key,
)
from registry.keys.residents import (
    SHARDS,
    KeyDestroyed,
    NewResidentKey,
    new_resident_keys,
    open_resident_key,
    shard_of,
)
from registry.vault import BlindIndexer, DataKey, KeyUnavailable, SigningKey

__all__ = (
    "SHARDS",
    "BlindIndexer",
    "DataKey",
    "KeyDestroyed",
    "KeyUnavailable",
    "NewResidentKey",
    "SigningKey",
    "forget",
    "indexers",
    "jose_key",
    "jose_keys",
    "new_resident_keys",
    "open_resident_key",
    "require_keyring",
    "shard_of",
    "signing_key",
    "signing_keys",
    "system_data_key",
)
