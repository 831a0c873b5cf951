"""Ledgers to test with: entries, a tree with several checkpoints, one that refuses, one left unguarded."""

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.db import connection, transaction
from django.db.backends.postgresql.operations import DatabaseOperations

from registry import keys
from registry.ledger import Event, NewEntry, append_many, sequence

AT = datetime(2026, 11, 24, 9, 30, tzinfo=UTC)
TABLES = ("ledgerpending", "ledgerleaf", "ledgertile", "ledgercheckpoint", "ledgerentry")


def act(**changes: Any) -> NewEntry:
    """Some consequential act."""
    fields: dict[str, Any] = {
        "event": Event.REPORT_READ,
        "by": f"organisation:{uuid4()}",
        "at": AT,
        "subject": uuid4(),
        "organisation": uuid4(),
        "details": {"purpose": "credit_application", "categories": ["income", "residence"], "records": 24},
    }
    return NewEntry(**fields | changes)


def add_entries(count: int) -> list[UUID]:
    """So many entries in one transaction; they wait for the sequencer."""
    with transaction.atomic():
        return append_many([act() for _ in range(count)])


def grow(*steps: int) -> list[UUID]:
    """A tree that was sequenced, and its head signed, after each of these steps; ids in order."""
    entries = []
    for number, count in enumerate(steps):
        entries += add_entries(count)
        sequence(at=AT + timedelta(minutes=number))
    return entries


def elsewhere(call: Callable[[], Any]) -> Any:
    """The result of a call on a connection of its own, committed before this returns."""

    def run() -> Any:
        try:
            return call()
        finally:
            connection.close()

    with ThreadPoolExecutor(1) as pool:
        return pool.submit(run).result()


@contextmanager
def unguarded(*tables: str) -> Iterator[Any]:
    """A cursor for which the ledger's triggers and foreign keys do not exist, as for the tables' owner."""
    chosen = tables or TABLES
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        dropped = _drop_foreign_keys(cursor)
        for table in chosen:
            cursor.execute(f"ALTER TABLE registry_{table} DISABLE TRIGGER USER")
        yield cursor
        for table in chosen:
            cursor.execute(f"ALTER TABLE registry_{table} ENABLE TRIGGER USER")
        for table, name, definition in dropped:
            cursor.execute(f"ALTER TABLE {table} ADD CONSTRAINT {name} {definition}")


_FOREIGN_KEYS = """
SELECT conrelid::regclass::text, quote_ident(conname),
       replace(pg_get_constraintdef(oid), ' NOT VALID', '') || ' NOT VALID'
FROM pg_constraint WHERE contype = 'f' AND confrelid = 'registry_ledgerentry'::regclass
"""


def _drop_foreign_keys(cursor: Any) -> Sequence[tuple[str, str, str]]:
    cursor.execute(_FOREIGN_KEYS)
    found = cursor.fetchall()
    for table, name, _ in found:
        cursor.execute(f"ALTER TABLE {table} DROP CONSTRAINT {name}")
    return found


@pytest.fixture
def refusing_ledger(db: None) -> Iterator[None]:
    """A ledger that takes no entry: what an act without its record must look like can be seen with it."""
    with connection.cursor() as cursor:
        cursor.execute(
            "CREATE TRIGGER test_refuses BEFORE INSERT ON registry_ledgerentry"
            " FOR EACH ROW EXECUTE FUNCTION registry_ledger_refuse()"
        )
    yield
    if not connection.needs_rollback:
        with connection.cursor() as cursor:
            cursor.execute("DROP TRIGGER test_refuses ON registry_ledgerentry")


@pytest.fixture(autouse=True, scope="session")
def flush_past_guards() -> Iterator[None]:
    """Let Django empty the tables between transactional tests; append-only ones refuse it otherwise."""
    flush = DatabaseOperations.execute_sql_flush

    def flush_unguarded(operations: DatabaseOperations, statements: Sequence[str]) -> None:
        with transaction.atomic(using=operations.connection.alias):
            with operations.connection.cursor() as cursor:
                guarded = _guarded_tables(cursor)
                for table in guarded:
                    cursor.execute(f"ALTER TABLE {table} DISABLE TRIGGER USER")
            flush(operations, statements)
            with operations.connection.cursor() as cursor:
                for table in guarded:
                    cursor.execute(f"ALTER TABLE {table} ENABLE TRIGGER USER")
        keys.forget()  # the table of wrapped keys is empty now

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(DatabaseOperations, "execute_sql_flush", flush_unguarded)
        yield


def _guarded_tables(cursor: Any) -> list[str]:
    cursor.execute("SELECT DISTINCT tgrelid::regclass::text FROM pg_trigger WHERE NOT tgisinternal")
    return [table for (table,) in cursor.fetchall()]
