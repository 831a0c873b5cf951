"""Records end with their consent or on their day, and hold nothing afterwards."""

from datetime import date, timedelta
from io import StringIO
from uuid import UUID, uuid4

import pytest
from django.core.management import CommandError, call_command
from django.db import transaction
from django.utils import timezone

from registry import profiles
from registry.models import LedgerEntry, Record
from registry.tasks import expire_records
from tests.factories import residents as make

pytestmark = pytest.mark.django_db

LATE = {"due_on": "2021-11-20", "paid_on": "2021-11-25"}
LAST_DAY = date(2026, 11, 24)


@pytest.fixture
def furnisher() -> UUID:
    return make.make_organisation().id


@pytest.fixture
def who(furnisher: UUID) -> UUID:
    return make.make_resident(1, organisation=furnisher)


def expire(on: date) -> int:
    return profiles.expire(on=on, by="system:retention", at=make.AT)


def rows() -> list[tuple[str, str, int]]:
    """Period, status and length of what is sealed, by period."""
    found = Record.objects.order_by("period", "received_at", "status")
    return [(row.period, row.status, len(row.sealed)) for row in found]


class TestWithdrawal:
    def test_records_of_the_consent_end_and_are_emptied_at_once(self, who: UUID, furnisher: UUID) -> None:
        mine, other = uuid4(), uuid4()
        make.store(
            make.bill(who, "2026-01", consent=mine),
            make.bill(who, "2026-02", consent=mine),
            make.bill(who, "2026-03", consent=other),
            organisation=furnisher,
        )
        assert profiles.withdraw(consent_ids=[mine], by=make.BY, at=make.AT) == 2
        assert [row[:2] for row in rows()] == [
            ("2026-01", "withdrawn"),
            ("2026-02", "withdrawn"),
            ("2026-03", "active"),
        ]
        held = Record.objects.filter(consent_id=mine).values_list("sealed", "natural", "content")
        assert [bytes(value) for row in held for value in row] == [b""] * 6
        assert [record.period for record in make.read(who).records] == ["2026-03"]

    def test_history_of_the_consent_is_emptied_with_it(self, who: UUID, furnisher: UUID) -> None:
        consent = uuid4()
        for amount in ("1.00", "2.00"):
            make.store(make.bill(who, "2026-01", amount, consent=consent), organisation=furnisher)
        assert profiles.withdraw(consent_ids=[consent], by=make.BY, at=make.AT) == 2
        assert sorted(rows()) == [("2026-01", "corrected", 0), ("2026-01", "withdrawn", 0)]

    def test_withdrawal_leaves_an_entry_and_none_where_nothing_ended(
        self, who: UUID, furnisher: UUID
    ) -> None:
        consent = uuid4()
        make.store(make.bill(who, "2026-01", consent=consent), organisation=furnisher)
        for _ in range(2):
            profiles.withdraw(consent_ids=[consent], by=make.BY, at=make.AT)
        entry = LedgerEntry.objects.get(event="records_withdrawn")
        assert f'"details":{{"consent":"{consent}","records":1}}' in entry.body

    def test_withdrawal_without_its_entry_ends_nothing(
        self, who: UUID, furnisher: UUID, request: pytest.FixtureRequest
    ) -> None:
        consent = uuid4()
        make.store(make.bill(who, "2026-01", consent=consent), organisation=furnisher)
        request.getfixturevalue("refusing_ledger")
        with pytest.raises(Exception, match="append-only"), transaction.atomic():
            profiles.withdraw(consent_ids=[consent], by=make.BY, at=make.AT)
        assert rows()[0][1] == "active"


