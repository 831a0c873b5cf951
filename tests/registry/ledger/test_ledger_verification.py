"""A sound ledger verifies, whatever its size and whoever writes to it meanwhile."""

import pytest

from registry.ledger import LedgerBroken, newest_checkpoint, tree, verify
from registry.ledger.checkpoint import Checkpoint, sign
from registry.vault import SigningKey
from tests.factories.ledger import add_entries, elsewhere, grow

pytestmark = pytest.mark.django_db


def note() -> str:
    head = newest_checkpoint()
    assert head is not None
    return head.note


def test_ledger_without_anything_verifies() -> None:
    found = verify()
    assert (found.leaves, found.waiting, found.checkpoints, found.root) == (0, 0, 0, tree.EMPTY_ROOT)


@pytest.mark.parametrize("steps", [(1,), (0, 1), (255, 1), (256,), (257,), (100, 155, 1, 1, 300), (600, 5)])
def test_sound_ledger_verifies(steps: tuple[int, ...]) -> None:
    grow(*steps)
    found = verify()
    assert (found.leaves, found.checkpoints) == (sum(steps), len(steps))


def test_waiting_entries_are_counted() -> None:
    grow(3)
    add_entries(2)
    assert verify().waiting == 2


def test_leaves_beyond_one_piece_verify_and_progress_is_told() -> None:
    grow(5000, 3200)
    told: list[tuple[int, int]] = []
    assert verify(progress=lambda done, total: told.append((done, total))).leaves == 8200
    assert told == [(8192, 8200), (8200, 8200)]


def test_kept_checkpoints_are_met() -> None:
    kept = []
    for step in (3, 300, 5):
        grow(step)
        kept.append(note())
    assert verify(known=kept[::-1]).checkpoints == 3


def test_kept_checkpoint_of_another_ledger_is_refused() -> None:
    grow(3)
    stranger = sign(Checkpoint("testserver/ledger", 3, bytes(32)), SigningKey.generate())
    with pytest.raises(LedgerBroken, match="kept elsewhere does not hold"):
        verify(known=[stranger])


@pytest.mark.django_db(transaction=True)
def test_entries_of_others_do_not_disturb_a_running_verification() -> None:
    grow(8192, 300)

    def grow_meanwhile(done: int, total: int) -> None:
        if done == 8192:
            elsewhere(lambda: grow(10))

    assert verify(progress=grow_meanwhile).leaves == 8492
    assert verify().leaves == 8502
