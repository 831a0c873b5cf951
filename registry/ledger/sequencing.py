"""From the queue into the tree, after commit: one sequencer at a time, one transaction a batch.

1. take the one lock; whoever holds it is the sequencer until its transaction ends
2. open the newest checkpoint and hold the stored edge of the tree against it: nothing is built on a
   tree that was tampered with, and no head is signed that contradicts an earlier one
3. take committed entries from the queue in order and hash their bodies
4. write leaves and tiles, take the entries off the queue, sign and store the new head

A crash anywhere leaves the last batch's state; entries that commit late simply come with a later batch.
"""

from collections.abc import Sequence
from datetime import datetime

from django.db import connection, transaction

from registry import keys
from registry.ledger.checkpoint import Checkpoint, sign
from registry.ledger.errors import TreeBroken
from registry.ledger.heads import KEY, newest_checkpoint, open_head, origin
from registry.ledger.storage import load_tiles, store_leaves, store_tiles
from registry.ledger.tiles import Frontier, edge_places
from registry.ledger.tree import leaf_hash
from registry.models import LedgerCheckpoint

BATCH = 10_000
_LOCK = 0x6C65646765720001  # "ledger", 1

_QUEUE = """
SELECT e.id, e.body FROM registry_ledgerpending p JOIN registry_ledgerentry e ON e.id = p.entry_id
ORDER BY e.id LIMIT %s
"""


def sequence(*, at: datetime, wait: bool = True) -> int:
    """Put everything that waits into the tree and sign its head; returns how many entries that were.

    Without `wait` it returns 0 at once where another process is at it. Raises TreeBroken or NoteBroken
    where the stored tree is not the one last signed, and then writes nothing.
    """
    total = 0
    while True:
        count = _batch(at, wait)
        total += count
        if count < BATCH:
            return total


def _batch(at: datetime, wait: bool) -> int:
    with transaction.atomic(durable=True):
        if not _lock(wait):  # 1
            return 0
        head, edge = _edge()  # 2
        waiting = _waiting()  # 3
        if not waiting and head is not None:
            return 0
        first = edge.size
        full = edge.add(leaf_hash(body.encode()) for _, body in waiting)
        store_leaves(first, [entry for entry, _ in waiting])  # 4
        store_tiles(full | edge.unfinished())
        name = origin(head)
        note = sign(Checkpoint(name, edge.size, edge.root()), keys.signing_key(KEY))
        LedgerCheckpoint.objects.create(note=note, at=at)
        return len(waiting)


def _lock(wait: bool) -> bool:
    with connection.cursor() as cursor:
        if wait:
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_LOCK])
            return True
        cursor.execute("SELECT pg_try_advisory_xact_lock(%s)", [_LOCK])
        return bool(cursor.fetchone()[0])


def _edge() -> tuple[Checkpoint | None, Frontier]:
    head = open_head(newest_checkpoint())
    if head is None:
        return None, Frontier()
    edge = Frontier(head.size, load_tiles(edge_places(head.size)))
    if edge.root() != head.root:
        raise TreeBroken("the stored tiles do not lead to the newest checkpoint")
    return head, edge


def _waiting() -> Sequence[tuple[int, str]]:
    with connection.cursor() as cursor:
        cursor.execute(_QUEUE, [BATCH])
        waiting: list[tuple[int, str]] = cursor.fetchall()
        return waiting
