"""The Merkle tree against published vectors of Certificate Transparency and against its definition."""

from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from registry.ledger import tree
from registry.ledger.errors import ProofBroken
from registry.ledger.tiles import Frontier, TileReader

# Leaves, roots and proofs of the reference tree in certificate-transparency's merkle_tree_test.cc (RFC 6962;
# RFC 9162 hashes the same way).
LEAVES = [
    bytes.fromhex(data)
    for data in (
        "",
        "00",
        "10",
        "2021",
        "3031",
        "40414243",
        "5051525354555657",
        "606162636465666768696a6b6c6d6e6f",
    )
]
ROOTS = (
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
)
INCLUSION = (
    (0, 1, ()),
    (
        0,
        8,
        (
            "96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7",
            "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
            "6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4",
        ),
    ),
    (
        5,
        8,
        (
            "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
            "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
            "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
        ),
    ),
    (2, 3, ("fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",)),
    (
        1,
        5,
        (
            "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
            "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
            "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
        ),
    ),
)
CONSISTENCY = (
    (1, 1, ()),
    (
        1,
        8,
        (
            "96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7",
            "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
            "6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4",
        ),
    ),
    (
        6,
        8,
        (
            "0ebc5d3437fbe2db158b9f126a1d118e308181031d0a949f8dededebc558ef6a",
            "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
            "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
        ),
    ),
    (
        2,
        5,
        (
            "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
            "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
        ),
    ),
)


def node_over(hashes: Sequence[bytes]) -> tree.Node:
    """Nodes straight from all leaf hashes."""
    return lambda height, index: tree.complete_root(hashes[index << height : (index + 1) << height])


REFERENCE = node_over([tree.leaf_hash(leaf) for leaf in LEAVES])


# The definitions of RFC 9162, 2.1.1, 2.1.3.1 and 2.1.4.1, as they are written there.


def split(count: int) -> int:
    k = 1
    while k * 2 < count:
        k *= 2
    return k


def mth(hashes: Sequence[bytes]) -> bytes:
    if not hashes:
        return tree.EMPTY_ROOT
    if len(hashes) == 1:
        return hashes[0]
    k = split(len(hashes))
    return tree.node_hash(mth(hashes[:k]), mth(hashes[k:]))


def path(m: int, hashes: Sequence[bytes]) -> list[bytes]:
    if len(hashes) == 1:
        return []
    k = split(len(hashes))
    if m < k:
        return [*path(m, hashes[:k]), mth(hashes[k:])]
    return [*path(m - k, hashes[k:]), mth(hashes[:k])]


def subproof(m: int, hashes: Sequence[bytes], whole: bool) -> list[bytes]:
    if m == len(hashes):
        return [] if whole else [mth(hashes)]
    k = split(len(hashes))
    if m <= k:
        return [*subproof(m, hashes[:k], whole), mth(hashes[k:])]
    return [*subproof(m - k, hashes[k:], False), mth(hashes[:k])]


def leaf_hashes(count: int) -> list[bytes]:
    return [tree.leaf_hash(str(number).encode()) for number in range(count)]


def test_root_of_empty_tree() -> None:
    assert tree.root(size=0, node=REFERENCE).hex() == (
        "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
    )


@pytest.mark.parametrize(("size", "expected"), list(enumerate(ROOTS, 1)))
def test_root_of_reference_tree(size: int, expected: str) -> None:
    assert tree.root(size=size, node=REFERENCE).hex() == expected


@pytest.mark.parametrize(("index", "size", "expected"), INCLUSION)
def test_inclusion_of_reference_tree(index: int, size: int, expected: tuple[str, ...]) -> None:
    found = tree.inclusion(index=index, size=size, node=REFERENCE)
    assert tuple(value.hex() for value in found) == expected


@pytest.mark.parametrize(("old", "new", "expected"), CONSISTENCY)
def test_consistency_of_reference_tree(old: int, new: int, expected: tuple[str, ...]) -> None:
    found = tree.consistency(old=old, new=new, node=REFERENCE)
    assert tuple(value.hex() for value in found) == expected


@given(st.integers(0, 700))
def test_root_grown_leaf_by_leaf_follows_definition(size: int) -> None:
    hashes = leaf_hashes(size)
    edge = Frontier()
    edge.add(hashes)
    assert edge.root() == mth(hashes)


@given(st.data())
def test_inclusion_follows_definition(data: st.DataObject) -> None:
    size = data.draw(st.integers(1, 600))
    index = data.draw(st.integers(0, size - 1))
    hashes = leaf_hashes(size)
    found = tree.inclusion(index=index, size=size, node=node_over(hashes))
    assert found == path(index, hashes)
    tree.require_inclusion(leaf=hashes[index], index=index, size=size, path=found, root=mth(hashes))


