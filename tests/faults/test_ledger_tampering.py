"""Whoever owns the database can change it. Verification says where, in the order of the tree.

The ledger under attack: 600 entries, heads at 300, 500 and 600 leaves.
"""

from collections.abc import Callable
from typing import Any
from uuid import UUID

import pytest
from django.db import connection

from registry.ledger import LedgerBroken, newest_checkpoint, tree, verify
from registry.ledger.checkpoint import Checkpoint, sign
from registry.ledger.tiles import Frontier
from registry.models import LedgerCheckpoint, LedgerEntry
from registry.vault import SigningKey
from tests.factories.ledger import add_entries, grow, unguarded

pytestmark = pytest.mark.django_db


@pytest.fixture
def entries() -> list[UUID]:
    return grow(300, 200, 100)


def tamper(statement: str, *values: Any) -> int:
    """Change the tables past all guards; returns how many rows that were."""
    with unguarded() as cursor:
        cursor.execute(statement, values)
        return int(cursor.rowcount)


def found() -> tuple[int | None, UUID | None, str]:
    """Where verification sees the fault, and what it calls it."""
    with pytest.raises(LedgerBroken) as broken:
        verify()
    return broken.value.index, broken.value.entry, broken.value.detail


CHANGED = "the entry was changed, or another was put in its place"


def change_body(entry: UUID) -> None:
    changed = tamper(
        "UPDATE registry_ledgerentry SET body = replace(body, '\"income\"', '\"wealth\"') WHERE entry = %s",
        entry,
    )
    assert changed == 1


@pytest.mark.parametrize("place", [0, 255, 256, 299, 300, 599])
def test_changed_body_is_named(entries: list[UUID], place: int) -> None:
    change_body(entries[place])
    assert found() == (place, entries[place], CHANGED)


def test_first_of_several_changed_bodies_is_named(entries: list[UUID]) -> None:
    for place in (590, 301, 450):
        change_body(entries[place])
    assert found() == (301, entries[301], CHANGED)


def test_body_changed_by_white_space_is_named(entries: list[UUID]) -> None:
    tamper("UPDATE registry_ledgerentry SET body = body || ' ' WHERE entry = %s", entries[7])
    assert found() == (7, entries[7], CHANGED)


@pytest.mark.parametrize("place", [0, 255, 420, 599])
def test_removed_entry_is_named(entries: list[UUID], place: int) -> None:
    tamper("DELETE FROM registry_ledgerentry WHERE entry = %s", entries[place])
    assert found() == (place, None, "its entry was removed")


@pytest.mark.parametrize("place", [0, 255, 420])
def test_entry_removed_with_its_leaf_is_named(entries: list[UUID], place: int) -> None:
    tamper("DELETE FROM registry_ledgerleaf WHERE index = %s", place)
    tamper("DELETE FROM registry_ledgerentry WHERE entry = %s", entries[place])
    assert found() == (place, None, "its leaf was removed")


def test_removed_leaf_is_named(entries: list[UUID]) -> None:
    tamper("DELETE FROM registry_ledgerleaf WHERE index = 420")
    assert found() == (420, None, "its leaf was removed")


def test_removal_closed_up_by_renumbering_is_named(entries: list[UUID]) -> None:
    tamper("DELETE FROM registry_ledgerleaf WHERE index = 420")
    tamper("DELETE FROM registry_ledgerentry WHERE entry = %s", entries[420])
    tamper("UPDATE registry_ledgerleaf SET index = index + 1000 WHERE index > 420")
    tamper("UPDATE registry_ledgerleaf SET index = index - 1001 WHERE index > 420")
    index, entry, _ = found()
    assert (index, entry) == (420, entries[421])


def test_swapped_leaves_are_named(entries: list[UUID]) -> None:
    first, second = (LedgerEntry.objects.get(entry=entries[place]).pk for place in (10, 400))
    tamper("UPDATE registry_ledgerleaf SET entry_id = -1 WHERE index = 10")
    tamper("UPDATE registry_ledgerleaf SET entry_id = %s WHERE index = 400", first)
    tamper("UPDATE registry_ledgerleaf SET entry_id = %s WHERE index = 10", second)
    assert found() == (10, entries[400], CHANGED)


