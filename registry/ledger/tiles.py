"""How the tree is kept: tiles of 256 hashes for every eighth height, as in C2SP tlog-tiles. Pure.

Tile N of level L holds the nodes of height 8 L with index 256 N and following. Only full tiles have a
hash on the level above, so whatever a tile holds stays true for ever; it only grows until it is full.
"""

from collections.abc import Iterable, Mapping

from registry.ledger import tree
from registry.ledger.errors import TreeBroken

WIDTH = 256
_BITS = 8
Place = tuple[int, int]
"""Level and number of a tile."""
Tiles = Mapping[Place, bytes]


def edge_places(size: int) -> list[Place]:
    """The unfinished tiles of a tree of `size` leaves: all that its root is made of."""
    levels = range((size.bit_length() + _BITS - 1) // _BITS)
    return [(level, size >> _BITS * (level + 1)) for level in levels if (size >> _BITS * level) % WIDTH]


def path_places(index: int, size: int) -> list[Place]:
    """The tiles through which leaf `index` hangs on the root of a tree of `size` leaves."""
    levels = range((size.bit_length() + _BITS - 1) // _BITS)
    return [(level, index >> _BITS * (level + 1)) for level in levels]


class TileReader:
    """Node hashes out of tiles that were fetched beforehand."""

    def __init__(self, tiles: Tiles) -> None:
        self._tiles = tiles

    def node(self, height: int, index: int) -> bytes:
        """The hash of a node; raises TreeBroken where its tile is missing or too short."""
        level, rise = divmod(height, _BITS)
        number, place = divmod(index << rise, WIDTH)
        tile = self._tiles.get((level, number), b"")
        hashes = split(tile)[place : place + (1 << rise)]
        if len(hashes) != 1 << rise:
            raise TreeBroken(f"tile {level}/{number} is missing or lacks hash {place + len(hashes)}")
        return tree.complete_root(hashes)


class Frontier:
    """The growing right edge of a tree: the unfinished tile of each level."""

    def __init__(self, size: int = 0, tiles: Tiles | None = None) -> None:
        """The edge of a tree of `size` leaves; raises TreeBroken unless `tiles` hold all of it."""
        self.size = size
        self._rows: list[list[bytes]] = []
        for level, number in edge_places(size):
            held = split((tiles or {}).get((level, number), b""))
            width = (size >> _BITS * level) % WIDTH
            if len(held) != width:
                raise TreeBroken(f"tile {level}/{number} holds {len(held)} hashes instead of {width}")
            self._row(level).extend(held)

    def add(self, hashes: Iterable[bytes]) -> dict[Place, bytes]:
        """Append leaf hashes; returns the tiles that became full by it."""
        full: dict[Place, bytes] = {}
        leaves = self._row(0)
        for leaf in hashes:
            leaves.append(leaf)
            self.size += 1
            if len(leaves) == WIDTH:
                self._finish(0, full)
        return full

    def unfinished(self) -> dict[Place, bytes]:
        """The tiles that are not full yet."""
        return {(level, number): b"".join(self._rows[level]) for level, number in edge_places(self.size)}

    def root(self) -> bytes:
        """Root of the tree as it stands."""
        return tree.root(size=self.size, node=TileReader(self.unfinished()).node)

    def _row(self, level: int) -> list[bytes]:
        while len(self._rows) <= level:
            self._rows.append([])
        return self._rows[level]

    def _finish(self, level: int, full: dict[Place, bytes]) -> None:
        row = self._rows[level]
        full[level, (self.size >> _BITS * (level + 1)) - 1] = b"".join(row)
        above = self._row(level + 1)
        above.append(tree.complete_root(row))
        row.clear()
        if len(above) == WIDTH:
            self._finish(level + 1, full)


def split(tile: bytes) -> list[bytes]:
    """A tile's hashes one by one; raises TreeBroken for a length that is no multiple of 32."""
    if len(tile) % tree.HASH_BYTES:
        raise TreeBroken("a tile is not made of whole hashes")
    return [tile[place : place + tree.HASH_BYTES] for place in range(0, len(tile), tree.HASH_BYTES)]
