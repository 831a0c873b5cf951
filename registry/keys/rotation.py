"""Turning keys over: the same keys under a new root key, residents' keys under new shard keys.

Nothing sealed changes, and nobody waits: a reader that meets a newer version looks it up once, older
versions go on opening. Each function leaves a state that all processes can read, and does nothing a second
time, so that an interrupted rotation is simply run again.
"""

from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import Any, NamedTuple
from uuid import UUID

from django.db import connection

from registry.keys import rows
from registry.keys.opened import keyring, open_wrapped, process, require_own_keyring
from registry.keys.residents import SHARDS, open_shards, wrap_shard
from registry.models import ShardKey, SystemKey
from registry.vault import SealBroken, new_secret, rewrap_key

CHUNK = 5000
START = UUID(int=0)

_DUE = """
WITH newest AS (SELECT shard, max(version) AS version FROM registry_shardkey GROUP BY shard)
SELECT k.resident_id, k.wrapped, k.shard, k.shard_version, newest.version
FROM registry_residentkey k JOIN newest ON newest.shard = k.shard AND newest.version > k.shard_version
WHERE k.wrapped IS NOT NULL AND k.resident_id > %s
ORDER BY k.resident_id LIMIT %s FOR NO KEY UPDATE OF k
"""
_STORE = """
UPDATE registry_residentkey k SET wrapped = new.wrapped, shard_version = new.version
FROM unnest(%s::uuid[], %s::bytea[], %s::int[]) AS new(resident, wrapped, version)
WHERE k.resident_id = new.resident
"""


class Root(NamedTuple):
    """The primary root version, and how many keys were put under it just now."""

    version: int
    keys: int


class Chunk(NamedTuple):
    """How many residents' keys were re-wrapped, and the last resident met; None where there was none left."""

    keys: int
    last: UUID | None


def new_root_version() -> int:
    """Have the keyring make a new root key its primary one; returns its version. Raises KeyUnavailable."""
    require_own_keyring()
    return keyring().rotate()


def rewrap_under_root() -> Root:
    """Put every system and shard key under the primary root key, inside a transaction."""
    systems = [
        row
        for row in SystemKey.objects.select_for_update().order_by("id")
        if _turn(row, rows.system_context(row.name, row.version))
    ]
    SystemKey.objects.bulk_update(systems, ["wrapped"])
    shards = [
        row
        for row in ShardKey.objects.select_for_update().order_by("id")
        if _turn(row, rows.shard_context(row.shard, row.version))
    ]
    for row in shards:
        row.root_version = keyring().version_of(row.wrapped)
    ShardKey.objects.bulk_update(shards, ["wrapped", "root_version"])
    return Root(keyring().primary_version, len(systems) + len(shards))


def new_shard_versions() -> int:
    """Give each shard a newer key, which new residents' keys are under from then on; returns how many."""
    require_own_keyring()
    standing = rows.newest_shards()
    made = [wrap_shard(shard, _next(standing, shard)) for shard in range(SHARDS)]
    new = [ShardKey(shard=s, version=v, wrapped=w, root_version=root) for s, v, w, root in made]
    return len(ShardKey.objects.bulk_create(new))


def new_system_version(name: str) -> int:
    """Add a version to a system key, committed at once; returns it.

    Processes that are running go on with the versions they know until they are restarted.
    """
    require_own_keyring()
    standing = rows.system_versions(name)
    version = standing[0][0] + 1 if standing else 1
    rows.add_system(name, version, keyring().wrap(new_secret(), context=rows.system_context(name, version)))
    with process.lock:
        process.system.pop(name, None)
    return version


def rewrap_residents(*, after: UUID, limit: int = CHUNK) -> Chunk:
    """Put the next residents' keys after `after`, in order of their ids, under their shards' newest keys.

    Two statements for the whole chunk, inside a transaction. The rows are locked against an erasure at the
    same moment, which must not be undone by writing the key back. A key that does not open is passed over
    and stays due.
    """
    with connection.cursor() as cursor:
        cursor.execute(_DUE, [after, limit])
        due = cursor.fetchall()
        turned = _rewrap(due)
        if turned:
            cursor.execute(_STORE, [list(column) for column in zip(*turned, strict=True)])
    return Chunk(len(turned), due[-1][0] if due else None)


def residents_due() -> list[UUID]:
    """Up to ten residents whose keys are under an older shard key."""
    with connection.cursor() as cursor:
        cursor.execute(_DUE.replace("FOR NO KEY UPDATE OF k", ""), [START, 10])
        return [row[0] for row in cursor.fetchall()]


def _rewrap(due: Sequence[tuple[Any, ...]]) -> list[tuple[UUID, bytes, int]]:
    opened = open_shards({(row[2], version) for row in due for version in row[3:]})
    turned = []
    for resident, wrapped, shard, old, new in due:
        with suppress(SealBroken):
            blob = rewrap_key(opened[shard, old], opened[shard, new], wrapped, resident=resident)
            turned.append((resident, blob, new))
    return turned


def _turn(row: SystemKey | ShardKey, context: str) -> bool:
    """Re-wrap one row's key unless it is under the primary root key already."""
    root = keyring()
    if root.version_of(row.wrapped) == root.primary_version:
        return False
    row.wrapped = root.wrap(open_wrapped(row.wrapped, context=context), context=context)
    return True


def _next(standing: Mapping[int, tuple[int, bytes]], shard: int) -> int:
    return standing[shard][0] + 1 if shard in standing else 1
