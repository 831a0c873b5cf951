"""Recomputing the whole ledger from its entries, in one pass and constant memory.

1. walk the leaves in order; each index follows the last, each leaf has its entry
2. hash the bodies anew and hold them against the stored tiles of every level
3. at each checkpoint: its signature, and its root against the recomputed one; so for those kept elsewhere
4. at the end: nothing is missing, and nothing lies beyond the newest checkpoint
5. every entry is either in the tree or in the queue
6. the triggers and computed columns that guard the tables are in force

Where an entry and its tile disagree, the next checkpoint tells which of them was changed. The first fault
in the order of the tree is raised as LedgerBroken. It needs the public keys and the tables, nothing else.
"""

import heapq
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from operator import attrgetter

from registry.ledger.checkpoint import open_note
from registry.ledger.errors import LedgerBroken, NoteBroken
from registry.ledger.guards import missing_guard
from registry.ledger.heads import trusted_keys
from registry.ledger.reading import leaves, notes, snapshot, stray, totals
from registry.ledger.walking import Head, Walk

Progress = Callable[[int, int], None]
_SIZE = attrgetter("size")
_KEPT = "the checkpoint kept elsewhere"


@dataclass(frozen=True, slots=True)
class Verified:
    """What was found to hold: leaves in the tree, entries that wait for it, checkpoints, and the root."""

    leaves: int
    waiting: int
    checkpoints: int
    root: bytes


def verify(*, known: Sequence[str] = (), progress: Progress | None = None) -> Verified:
    """Recompute everything; `known` are checkpoints, as signed notes, that were kept elsewhere.

    `progress` is told leaves done and leaves in all. Raises LedgerBroken with index, entry and fault.
    """
    publics = trusted_keys()
    kept = sorted((_head(note, publics, _KEPT, stored=False) for note in known), key=_SIZE)
    with snapshot():
        total, waiting = totals()
        walk = Walk(heapq.merge(_stored(publics), kept, key=_SIZE))
        for piece in leaves():
            walk.take(piece)  # 1, 2, 3
            if progress:
                progress(walk.edge.size, total)
        walk.finish()  # 4
        _require_no_stray()  # 5
        _require_guards()  # 6
    return Verified(walk.edge.size, waiting, walk.checkpoints, walk.edge.root())


def _stored(publics: list[bytes]) -> Iterator[Head]:
    origin = None
    for size, note in notes():
        head = _head(note, publics, f"the checkpoint of {size} leaves")
        if origin not in (None, head.origin) or head.size != size:
            raise LedgerBroken(f"{head.what} belongs to another ledger, {head.origin}", index=size)
        origin = head.origin
        yield head


def _head(note: str, publics: list[bytes], what: str, *, stored: bool = True) -> Head:
    try:
        opened = open_note(note, publics=publics)
    except NoteBroken as broken:
        raise LedgerBroken(f"{what} does not hold: {broken}") from None
    return Head(opened.size, opened.root, opened.origin, what, stored)


def _require_no_stray() -> None:
    found = stray()
    if found is not None:
        row, entry = found
        raise LedgerBroken(
            "the entry is neither in the tree nor in the queue, or in both", row=row, entry=entry
        )


def _require_guards() -> None:
    guard = missing_guard()
    if guard is not None:
        raise LedgerBroken(f"the tables are unguarded: {guard} is missing or disabled")
