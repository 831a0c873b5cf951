"""What verification reads: everything in order, in one snapshot, a few thousand rows at a time."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, NamedTuple
from uuid import UUID

from django.db import connection, transaction

PIECE = 8192

_LEAVES = """
SELECT l.index, l.entry_id, e.body
FROM registry_ledgerleaf l LEFT JOIN registry_ledgerentry e ON e.id = l.entry_id ORDER BY l.index
"""
_NOTES = "SELECT size, note FROM registry_ledgercheckpoint ORDER BY size"
_TOTALS = "SELECT (SELECT count(*) FROM registry_ledgerleaf), (SELECT count(*) FROM registry_ledgerpending)"
_TILES = "SELECT count(*) FROM registry_ledgertile"
_ENTRY_AT = """
SELECT l.entry_id, e.entry FROM registry_ledgerleaf l LEFT JOIN registry_ledgerentry e ON e.id = l.entry_id
WHERE l.index = %s
"""
# An entry has its leaf or waits in the queue: exactly one of them.
_STRAY = """
SELECT e.id, e.entry FROM registry_ledgerentry e
LEFT JOIN registry_ledgerleaf l ON l.entry_id = e.id LEFT JOIN registry_ledgerpending p ON p.entry_id = e.id
WHERE (l.entry_id IS NULL) = (p.entry_id IS NULL) ORDER BY e.id LIMIT 1
"""


class Leaf(NamedTuple):
    """A place in the tree, the row of its entry, and the entry's body (None: the row is gone)."""

    place: int
    row: int
    body: str | None


@contextmanager
def snapshot() -> Iterator[None]:
    """One unchanging view of all tables, while others go on writing."""
    fresh = not connection.in_atomic_block
    with transaction.atomic():
        if fresh:
            with connection.cursor() as cursor:
                cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        yield


def leaves() -> Iterator[list[Leaf]]:
    """All leaves in order with their bodies, in pieces."""
    with connection.chunked_cursor() as cursor:
        cursor.execute(_LEAVES)
        while piece := cursor.fetchmany(PIECE):
            yield [Leaf._make(row) for row in piece]


def notes() -> Iterator[tuple[int, str]]:
    """All checkpoints in order, as size and signed note."""
    with connection.chunked_cursor() as cursor:
        cursor.execute(_NOTES)
        while piece := cursor.fetchmany(PIECE):
            yield from piece


def totals() -> tuple[int, int]:
    """How many leaves there are, and how many entries wait for theirs."""
    leaf_count, waiting = _row(_TOTALS)
    return leaf_count, waiting


def tile_count() -> int:
    """How many tiles are stored."""
    return int(_row(_TILES)[0])


def stray() -> tuple[int, UUID] | None:
    """Row and id of the first entry that is neither in the tree nor in the queue, or in both."""
    found = _row(_STRAY)
    return (found[0], found[1]) if found else None


def entry_at(index: int) -> tuple[int | None, UUID | None]:
    """Row and id of the entry at this place of the tree, as far as they are still there."""
    found = _row(_ENTRY_AT, index)
    return (found[0], found[1]) if found else (None, None)


def _row(query: str, *values: int | str | UUID) -> Any:
    with connection.cursor() as cursor:
        cursor.execute(query, values)
        return cursor.fetchone()