@given(st.data())
def test_consistency_follows_definition(data: st.DataObject) -> None:
    new = data.draw(st.integers(1, 600))
    old = data.draw(st.integers(1, new))
    hashes = leaf_hashes(new)
    found = tree.consistency(old=old, new=new, node=node_over(hashes))
    assert found == subproof(old, hashes, True)
    tree.require_consistency(old=old, new=new, path=found, old_root=mth(hashes[:old]), new_root=mth(hashes))


@given(st.data())
def test_inclusion_of_another_leaf_is_refused(data: st.DataObject) -> None:
    size = data.draw(st.integers(2, 300))
    index, other = data.draw(st.lists(st.integers(0, size - 1), min_size=2, max_size=2, unique=True))
    hashes = leaf_hashes(size)
    found = tree.inclusion(index=index, size=size, node=node_over(hashes))
    with pytest.raises(ProofBroken):
        tree.require_inclusion(leaf=hashes[other], index=index, size=size, path=found, root=mth(hashes))


@given(st.data())
def test_inclusion_with_a_changed_path_is_refused(data: st.DataObject) -> None:
    size = data.draw(st.integers(2, 300))
    index = data.draw(st.integers(0, size - 1))
    hashes = leaf_hashes(size)
    found = tree.inclusion(index=index, size=size, node=node_over(hashes))
    place = data.draw(st.integers(0, len(found) - 1))
    changed = data.draw(
        st.sampled_from(
            (
                [*found[:place], bytes(32), *found[place + 1 :]],
                [*found[:place], *found[place + 1 :]],
                [*found, found[place]],
            )
        )
    )
    with pytest.raises(ProofBroken):
        tree.require_inclusion(leaf=hashes[index], index=index, size=size, path=changed, root=mth(hashes))


@given(st.data())
def test_consistency_with_another_history_is_refused(data: st.DataObject) -> None:
    new = data.draw(st.integers(2, 300))
    old = data.draw(st.integers(1, new - 1))
    hashes = leaf_hashes(new)
    altered = [*hashes[: old - 1], bytes(32)]
    found = tree.consistency(old=old, new=new, node=node_over(hashes))
    with pytest.raises(ProofBroken):
        tree.require_consistency(old=old, new=new, path=found, old_root=mth(altered), new_root=mth(hashes))


@given(st.data())
def test_consistency_with_a_changed_path_is_refused(data: st.DataObject) -> None:
    new = data.draw(st.integers(2, 300))
    old = data.draw(st.integers(1, new - 1))
    hashes = leaf_hashes(new)
    found = tree.consistency(old=old, new=new, node=node_over(hashes))
    changed = data.draw(st.sampled_from(([], [*found, bytes(32)], [bytes(32), *found[1:]], found[:-1])))
    with pytest.raises(ProofBroken):
        tree.require_consistency(
            old=old, new=new, path=changed, old_root=mth(hashes[:old]), new_root=mth(hashes)
        )


def test_consistency_of_one_size_with_two_roots_is_refused() -> None:
    with pytest.raises(ProofBroken):
        tree.require_consistency(old=3, new=3, path=[], old_root=bytes(32), new_root=b"\x01" * 32)


def test_consistency_with_the_empty_tree_needs_its_root() -> None:
    with pytest.raises(ProofBroken):
        tree.require_consistency(old=0, new=3, path=[], old_root=bytes(32), new_root=b"\x01" * 32)


def test_inclusion_outside_the_tree_is_refused() -> None:
    with pytest.raises(ProofBroken):
        tree.require_inclusion(leaf=bytes(32), index=1, size=1, path=[], root=bytes(32))


@pytest.mark.parametrize(("index", "size"), [(0, 0), (3, 3), (-1, 3)])
def test_inclusion_asked_outside_the_tree_raises(index: int, size: int) -> None:
    with pytest.raises(ValueError, match="outside"):
        tree.inclusion(index=index, size=size, node=REFERENCE)


def test_consistency_asked_backwards_raises() -> None:
    with pytest.raises(ValueError, match="larger"):
        tree.consistency(old=5, new=4, node=REFERENCE)


def test_reader_and_leaves_agree_on_every_node() -> None:
    hashes = leaf_hashes(700)
    edge = Frontier()
    tiles = edge.add(hashes) | edge.unfinished()
    reader, direct = TileReader(tiles), node_over(hashes)
    nodes = [(height, index) for height in range(10) for index in range(700 >> height)]
    assert [reader.node(*node) for node in nodes] == [direct(*node) for node in nodes]
