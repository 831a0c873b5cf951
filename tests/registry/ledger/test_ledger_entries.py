"""Appending: in the acting transaction, or not at all."""

from contextlib import suppress
from datetime import UTC, datetime
from uuid import UUID, uuid4

import pytest
from django.db import DataError, IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext

from registry.ledger import Event, NewEntry, append, append_many
from registry.ledger.errors import EntryRefused, TransactionRequired
from registry.models import LedgerEntry, LedgerPending
from tests.factories.ledger import AT, act, add_entries

pytestmark = pytest.mark.django_db


def append_one(**changes: object) -> UUID:
    fields = {"by": "system:test", "at": AT} | changes
    return append(Event.CONSENT_WITHDRAWN, **fields)  # type: ignore[arg-type]  # fields are as append names them


def test_entry_has_columns_from_its_body() -> None:
    subject, organisation = uuid4(), uuid4()
    entry = append_one(subject=subject, organisation=organisation, details={"records": 3})
    row = LedgerEntry.objects.get(entry=entry)
    found = (row.event, row.subject, row.organisation, row.at)
    assert found == (Event.CONSENT_WITHDRAWN, subject, organisation, AT)


def test_entry_keeps_microseconds_and_gives_them_back_in_utc() -> None:
    at = datetime.fromisoformat("2026-11-24T17:30:59.000001+08:00")
    row = LedgerEntry.objects.get(entry=append_one(at=at))
    assert row.at == at
    assert '"at":"2026-11-24T09:30:59.000001Z"' in row.body


def test_entry_without_subject_and_organisation_has_none() -> None:
    row = LedgerEntry.objects.get(entry=append_one())
    assert (row.subject, row.organisation) == (None, None)


def test_entry_waits_for_the_tree() -> None:
    entry = append_one()
    assert list(LedgerPending.objects.values_list("entry__entry", flat=True)) == [entry]


def test_many_entries_keep_their_order() -> None:
    entries = add_entries(300)
    assert list(LedgerEntry.objects.order_by("id").values_list("entry", flat=True)) == entries


def test_many_entries_take_one_statement() -> None:
    with CaptureQueriesContext(connection) as few:
        append_many([act()])
    with CaptureQueriesContext(connection) as many:
        append_many([act() for _ in range(300)])
    assert (len(few), len(many)) == (1, 1)


def test_no_entries_take_no_statement() -> None:
    with CaptureQueriesContext(connection) as queries:
        assert append_many([]) == []
    assert len(queries) == 0


def test_one_refused_entry_keeps_the_others_out() -> None:
    wrong = NewEntry(Event.REPORT_READ, "system:test", AT, details={"name": "x"})
    with pytest.raises(EntryRefused):
        append_many([act(), wrong])
    assert LedgerEntry.objects.count() == 0


def test_entry_of_an_act_that_fails_is_gone() -> None:
    with suppress(ZeroDivisionError), transaction.atomic():
        append_one()
        _ = 1 / 0  # the act fails
    assert LedgerEntry.objects.count() + LedgerPending.objects.count() == 0


@pytest.mark.django_db(transaction=True)
def test_append_outside_a_transaction_is_refused() -> None:
    with pytest.raises(TransactionRequired):
        append_one()
    assert LedgerEntry.objects.count() == 0


def test_refusing_ledger_refuses(refusing_ledger: None) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        append_one()
    assert LedgerEntry.objects.count() == 0


@pytest.mark.parametrize(
    "body",
    [
        "not json",
        "{}",
        '{"at":"2026-11-24T09:30:00.123456Z","event":"report_read"}',
        '{"at":"yesterday and some longer time","entry":"7b0c6a3e-6f0e-4d19-9a5b-2f43b1b3c0de","event":"x"}',
    ],
)
def test_body_without_its_parts_is_refused_by_the_database(body: str) -> None:
    with pytest.raises((DataError, IntegrityError)), transaction.atomic():
        LedgerEntry.objects.create(body=body)


def test_same_entry_twice_is_refused_by_the_database() -> None:
    row = LedgerEntry.objects.get(entry=append_one())
    with pytest.raises(IntegrityError), transaction.atomic():
        LedgerEntry.objects.create(body=row.body)


def test_entries_of_a_subject_are_found_in_order() -> None:
    subject = uuid4()
    with transaction.atomic():
        first, _, last = append_many([act(subject=subject), act(), act(subject=subject)])
    found = LedgerEntry.objects.filter(subject=subject).order_by("id").values_list("entry", flat=True)
    assert list(found) == [first, last]


def test_time_zone_of_the_session_changes_nothing() -> None:
    entry = append_one(at=datetime(2026, 1, 1, tzinfo=UTC))
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL TIME ZONE 'America/Lima'")
        cursor.execute(
            "SELECT at = '2026-01-01T00:00:00Z' FROM registry_ledgerentry WHERE entry = %s", [entry]
        )
        assert cursor.fetchone() == (True,)