def test_entry_put_in_the_place_of_another_is_named(entries: list[UUID]) -> None:
    body = LedgerEntry.objects.get(entry=entries[10]).body.replace('"records":24', '"records":25')
    tamper("DELETE FROM registry_ledgerentry WHERE entry = %s", entries[10])
    row = LedgerEntry.objects.create(body=body)
    tamper("UPDATE registry_ledgerleaf SET entry_id = %s WHERE index = 10", row.pk)
    assert found() == (10, entries[10], CHANGED)


def test_cut_off_end_is_named_by_the_heads_left_behind(entries: list[UUID]) -> None:
    tamper("DELETE FROM registry_ledgerleaf WHERE index >= 550")
    tamper("DELETE FROM registry_ledgerentry WHERE entry = ANY(%s)", entries[550:])
    expected = "leaf 550 is missing: the checkpoint of 600 leaves says there are 600"
    assert found() == (550, None, expected)


def test_end_cut_off_to_an_earlier_head_is_named_by_one_kept_elsewhere(entries: list[UUID]) -> None:
    head = newest_checkpoint()
    assert head is not None
    cut_to_500(entries)
    assert verify().leaves == 500  # nothing inside can tell: that is what keeping heads elsewhere is for
    with pytest.raises(LedgerBroken, match="kept elsewhere says there are 600") as broken:
        verify(known=[head.note])
    assert broken.value.index == 500


def cut_to_500(entries: list[UUID]) -> None:
    """Put the whole ledger back to what it was at 500 leaves, tiles and heads included."""
    tamper("DELETE FROM registry_ledgerleaf WHERE index >= 500")
    tamper("DELETE FROM registry_ledgerentry WHERE entry = ANY(%s)", entries[500:])
    tamper("DELETE FROM registry_ledgercheckpoint WHERE size > 500")
    tamper("DELETE FROM registry_ledgertile WHERE (level, number) = (0, 2)")
    tamper(
        "UPDATE registry_ledgertile SET hashes = substr(hashes, 1, 32 * 244) WHERE (level, number) = (0, 1)"
    )
    tamper("UPDATE registry_ledgertile SET hashes = substr(hashes, 1, 32) WHERE level = 1")


def test_another_history_after_a_cut_is_named_by_a_head_kept_elsewhere(entries: list[UUID]) -> None:
    kept = list(LedgerCheckpoint.objects.filter(size__gte=500).values_list("note", flat=True))
    cut_to_500(entries)
    grow(100)
    assert verify().leaves == 600
    with pytest.raises(LedgerBroken, match="do not lead to the checkpoint kept elsewhere") as broken:
        verify(known=kept)
    assert broken.value.index == 500


def test_whole_tree_rebuilt_over_a_changed_body_is_named_by_its_range(entries: list[UUID]) -> None:
    change_body(entries[350])
    rebuild_tiles()
    index, _, detail = found()
    assert (index, detail) == (300, "leaves from here to 499 do not lead to the checkpoint of 500 leaves")


def rebuild_tiles() -> None:
    """Tiles as they would be, had the bodies always been what they are now."""
    bodies = LedgerEntry.objects.order_by("leaf__index").values_list("body", flat=True)
    edge = Frontier()
    full = edge.add(tree.leaf_hash(body.encode()) for body in bodies)
    for (level, number), hashes in (full | edge.unfinished()).items():
        tamper(
            "UPDATE registry_ledgertile SET hashes = %s WHERE (level, number) = (%s, %s)",
            hashes,
            level,
            number,
        )


def test_changed_leaf_tile_is_named_as_tile(entries: list[UUID]) -> None:
    tamper(
        "UPDATE registry_ledgertile SET hashes = set_byte(hashes, 320, 255 - get_byte(hashes, 320))"
        " WHERE (level, number) = (0, 1)"
    )
    assert found() == (266, entries[266], "the entry is sound, but its tile holds another hash of it")


