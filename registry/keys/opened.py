"""System keys, opened once per process."""

from collections.abc import Callable
from threading import RLock
from typing import Any, TypeVar

from django.conf import settings

from registry.keys import rows
from registry.vault import (
    BlindIndexer,
    DataKey,
    Jwk,
    Keyring,
    KeyUnavailable,
    SealBroken,
    Sealed,
    Shard,
    SigningKey,
    es256_jwk,
    new_es256_secret,
    new_secret,
    open_keyring,
)

Opened = TypeVar("Opened")


class _Process:
    """What this process has opened so far; filled under the lock, read without it."""

    def __init__(self) -> None:
        self.lock = RLock()
        self.keyring: Keyring | None = None
        self.system: dict[str, tuple[Any, ...]] = {}
        self.shards: dict[tuple[int, int], Shard] = {}


process = _Process()


def indexers() -> tuple[BlindIndexer, ...]:
    """A blind indexer per version in force, the newest first: write with the first, look up with all."""
    return _versions("index", BlindIndexer)


def system_data_key(name: str) -> DataKey:
    """The newest key the system itself seals with for one use, such as "staging". Raises KeyUnavailable."""
    return _versions(f"data.{name}", lambda secret, version: DataKey(secret))[0]


def signing_key(name: str) -> SigningKey:
    """The newest Ed25519 key of this name. Raises KeyUnavailable."""
    return signing_keys(name)[0]


def signing_keys(name: str) -> tuple[SigningKey, ...]:
    """Every version of an Ed25519 key, the newest first: old signatures verify under the older ones."""
    return _versions(f"sign.{name}", lambda secret, version: SigningKey(secret))


def jose_key(name: str) -> Jwk:
    """The newest ES256 key of this name as a private JWK with its thumbprint as `kid`."""
    return jose_keys(name)[0]


def jose_keys(name: str) -> tuple[Jwk, ...]:
    """Every version of an ES256 key, the newest first; publish their `public()` halves."""
    return _versions(f"jose.{name}", lambda secret, version: es256_jwk(secret), new_es256_secret)


def require_keyring() -> None:
    """Raise KeyUnavailable unless the keyring wraps and unwraps at this very moment."""
    secret = new_secret()
    if open_wrapped(keyring().wrap(secret, context="probe"), context="probe") != secret:
        raise KeyUnavailable("the keyring returned another secret than it was given")


def forget() -> None:
    """Drop everything opened; the next use reads keyring and tables again."""
    with process.lock:
        process.keyring = None
        process.system.clear()
        process.shards.clear()


def keyring() -> Keyring:
    """The keyring of this installation, made on first use where settings allow that and no key exists yet."""
    with process.lock:
        if process.keyring is None:
            create = settings.KEYRING_CREATE and rows.sample() is None
            process.keyring = open_keyring(settings.KEYRING, create=create)
        return process.keyring


def require_own_keyring() -> None:
    """Raise KeyUnavailable where the keyring is not the one this database's keys are under.

    To be called before a key is made: one more, under a stranger's root key, would be lost to all others.
    """
    stored = rows.sample()
    if stored is not None:
        open_wrapped(stored[1], context=stored[0])


def open_wrapped(wrapped: Sealed, *, context: str) -> bytes:
    """Unwrap with the keyring. Raises KeyUnavailable, naming the key that does not open."""
    try:
        return keyring().unwrap(wrapped, context=context)
    except SealBroken as broken:
        reason = broken.detail
    raise KeyUnavailable(f"the keyring does not open {context}: {reason}")


def _versions(
    name: str, build: Callable[[bytes, int], Opened], make: Callable[[], bytes] = new_secret
) -> tuple[Opened, ...]:
    found = process.system.get(name)
    if found is None:
        with process.lock:
            found = process.system.get(name) or _open(name, build, make)
            process.system[name] = found
    return found


def _open(name: str, build: Callable[[bytes, int], Opened], make: Callable[[], bytes]) -> tuple[Opened, ...]:
    stored = rows.system_versions(name)
    if not stored:
        require_own_keyring()
        stored = rows.add_system(name, 1, keyring().wrap(make(), context=rows.system_context(name, 1)))
    return tuple(build(_secret(name, version, wrapped), version) for version, wrapped in stored)


def _secret(name: str, version: int, wrapped: bytes) -> bytes:
    return open_wrapped(wrapped, context=rows.system_context(name, version))
