"""Residents' data keys, under the shard keys."""

from collections.abc import Collection, Iterable
from typing import NamedTuple
from uuid import UUID

from registry.errors import RegistryError
from registry.keys import rows
from registry.keys.opened import keyring, open_wrapped, process, require_own_keyring
from registry.vault import DataKey, KeyUnavailable, Sealed, Shard, new_secret, unwrap_key, wrap_key

SHARDS = 64


class KeyDestroyed(RegistryError):
    """The data were erased: their key is gone, and they with it."""

    code = "erased"
    status = 410
    sentence = "These data have been erased and cannot be brought back."


class NewResidentKey(NamedTuple):
    """A data key to be stored for a resident; `wrapped`, `shard` and `shard_version` go into ResidentKey."""

    resident: UUID
    shard: int
    shard_version: int
    key: DataKey
    wrapped: bytes


def shard_of(resident: UUID) -> int:
    """The shard whose key wraps this resident's: 0 to 63."""
    return int(resident) % SHARDS


def new_resident_keys(residents: Collection[UUID]) -> list[NewResidentKey]:
    """A fresh data key for each of these new residents, in order, with one query for all.

    The newest shard keys are asked of the database each time, so that a rotation in another process holds
    for every resident from then on. Raises KeyUnavailable.
    """
    newest = _newest_shards() if residents else {}
    return [_new_key(resident, newest[shard_of(resident)]) for resident in residents]


def open_resident_key(resident: UUID, wrapped: Sealed | None, shard: int, shard_version: int) -> DataKey:
    """The data key of one resident, from the columns of its ResidentKey.

    A query only where this process has not met the shard's version yet. Raises KeyDestroyed after erasure,
    SealBroken for a key that was altered or belongs to another resident, KeyUnavailable.
    """
    if wrapped is None:
        raise KeyDestroyed()
    found = process.shards.get((shard, shard_version))
    if found is None:
        found = open_shards([(shard, shard_version)])[shard, shard_version]
    return unwrap_key(found, wrapped, resident=resident)


def open_shards(wanted: Iterable[tuple[int, int]]) -> dict[tuple[int, int], Shard]:
    """These (shard, version) keys, with one query for those not met before. Raises KeyUnavailable."""
    pairs = set(wanted)
    with process.lock:
        unmet = pairs - process.shards.keys()
        if unmet:
            stored = rows.shards(unmet)
            for shard, version in unmet:
                _remember(shard, version, stored.get((shard, version)))
        return {pair: process.shards[pair] for pair in pairs}


def wrap_shard(shard: int, version: int) -> rows.NewShard:
    """A new shard key, wrapped and ready to be stored."""
    root = keyring()
    wrapped = root.wrap(new_secret(), context=rows.shard_context(shard, version))
    return shard, version, wrapped, root.version_of(wrapped)


def _newest_shards() -> dict[int, Shard]:
    stored = rows.newest_shards()
    missing = [shard for shard in range(SHARDS) if shard not in stored]
    if missing:
        require_own_keyring()
        stored = rows.add_shards([wrap_shard(shard, 1) for shard in missing])
    with process.lock:
        return {shard: _remember(shard, version, wrapped) for shard, (version, wrapped) in stored.items()}


def _remember(shard: int, version: int, wrapped: bytes | None) -> Shard:
    if wrapped is None:
        raise KeyUnavailable(f"there is no key of shard {shard}, version {version}")
    found = process.shards.get((shard, version))
    if found is None:
        secret = open_wrapped(wrapped, context=rows.shard_context(shard, version))
        found = process.shards[shard, version] = Shard(number=shard, version=version, secret=secret)
    return found


def _new_key(resident: UUID, shard: Shard) -> NewResidentKey:
    key = DataKey.generate()
    return NewResidentKey(resident, shard.number, shard.version, key, wrap_key(shard, key, resident=resident))