class TestRetention:
    def test_record_ends_on_its_day_and_not_before(self, who: UUID, furnisher: UUID) -> None:
        make.store(make.bill(who, "2021-10", **LATE), organisation=furnisher)
        assert expire(LAST_DAY) == 0
        assert rows()[0][1] == "active"
        assert expire(LAST_DAY + timedelta(days=1)) == 1
        assert rows() == [("2021-10", "expired", 0)]

    def test_only_negative_records_of_ended_events_end(self, who: UUID, furnisher: UUID) -> None:
        make.store(
            make.bill(who, "2010-01"),
            make.bill(who, "2010-02", status="unpaid"),
            make.bill(who, "2021-10", **LATE),
            organisation=furnisher,
        )
        assert expire(date(2099, 1, 1)) == 1
        assert [row[1] for row in rows()] == ["active", "active", "expired"]

    def test_disputed_record_ends_on_its_day_too(self, who: UUID, furnisher: UUID) -> None:
        make.store(make.bill(who, "2021-10", **LATE), organisation=furnisher)
        Record.objects.update(status="disputed")
        assert expire(LAST_DAY + timedelta(days=1)) == 1
        assert rows() == [("2021-10", "expired", 0)]

    def test_negative_history_is_emptied_though_what_stands_is_not_negative(
        self, who: UUID, furnisher: UUID
    ) -> None:
        make.store(make.bill(who, "2021-10", **LATE), organisation=furnisher)
        make.store(make.bill(who, "2021-10"), organisation=furnisher)
        assert expire(LAST_DAY + timedelta(days=1)) == 1
        assert sorted(row[1:] for row in rows() if row[2] == 0) == [("corrected", 0)]
        assert len(make.read(who).records) == 1

    def test_sweep_leaves_an_entry_and_none_where_nothing_was_due(self, who: UUID, furnisher: UUID) -> None:
        make.store(make.bill(who, "2021-10", **LATE), organisation=furnisher)
        for _ in range(2):
            expire(LAST_DAY + timedelta(days=1))
        entry = LedgerEntry.objects.get(event="records_expired")
        assert '"details":{"reason":"retention","records":1}' in entry.body

    def test_sweep_without_its_entry_ends_nothing(
        self, who: UUID, furnisher: UUID, request: pytest.FixtureRequest
    ) -> None:
        make.store(make.bill(who, "2021-10", **LATE), organisation=furnisher)
        request.getfixturevalue("refusing_ledger")
        with pytest.raises(Exception, match="append-only"), transaction.atomic():
            expire(LAST_DAY + timedelta(days=1))
        assert rows()[0][1] == "active"

    def test_task_ends_what_is_due_today(self, who: UUID, furnisher: UUID) -> None:
        make.store(make.bill(who, "2021-10", **LATE), make.bill(who, "2026-01"), organisation=furnisher)
        Record.objects.filter(period="2021-10").update(retained_until=timezone.localdate())
        assert expire_records() == 1
        assert expire_records() == 0
        assert [row[1] for row in rows()] == ["expired", "active"]


class TestCommand:
    def run(self, *arguments: str) -> str:
        out = StringIO()
        call_command("retention_sweep", *arguments, stdout=out)
        return out.getvalue()

    def test_command_ends_what_is_due_today(self, who: UUID, furnisher: UUID) -> None:
        make.store(make.bill(who, "2021-10", **LATE), organisation=furnisher)
        Record.objects.update(retained_until=timezone.localdate())
        assert self.run() == "1 record(s) ended.\n"

    def test_command_as_of_an_earlier_day_leaves_later_ones(self, who: UUID, furnisher: UUID) -> None:
        make.store(make.bill(who, "2021-10", **LATE), organisation=furnisher)
        Record.objects.update(retained_until=timezone.localdate())
        yesterday = timezone.localdate() - timedelta(days=1)
        assert self.run("--on", yesterday.isoformat()) == "0 record(s) ended.\n"

    def test_command_refuses_a_day_that_has_not_come(self, who: UUID, furnisher: UUID) -> None:
        make.store(make.bill(who, "2021-10", **LATE), organisation=furnisher)
        Record.objects.update(retained_until=timezone.localdate() + timedelta(days=1))
        with pytest.raises(CommandError, match="has not come yet"):
            self.run("--on", (timezone.localdate() + timedelta(days=1)).isoformat())
        assert rows()[0][1] == "active"
