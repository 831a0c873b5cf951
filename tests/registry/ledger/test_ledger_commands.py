"""manage.py verify_ledger and manage.py checkpoint."""

from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from registry.ledger import newest_checkpoint
from registry.models import LedgerLeaf
from tests.factories.ledger import add_entries, grow, unguarded

pytestmark = pytest.mark.django_db


def run(command: str, *arguments: str) -> str:
    out = StringIO()
    call_command(command, *arguments, stdout=out, stderr=StringIO())
    return out.getvalue()


def test_verify_says_what_it_found() -> None:
    grow(300, 2)
    add_entries(1)
    told = run("verify_ledger")
    assert told.startswith("Ledger verified: 302 entries, 2 checkpoints in ")
    assert "1 entries wait" in told


def test_verify_of_a_changed_entry_fails_and_names_it() -> None:
    entries = grow(5)
    with unguarded() as cursor:
        cursor.execute(
            "UPDATE registry_ledgerentry SET body = replace(body, 'income', 'wealth') WHERE entry = %s",
            [entries[3]],
        )
    with pytest.raises(CommandError, match=f"LEDGER BROKEN: index 3, entry {entries[3]}") as failed:
        run("verify_ledger")
    assert failed.value.returncode == 1


def test_checkpoint_sequences_and_prints_the_note() -> None:
    add_entries(2)
    told = run("checkpoint")
    head = newest_checkpoint()
    assert head is not None
    assert (told, head.size) == (head.note, 2)
    assert LedgerLeaf.objects.count() == 2


def test_checkpoint_kept_in_a_file_verifies_later(tmp_path: Path) -> None:
    add_entries(2)
    kept = tmp_path / "checkpoint"
    run("checkpoint", "--out", str(kept))
    grow(3)
    assert "1 kept elsewhere" in run("verify_ledger", "--checkpoint", str(kept))


def test_kept_checkpoint_that_is_not_there_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(CommandError, match="cannot be read"):
        run("verify_ledger", "--checkpoint", str(tmp_path / "none"))
