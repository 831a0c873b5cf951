"""Wrapped keys in their tables.

A key is written on a connection of its own and so is committed before anything uses it: were it written in
the acting transaction, a roll-back there would take away a key that this process, or a staged file, already
relies on. Between processes the unique constraint decides; all then read the one row that stands.
"""

from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from django.db import connection
from django.db.backends.base.base import BaseDatabaseWrapper

Row = tuple[Any, ...]

_SYSTEM = "SELECT version, wrapped FROM registry_systemkey WHERE name = %s ORDER BY version DESC"
_ADD_SYSTEM = """
INSERT INTO registry_systemkey (name, version, wrapped, created_at) VALUES (%s, %s, %s, now())
ON CONFLICT (name, version) DO NOTHING
"""
_NEWEST = (
    "SELECT DISTINCT ON (shard) shard, version, wrapped FROM registry_shardkey ORDER BY shard, version DESC"
)
_SHARDS = """
SELECT shard, version, wrapped FROM registry_shardkey
WHERE (shard, version) IN (SELECT * FROM unnest(%s::int[], %s::int[]))
"""
_ADD_SHARDS = """
INSERT INTO registry_shardkey (shard, version, wrapped, root_version, created_at)
SELECT *, now() FROM unnest(%s::int[], %s::int[], %s::bytea[], %s::int[])
ON CONFLICT (shard, version) DO NOTHING
"""

NewShard = tuple[int, int, bytes, int]
"""Shard, version, wrapped key, root version."""


def system_context(name: str, version: int) -> str:
    """What a system key's wrapping is bound to."""
    return f"system:{name}:{version}"


def shard_context(shard: int, version: int) -> str:
    """What a shard key's wrapping is bound to."""
    return f"shard:{shard}:{version}"


_SAMPLES: tuple[tuple[str, Callable[[Any, int], str]], ...] = (
    ("SELECT name, version, wrapped FROM registry_systemkey ORDER BY id LIMIT 1", system_context),
    ("SELECT shard, version, wrapped FROM registry_shardkey ORDER BY id LIMIT 1", shard_context),
)


def sample() -> tuple[str, bytes] | None:
    """Context and wrapped key of some key of this database, or None where it holds none yet."""
    for sql, context in _SAMPLES:
        for name, version, wrapped in _select(connection, sql):
            return context(name, version), bytes(wrapped)
    return None


def system_versions(name: str) -> list[tuple[int, bytes]]:
    """Version and wrapped key of every version of a system key, the newest first."""
    return [(version, bytes(wrapped)) for version, wrapped in _select(connection, _SYSTEM, [name])]


def add_system(name: str, version: int, wrapped: bytes) -> list[tuple[int, bytes]]:
    """Add one version unless another process already has; returns what now stands, the newest first."""
    with _apart() as own:
        with own.cursor() as cursor:
            cursor.execute(_ADD_SYSTEM, [name, version, wrapped])
        return [(found, bytes(blob)) for found, blob in _select(own, _SYSTEM, [name])]


def newest_shards() -> dict[int, tuple[int, bytes]]:
    """The newest version and wrapped key of every shard that has one."""
    return {shard: (version, bytes(wrapped)) for shard, version, wrapped in _select(connection, _NEWEST)}


def shards(wanted: Collection[tuple[int, int]]) -> dict[tuple[int, int], bytes]:
    """The wrapped keys of these (shard, version) pairs, as far as they exist."""
    pairs = [[shard for shard, _ in wanted], [version for _, version in wanted]]
    found = _select(connection, _SHARDS, pairs)
    return {(shard, version): bytes(wrapped) for shard, version, wrapped in found}


def add_shards(new: Sequence[NewShard]) -> dict[int, tuple[int, bytes]]:
    """Add shard keys unless another process already has; returns the newest that now stand."""
    with _apart() as own:
        with own.cursor() as cursor:
            cursor.execute(_ADD_SHARDS, [list(column) for column in zip(*new, strict=True)])
        return {shard: (version, bytes(wrapped)) for shard, version, wrapped in _select(own, _NEWEST)}


def _select(on: BaseDatabaseWrapper, sql: str, values: Sequence[Any] = ()) -> list[Row]:
    with on.cursor() as cursor:
        cursor.execute(sql, values)
        found: list[Row] = cursor.fetchall()
    return found


@contextmanager
def _apart() -> Iterator[BaseDatabaseWrapper]:
    """A connection of its own to the same database; every statement commits by itself."""
    own = connection.copy()
    try:
        yield own
    finally:
        own.close()
