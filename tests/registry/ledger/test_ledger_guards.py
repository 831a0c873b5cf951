"""What the tables refuse by themselves."""

import pytest
from django.db import IntegrityError, ProgrammingError, connection, transaction

from registry.ledger.guards import COMPUTED, TRIGGERS, missing_guard
from tests.factories.ledger import TABLES, add_entries, grow, unguarded

pytestmark = pytest.mark.django_db

REFUSED = (
    "UPDATE registry_ledgerentry SET body = body",
    "UPDATE registry_ledgerentry SET body = replace(body, 'income', 'wealth')",
    "DELETE FROM registry_ledgerentry",
    "UPDATE registry_ledgerleaf SET index = index + 100",
    "DELETE FROM registry_ledgerleaf",
    "UPDATE registry_ledgercheckpoint SET at = now()",
    "DELETE FROM registry_ledgercheckpoint",
    "UPDATE registry_ledgertile SET hashes = substr(hashes, 1, 32)",
    "UPDATE registry_ledgertile SET hashes = hashes",
    "UPDATE registry_ledgertile SET hashes = substr(hashes, 2) || substr(hashes, 1, 1) || hashes",
    "UPDATE registry_ledgertile SET hashes = hashes || hashes, number = number + 1",
    "DELETE FROM registry_ledgertile",
    "UPDATE registry_ledgerpending SET entry_id = entry_id",
    "DELETE FROM registry_ledgerpending",
)


def run(statement: str) -> None:
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute(statement)


@pytest.fixture
def tree() -> None:
    grow(3)
    add_entries(1)


@pytest.mark.parametrize("statement", REFUSED)
def test_change_and_removal_are_refused(tree: None, statement: str) -> None:
    with pytest.raises(IntegrityError):
        run(statement)


@pytest.mark.parametrize("table", TABLES)
def test_emptying_a_table_is_refused(tree: None, table: str) -> None:
    with pytest.raises(IntegrityError, match="TRUNCATE refused"):
        run(f"TRUNCATE registry_{table} CASCADE")


def test_tile_may_grow(tree: None) -> None:
    run("UPDATE registry_ledgertile SET hashes = hashes || substr(hashes, 1, 32)")


def test_computed_column_cannot_be_written(tree: None) -> None:
    with pytest.raises(ProgrammingError, match="generated column"):
        run("INSERT INTO registry_ledgerentry (body, event) SELECT body, 'x' FROM registry_ledgerentry")


def test_all_guards_are_in_force() -> None:
    assert missing_guard() is None


@pytest.mark.parametrize(("table", "trigger"), sorted(TRIGGERS))
def test_disabled_trigger_is_noticed(table: str, trigger: str) -> None:
    run(f"ALTER TABLE {table} DISABLE TRIGGER {trigger}")
    assert missing_guard() == f"{table}.{trigger}"


@pytest.mark.parametrize(("table", "column"), sorted(COMPUTED))
def test_column_no_longer_computed_is_noticed(table: str, column: str) -> None:
    run(f"ALTER TABLE {table} ALTER COLUMN {column} DROP EXPRESSION")
    assert missing_guard() == f"{table}.{column}"


def test_unguarded_leaves_the_guards_in_force(tree: None) -> None:
    with unguarded("ledgerentry") as cursor:
        cursor.execute("UPDATE registry_ledgerentry SET body = replace(body, 'income', 'wealth')")
        assert cursor.rowcount == 4
    assert missing_guard() is None
