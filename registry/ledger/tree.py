"""The Merkle tree of RFC 9162, section 2.1: hashing, proofs, and their verification. Pure.

A node is named by its height (0: leaves) and its index at that height; it is the root of the complete
subtree over leaves [index << height, (index + 1) << height). Proofs are made through a `Node` function
that returns such hashes, so that they need a handful of them and never the leaves.
"""

from collections.abc import Callable, Sequence
from hashlib import sha256

from registry.ledger.errors import ProofBroken

HASH_BYTES = 32
EMPTY_ROOT = sha256().digest()
Node = Callable[[int, int], bytes]


def leaf_hash(data: bytes) -> bytes:
    """SHA-256(0x00 || data)."""
    return sha256(b"\x00" + data).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """SHA-256(0x01 || left || right)."""
    return sha256(b"\x01" + left + right).digest()


def complete_root(hashes: Sequence[bytes]) -> bytes:
    """Root over a power of two of hashes."""
    row = list(hashes)
    while len(row) > 1:
        row = [node_hash(row[i], row[i + 1]) for i in range(0, len(row), 2)]
    return row[0]


def complete_nodes(leaves: Sequence[bytes]) -> Node:
    """Every node over these leaf hashes that is the root of a complete subtree, hashed once."""
    rows = [list(leaves)]
    while len(rows[-1]) > 1:
        pairs = iter(rows[-1])
        rows.append([node_hash(left, right) for left, right in zip(pairs, pairs, strict=False)])
    return lambda height, index: rows[height][index]


def root(*, size: int, node: Node) -> bytes:
    """Root of the first `size` leaves."""
    return _range_root(0, size, node) if size else EMPTY_ROOT


def inclusion(*, index: int, size: int, node: Node) -> list[bytes]:
    """Proof that leaf `index` is in the tree of `size` (RFC 9162, 2.1.3.1), from the leaf upwards."""
    if not 0 <= index < size:
        raise ValueError("the index lies outside the tree")
    path: list[bytes] = []
    start, stop = 0, size
    while stop - start > 1:
        middle = start + _split(stop - start)
        if index < middle:
            path.append(_range_root(middle, stop, node))
            stop = middle
        else:
            path.append(_range_root(start, middle, node))
            start = middle
    return path[::-1]


def consistency(*, old: int, new: int, node: Node) -> list[bytes]:
    """Proof that the tree of `old` leaves is a prefix of that of `new` (RFC 9162, 2.1.4.1).

    Empty where there is nothing to prove: equal sizes, or an old tree without leaves.
    """
    if not 0 <= old <= new:
        raise ValueError("the old tree cannot be larger than the new one")
    if old in (0, new):
        return []
    path: list[bytes] = []
    start, stop = 0, new
    while old != stop:
        middle = start + _split(stop - start)
        if old <= middle:
            path.append(_range_root(middle, stop, node))
            stop = middle
        else:
            path.append(_range_root(start, middle, node))
            start = middle
    if start:  # otherwise it is the old root itself, which the verifier knows
        path.append(_range_root(start, stop, node))
    return path[::-1]


def require_inclusion(*, leaf: bytes, index: int, size: int, path: Sequence[bytes], root: bytes) -> None:
    """Raise ProofBroken unless `path` leads from the leaf hash to `root` (RFC 9162, 2.1.3.2)."""
    if not 0 <= index < size:
        raise ProofBroken("the index lies outside the tree")
    place, last, reached = index, size - 1, leaf
    for sibling in path:
        if last == 0:
            raise ProofBroken("the proof is too long")
        if place & 1 or place == last:
            reached = node_hash(sibling, reached)
            place, last = _past_lone_nodes(place, last)
        else:
            reached = node_hash(reached, sibling)
        place, last = place >> 1, last >> 1
    if last != 0 or reached != root:
        raise ProofBroken("the proof does not lead to the root")


def require_consistency(
    *, old: int, new: int, path: Sequence[bytes], old_root: bytes, new_root: bytes
) -> None:
    """Raise ProofBroken unless `path` shows the old tree within the new one (RFC 9162, 2.1.4.2)."""
    if old in (0, new):
        _require_nothing_to_prove(old, new, path, old_root, new_root)
        return
    if not 0 < old < new or not path:
        raise ProofBroken("the sizes or the proof make no sense")
    hashes = [old_root, *path] if old & (old - 1) == 0 else list(path)
    place, last = old - 1, new - 1
    while place & 1:
        place, last = place >> 1, last >> 1
    old_reached = new_reached = hashes[0]
    for sibling in hashes[1:]:
        if last == 0:
            raise ProofBroken("the proof is too long")
        if place & 1 or place == last:
            old_reached, new_reached = node_hash(sibling, old_reached), node_hash(sibling, new_reached)
            place, last = _past_lone_nodes(place, last)
        else:
            new_reached = node_hash(new_reached, sibling)
        place, last = place >> 1, last >> 1
    if last != 0 or old_reached != old_root or new_reached != new_root:
        raise ProofBroken("the proof does not lead to both roots")


def _require_nothing_to_prove(
    old: int, new: int, path: Sequence[bytes], old_root: bytes, new_root: bytes
) -> None:
    expected = new_root if old == new else EMPTY_ROOT
    if path or old > new or old_root != expected:
        raise ProofBroken("the roots differ where they must be one, or a proof came with them")


def _past_lone_nodes(place: int, last: int) -> tuple[int, int]:
    """Skip the levels at which the node has no sibling and moves up unchanged."""
    while place and not place & 1:
        place, last = place >> 1, last >> 1
    return place, last


def _split(count: int) -> int:
    """The largest power of two smaller than `count`."""
    return 1 << (count - 1).bit_length() - 1


def _range_root(start: int, stop: int, node: Node) -> bytes:
    """Root over leaves [start, stop), where `start` is a multiple of the next power of two."""
    peaks: list[bytes] = []
    place = start
    for height in reversed(range((stop - start).bit_length())):
        if stop - start >> height & 1:
            peaks.append(node(height, place >> height))
            place += 1 << height
    reached = peaks.pop()
    while peaks:
        reached = node_hash(peaks.pop(), reached)
    return reached
