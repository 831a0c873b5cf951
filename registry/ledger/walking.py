"""The pass of verification over the leaves: the recomputed tree so far, and the signed heads ahead."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import NoReturn

from registry.ledger.errors import LedgerBroken
from registry.ledger.reading import Leaf, entry_at, tile_count
from registry.ledger.storage import load_tiles
from registry.ledger.tiles import WIDTH, Frontier, Place
from registry.ledger.tree import HASH_BYTES, leaf_hash

_ENTRY_CHANGED = "the entry was changed, or another was put in its place"
_TILE_CHANGED = "the entry is sound, but its tile holds another hash of it"


@dataclass(frozen=True, slots=True)
class Head:
    """A signed head to meet on the way, and `what` to call it."""

    size: int
    root: bytes
    origin: str
    what: str
    stored: bool = True


class Walk:
    """Recomputes the tree leaf by leaf and holds it against tiles and heads."""

    def __init__(self, heads: Iterator[Head]) -> None:
        self.edge = Frontier()
        self.checkpoints = 0
        self._heads = heads
        self._ahead = next(heads, None)
        self._agreed = {True: 0, False: 0}  # up to where the stored heads, and those kept elsewhere, agree
        self._doubt: int | None = None

    def take(self, piece: Sequence[Leaf]) -> None:
        """Add leaves as far as they are sound, then raise LedgerBroken for the first that is not."""
        first = self.edge.size
        places = enumerate(piece, first)
        broken = next((at for at, leaf in places if leaf.place != at or leaf.body is None), None)
        sound = piece if broken is None else piece[: broken - first]
        hashes = [leaf_hash(leaf.body.encode()) for leaf in sound if leaf.body is not None]
        self._compare_leaves(hashes)
        self._grow(hashes)
        if broken is not None:
            missing = "its leaf" if piece[broken - first].place != broken else "its entry"
            self._fault(f"{missing} was removed", broken)

    def finish(self) -> None:
        """Raise LedgerBroken unless the tree ends where the newest head says."""
        size = self.edge.size
        self._meet_heads()
        if self._ahead is not None:
            self._fault(f"leaf {size} is missing: {self._ahead.what} says there are {self._ahead.size}", size)
        signed = self._agreed[True]
        if size > signed:
            self._fault(f"leaf {signed} lies beyond the newest checkpoint", signed)
        self._compare_tiles(self.edge.unfinished())
        if tile_count() != _tiles_of(size):
            self._fault("there are tiles beyond the tree", size)

    def _compare_leaves(self, hashes: Sequence[bytes]) -> None:
        """Remember the first leaf whose stored hash is another; the next head tells which is right."""
        if self._doubt is not None or not hashes:
            return
        first = self.edge.size
        numbers = range(first // WIDTH, (first + len(hashes) - 1) // WIDTH + 1)
        tiles = load_tiles([(0, number) for number in numbers])
        offset = first % WIDTH
        stored = b"".join(tiles.get((0, number), b"").ljust(WIDTH * HASH_BYTES) for number in numbers)
        if stored[offset * HASH_BYTES :].startswith(b"".join(hashes)):
            return
        for place, expected in enumerate(hashes):
            start = (offset + place) * HASH_BYTES
            if stored[start : start + HASH_BYTES] != expected:
                self._doubt = first + place
                return

    def _grow(self, hashes: Sequence[bytes]) -> None:
        first, done = self.edge.size, 0
        while done < len(hashes):
            stop = min(len(hashes), self._ahead.size - first) if self._ahead else len(hashes)
            full = self.edge.add(hashes[done:stop])
            done = stop
            self._meet_heads()
            self._compare_tiles({place: tile for place, tile in full.items() if place[0]})

    def _meet_heads(self) -> None:
        """Hold the recomputed root against every head of this size, and look out for the next."""
        while self._ahead is not None and self._ahead.size == self.edge.size:
            self._require_root(self._ahead)
            self.checkpoints += self._ahead.stored
            self._agreed[self._ahead.stored] = self._ahead.size
            self._ahead = next(self._heads, None)

    def _require_root(self, head: Head) -> None:
        agrees = self.edge.root() == head.root
        if self._doubt is not None and self._doubt < head.size:
            self._fault(_TILE_CHANGED if agrees else _ENTRY_CHANGED, self._doubt)
        if not agrees:
            since = self._agreed[head.stored]
            self._fault(f"leaves from here to {head.size - 1} do not lead to {head.what}", since)

    def _compare_tiles(self, expected: dict[Place, bytes]) -> None:
        if not expected or self._doubt is not None:
            return
        stored = load_tiles(list(expected))
        for (level, number), tile in sorted(expected.items()):
            if stored.get((level, number)) != tile:
                index = number * WIDTH ** (level + 1)
                self._fault(f"tile {level}/{number} is missing or was changed", index)

    def _fault(self, what: str, index: int) -> NoReturn:
        row, entry = entry_at(index)
        raise LedgerBroken(what, index=index, row=row, entry=entry)


def _tiles_of(size: int) -> int:
    """How many tiles a tree of `size` leaves has."""
    count, width = 0, size
    while width:
        count += -(-width // WIDTH)
        width //= WIDTH
    return count