def test_changed_upper_tile_is_named_as_tile(entries: list[UUID]) -> None:
    tamper(
        "UPDATE registry_ledgertile SET hashes = set_byte(hashes, 32, 255 - get_byte(hashes, 32))"
        " WHERE level = 1"
    )
    assert found() == (0, entries[0], "tile 1/0 is missing or was changed")


def test_removed_upper_tile_is_named(entries: list[UUID]) -> None:
    tamper("DELETE FROM registry_ledgertile WHERE level = 1")
    assert found() == (0, entries[0], "tile 1/0 is missing or was changed")


def test_removed_leaf_tile_is_named(entries: list[UUID]) -> None:
    tamper("DELETE FROM registry_ledgertile WHERE (level, number) = (0, 2)")
    assert found()[0] == 512


def test_tile_beyond_the_tree_is_named(entries: list[UUID]) -> None:
    tamper("INSERT INTO registry_ledgertile (level, number, hashes) VALUES (0, 9, %s)", bytes(32))
    assert found() == (600, None, "there are tiles beyond the tree")


def test_hashes_beyond_the_edge_of_a_tile_are_named(entries: list[UUID]) -> None:
    tamper("UPDATE registry_ledgertile SET hashes = hashes || %s WHERE (level, number) = (0, 2)", bytes(32))
    assert found()[2] == "tile 0/2 is missing or was changed"


def test_edited_head_is_named(entries: list[UUID]) -> None:
    other = Checkpoint("testserver/ledger", 500, bytes(32)).text().split("\n")[2]
    tamper(
        "UPDATE registry_ledgercheckpoint"
        " SET note = replace(note, split_part(note, chr(10), 3), %s) WHERE size = 500",
        other,
    )
    assert found()[2].startswith("the checkpoint of 500 leaves does not hold")


def test_head_signed_by_a_stranger_is_named(entries: list[UUID]) -> None:
    note = sign(Checkpoint("testserver/ledger", 500, bytes(32)), SigningKey.generate())
    tamper("UPDATE registry_ledgercheckpoint SET note = %s WHERE size = 500", note)
    assert (
        found()[2] == "the checkpoint of 500 leaves does not hold: no trusted key has signed this checkpoint"
    )


def test_removed_newest_head_is_named(entries: list[UUID]) -> None:
    tamper("DELETE FROM registry_ledgercheckpoint WHERE size = 600")
    assert found() == (500, entries[500], "leaf 500 lies beyond the newest checkpoint")


def test_all_heads_removed_is_named(entries: list[UUID]) -> None:
    tamper("DELETE FROM registry_ledgercheckpoint")
    assert found() == (0, entries[0], "leaf 0 lies beyond the newest checkpoint")


def test_entry_slipped_past_the_queue_is_named(entries: list[UUID]) -> None:
    (waiting,) = add_entries(1)
    tamper("DELETE FROM registry_ledgerpending")
    assert found() == (None, waiting, "the entry is neither in the tree nor in the queue, or in both")


def test_entry_queued_again_is_named(entries: list[UUID]) -> None:
    row = LedgerEntry.objects.get(entry=entries[5]).pk
    tamper("INSERT INTO registry_ledgerpending (entry_id) VALUES (%s)", row)
    assert found()[:2] == (None, entries[5])


def test_leaf_added_by_hand_is_named(entries: list[UUID]) -> None:
    (extra,) = add_entries(1)
    row = LedgerEntry.objects.get(entry=extra).pk
    tamper("INSERT INTO registry_ledgerleaf (index, entry_id) VALUES (600, %s)", row)
    assert found() == (600, extra, "leaf 600 lies beyond the newest checkpoint")


def disable_trigger() -> None:
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE registry_ledgerentry DISABLE TRIGGER ledger_no_change")


def free_column() -> None:
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE registry_ledgerentry ALTER COLUMN subject DROP EXPRESSION")


@pytest.mark.parametrize(
    ("attack", "guard"),
    [
        (disable_trigger, "registry_ledgerentry.ledger_no_change"),
        (free_column, "registry_ledgerentry.subject"),
    ],
)
def test_guard_left_off_is_named(entries: list[UUID], attack: Callable[[], None], guard: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
    attack()
    assert found() == (None, None, f"the tables are unguarded: {guard} is missing or disabled")
