"""Proofs for outsiders: that an entry is in the tree, and that a newer tree contains an older one."""

from dataclasses import dataclass
from uuid import UUID

from registry.ledger import tree
from registry.ledger.errors import ProofNotFound
from registry.ledger.heads import newest_checkpoint
from registry.ledger.storage import load_tiles
from registry.ledger.tiles import TileReader, edge_places, path_places
from registry.models import LedgerCheckpoint, LedgerLeaf


@dataclass(frozen=True, slots=True)
class InclusionProof:
    """RFC 9162, 2.1.3: `path` leads from the leaf's hash to the root of the checkpoint in `note`."""

    index: int
    leaf: bytes
    size: int
    path: list[bytes]
    note: str


@dataclass(frozen=True, slots=True)
class ConsistencyProof:
    """RFC 9162, 2.1.4: `path` shows that the tree of `old` leaves is a prefix of that of `new`."""

    old: int
    new: int
    old_root: bytes
    new_root: bytes
    path: list[bytes]


def prove_inclusion(*, entry: UUID) -> InclusionProof:
    """Proof for the newest checkpoint. Raises ProofNotFound for an unknown entry and one still waiting."""
    head = _head()
    index = LedgerLeaf.objects.filter(entry__entry=entry).values_list("index", flat=True).first()
    if index is None or index >= head.size:
        raise ProofNotFound("no such entry in the tree")
    places = {*path_places(index, head.size), *edge_places(head.size)}
    node = TileReader(load_tiles(places)).node
    path = tree.inclusion(index=index, size=head.size, node=node)
    return InclusionProof(index, node(0, index), head.size, path, head.note)


def prove_consistency(*, old: int, new: int | None = None) -> ConsistencyProof:
    """Proof between two sizes; `new` defaults to the newest checkpoint's.

    Raises ProofNotFound unless 0 <= old <= new <= the newest checkpoint's size.
    """
    head = _head()
    new = head.size if new is None else new
    if not 0 <= old <= new <= head.size:
        raise ProofNotFound("the tree never had such sizes")
    places = {*path_places(max(old - 1, 0), new), *edge_places(old), *edge_places(new)}
    node = TileReader(load_tiles(places)).node
    old_root, new_root = tree.root(size=old, node=node), tree.root(size=new, node=node)
    return ConsistencyProof(old, new, old_root, new_root, tree.consistency(old=old, new=new, node=node))


def _head() -> LedgerCheckpoint:
    head = newest_checkpoint()
    if head is None:
        raise ProofNotFound("there is no checkpoint yet")
    return head
