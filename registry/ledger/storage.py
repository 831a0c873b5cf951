"""Reading and writing tiles and leaves, many at a time."""

from collections.abc import Collection, Mapping, Sequence

from django.db import connection

from registry.ledger.tiles import Place

_LOAD = """
SELECT t.level, t.number, t.hashes FROM registry_ledgertile t
WHERE (t.level, t.number) IN (SELECT * FROM unnest(%s::smallint[], %s::bigint[]))
"""
_STORE = """
INSERT INTO registry_ledgertile (level, number, hashes)
SELECT * FROM unnest(%s::int[], %s::bigint[], %s::bytea[])
ON CONFLICT (level, number) DO UPDATE SET hashes = EXCLUDED.hashes
WHERE registry_ledgertile.hashes <> EXCLUDED.hashes
"""
_LEAVES = """
INSERT INTO registry_ledgerleaf (index, entry_id)
SELECT %s + place - 1, entry FROM unnest(%s::bigint[]) WITH ORDINALITY AS waiting(entry, place)
"""
_TAKEN = "DELETE FROM registry_ledgerpending WHERE entry_id = ANY(%s)"


def load_tiles(places: Collection[Place]) -> dict[Place, bytes]:
    """The stored tiles at these places; those that do not exist are left out."""
    with connection.cursor() as cursor:
        cursor.execute(_LOAD, [[level for level, _ in places], [number for _, number in places]])
        return {(level, number): bytes(hashes) for level, number, hashes in cursor.fetchall()}


def store_tiles(tiles: Mapping[Place, bytes]) -> None:
    """Write new and grown tiles."""
    levels, numbers = [level for level, _ in tiles], [number for _, number in tiles]
    with connection.cursor() as cursor:
        cursor.execute(_STORE, [levels, numbers, list(tiles.values())])


def store_leaves(first: int, entries: Sequence[int]) -> None:
    """Give these entries the indexes from `first` on, and take them off the queue."""
    with connection.cursor() as cursor:
        cursor.execute(_LEAVES, [first, list(entries)])
        cursor.execute(_TAKEN, [list(entries)])
