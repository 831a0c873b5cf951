"""From the queue into the tree."""

import pytest
from django.db import transaction
from pytest_django import Settings

from registry import keys
from registry.keys import rows
from registry.keys.opened import keyring, process
from registry.ledger import newest_checkpoint, sequence, tree
from registry.ledger.checkpoint import Checkpoint, open_note, sign
from registry.ledger.entries import append_many
from registry.ledger.errors import NoteBroken, TreeBroken
from registry.ledger.heads import trusted_keys
from registry.ledger.sequencing import BATCH
from registry.ledger.tasks import sequence_entries
from registry.models import LedgerCheckpoint, LedgerEntry, LedgerLeaf, LedgerPending, LedgerTile
from registry.vault import SigningKey
from tests.factories.ledger import AT, act, add_entries, grow, unguarded

pytestmark = pytest.mark.django_db


def signed_head() -> Checkpoint:
    head = newest_checkpoint()
    assert head is not None
    return open_note(head.note, publics=trusted_keys())


def leaf_entries() -> list[object]:
    return list(LedgerLeaf.objects.order_by("index").values_list("entry__entry", flat=True))


def test_entries_take_consecutive_places_in_order() -> None:
    entries = grow(3, 2)
    assert list(LedgerLeaf.objects.order_by("index").values_list("index", flat=True)) == [0, 1, 2, 3, 4]
    assert leaf_entries() == entries


def test_sequenced_entries_leave_the_queue() -> None:
    add_entries(3)
    assert sequence(at=AT) == 3
    assert LedgerPending.objects.count() == 0


def test_head_signs_the_root_over_the_bodies() -> None:
    grow(300, 7)
    bodies = LedgerEntry.objects.order_by("leaf__index").values_list("body", flat=True)
    hashes = [tree.leaf_hash(body.encode()) for body in bodies]
    expected = tree.root(
        size=307, node=lambda height, index: tree.complete_root(hashes[index << height : index + 1 << height])
    )
    assert signed_head() == Checkpoint("testserver/ledger", 307, expected)


def test_tiles_are_full_or_at_the_edge() -> None:
    grow(250, 10)
    widths = {(tile.level, tile.number): len(tile.hashes) // 32 for tile in LedgerTile.objects.all()}
    assert widths == {(0, 0): 256, (0, 1): 4, (1, 0): 1}


def test_empty_ledger_gets_a_signed_head_of_no_leaves() -> None:
    assert sequence(at=AT) == 0
    assert signed_head() == Checkpoint("testserver/ledger", 0, tree.EMPTY_ROOT)


def test_nothing_new_makes_no_new_head() -> None:
    grow(2)
    assert sequence(at=AT) == 0
    assert LedgerCheckpoint.objects.count() == 1


def test_queue_longer_than_a_batch_is_emptied() -> None:
    count = BATCH + 5
    with transaction.atomic():
        append_many([act()] * count)
    assert sequence(at=AT) == count
    assert list(LedgerCheckpoint.objects.order_by("size").values_list("size", flat=True)) == [BATCH, count]


def test_origin_stays_when_the_site_moves(settings: Settings) -> None:
    grow(1)
    settings.BASE_URL = "https://elsewhere.example"
    grow(1)
    assert signed_head().origin == "testserver/ledger"


def test_task_sequences() -> None:
    add_entries(2)
    assert sequence_entries() == 2


def test_tree_that_lost_a_tile_is_not_built_upon() -> None:
    grow(3)
    add_entries(1)
    with unguarded() as cursor:
        cursor.execute("DELETE FROM registry_ledgertile")
    with pytest.raises(TreeBroken):
        sequence(at=AT)
    assert (LedgerPending.objects.count(), LedgerCheckpoint.objects.count()) == (1, 1)


def test_tree_with_a_changed_tile_is_not_built_upon() -> None:
    grow(3)
    add_entries(1)
    with unguarded() as cursor:
        cursor.execute(
            "UPDATE registry_ledgertile SET hashes = set_byte(hashes, 0, 255 - get_byte(hashes, 0))"
        )
    with pytest.raises(TreeBroken):
        sequence(at=AT)
    assert LedgerPending.objects.count() == 1


def test_head_signed_by_a_stranger_is_not_built_upon() -> None:
    grow(3)
    add_entries(1)
    head = signed_head()
    note = sign(Checkpoint(head.origin, head.size, bytes(32)), SigningKey.generate())
    with unguarded() as cursor:
        cursor.execute("UPDATE registry_ledgercheckpoint SET note = %s", [note])
    with pytest.raises(NoteBroken):
        sequence(at=AT)
    assert LedgerPending.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_key_rotated_by_another_process_is_taken_up() -> None:
    entries = add_entries(3)
    old = keys.signing_key("ledger")
    secret = bytes(range(32))
    wrapped = keyring().wrap(secret, context=rows.system_context("sign.ledger", 2))
    rows.add_system("sign.ledger", 2, wrapped)
    keys.forget()
    sequence(at=AT)  # as the other process does, with the new key
    process.system["sign.ledger"] = (old,)
    entries += add_entries(1)
    sequence(at=AT)
    assert leaf_entries() == entries
    assert keys.signing_key("ledger").public == SigningKey(secret).public
