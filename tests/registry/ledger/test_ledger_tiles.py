"""Tiles: their shape, how they grow, and that a proof needs only the few it names."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from registry.ledger import tree
from registry.ledger.errors import TreeBroken
from registry.ledger.tiles import Frontier, TileReader, edge_places, path_places

HASHES = [tree.leaf_hash(str(number).encode()) for number in range(66_000)]
ALL = Frontier()
TILES = ALL.add(HASHES) | ALL.unfinished()


def test_tiles_of_66000_leaves_have_three_levels() -> None:
    widths = {place: len(tile) // 32 for place, tile in TILES.items()}
    expected = {(0, number): 256 for number in range(257)} | {(0, 257): 208}
    expected |= {(1, 0): 256, (1, 1): 1, (2, 0): 1}
    assert widths == expected


def test_full_tile_has_its_root_on_the_level_above() -> None:
    root = tree.complete_root(HASHES[256:512])
    assert TILES[1, 0][32:64] == root


@settings(deadline=None)
@given(st.lists(st.integers(0, 700), max_size=6))
def test_growing_in_steps_makes_the_same_tiles(steps: list[int]) -> None:
    total = sum(steps)
    at_once, stepwise = Frontier(), Frontier()
    expected = at_once.add(HASHES[:total]) | at_once.unfinished()
    found: dict[tuple[int, int], bytes] = {}
    done = 0
    for step in steps:
        found |= stepwise.add(HASHES[done : done + step]) | stepwise.unfinished()
        done += step
        stepwise = Frontier(done, {place: found[place] for place in edge_places(done)})
    assert found == expected


@settings(deadline=None)
@given(st.data())
def test_inclusion_needs_only_its_path_and_edge(data: st.DataObject) -> None:
    size = data.draw(st.integers(1, len(HASHES)))
    index = data.draw(st.integers(0, size - 1))
    places = {*path_places(index, size), *edge_places(size)}
    node = TileReader({place: TILES[place] for place in places if place in TILES}).node
    root = tree.root(size=size, node=TileReader(TILES).node)
    found = tree.inclusion(index=index, size=size, node=node)
    tree.require_inclusion(leaf=HASHES[index], index=index, size=size, path=found, root=root)


@settings(deadline=None)
@given(st.data())
def test_consistency_needs_only_its_path_and_edges(data: st.DataObject) -> None:
    new = data.draw(st.integers(1, len(HASHES)))
    old = data.draw(st.integers(1, new))
    places = {*path_places(old - 1, new), *edge_places(old), *edge_places(new)}
    node = TileReader({place: TILES[place] for place in places if place in TILES}).node
    roots = [tree.root(size=size, node=TileReader(TILES).node) for size in (old, new)]
    found = tree.consistency(old=old, new=new, node=node)
    tree.require_consistency(old=old, new=new, path=found, old_root=roots[0], new_root=roots[1])


def test_missing_tile_raises() -> None:
    with pytest.raises(TreeBroken, match="tile 0/1"):
        TileReader({}).node(0, 256)


def test_tile_that_lacks_hashes_raises() -> None:
    with pytest.raises(TreeBroken):
        TileReader({(0, 0): HASHES[0]}).node(1, 0)


def test_edge_with_too_few_hashes_raises() -> None:
    with pytest.raises(TreeBroken, match="holds 1 hashes instead of 2"):
        Frontier(2, {(0, 0): HASHES[0]})


def test_tile_of_broken_length_raises() -> None:
    with pytest.raises(TreeBroken, match="whole hashes"):
        Frontier(1, {(0, 0): HASHES[0][:-1]})
