"""Opening a profile: only what was asked for, only what may be shown, never without a trace."""

from datetime import date, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from pytest_django import DjangoAssertNumQueries

from api.assembly.records import OpenRecord as Expected
from registry import keys, profiles, residents
from registry.errors import NotFound
from registry.ledger import Event
from registry.ledger.errors import TransactionRequired
from registry.models import Inquiry, LedgerEntry, Record
from registry.profiles import Reader
from registry.vault import BlindIndexer
from tests.factories import residents as make
from tests.factories.notices import delivered

pytestmark = pytest.mark.django_db


@pytest.fixture
def furnisher() -> UUID:
    return make.make_organisation().id


@pytest.fixture
def who(furnisher: UUID) -> UUID:
    return make.make_resident(1, organisation=furnisher)


def months(count: int) -> list[str]:
    return [f"{2024 + n // 12}-{n % 12 + 1:02d}" for n in range(count)]


def test_record_opens_as_it_was_stored(who: UUID, furnisher: UUID) -> None:
    consent = uuid4()
    new = make.bill(who, "2026-03", consent=consent, due_on="2026-04-20", paid_on="2026-04-12")
    (stored,) = make.store(new, organisation=furnisher)
    (record,) = make.read(who).records
    told = Record.objects.select_related("organisation").get()
    assert record == profiles.OpenRecord(
        id=stored.record_id,
        type="bill",
        category="utility_payments",
        organisation_id=furnisher,
        organisation_name=told.organisation.name,
        organisation_name_en=told.organisation.name_en,
        status="active",
        received_at=make.AT,
        period="2026-03",
        consent_id=consent,
        fields=dict(new.fields),
    )


def test_record_has_all_that_a_report_needs(who: UUID, furnisher: UUID) -> None:
    make.store(make.bill(who, "2026-03"), organisation=furnisher)
    record: Expected = make.read(who).records[0]
    for name in (name for name in vars(Expected) if not name.startswith("_")):
        assert getattr(record, name) is not None


def test_only_categories_asked_for_are_opened(who: UUID, furnisher: UUID) -> None:
    """Those of others are not even touched: a broken one among them is not noticed."""
    make.store(make.bill(who, "2026-01"), make.wage(who, "2026-01"), organisation=furnisher)
    Record.objects.filter(category="income").update(sealed=b"broken")
    assert [record.type for record in make.read(who, ["utility_payments"]).records] == ["bill"]
    assert make.read(who, []).records == []


@pytest.mark.parametrize(
    ("first", "last", "shown"),
    [
        (None, None, ["2026-01", "2026-02", "2026-03", "2026-04"]),
        (date(2026, 2, 28), None, ["2026-02", "2026-03", "2026-04"]),
        (None, date(2026, 3, 1), ["2026-01", "2026-02", "2026-03"]),
        (date(2026, 2, 1), date(2026, 2, 28), ["2026-02"]),
        (date(2026, 5, 1), None, []),
        (date(2026, 3, 1), date(2026, 2, 1), []),
    ],
)
def test_only_months_of_the_range_are_shown(
    who: UUID, furnisher: UUID, first: date | None, last: date | None, shown: list[str]
) -> None:
    make.store(*(make.bill(who, f"2026-0{n}") for n in (1, 2, 3, 4)), organisation=furnisher)
    profile = make.read(who, records_from=first, records_until=last)
    assert [record.period for record in profile.records] == shown


@pytest.mark.parametrize("status", ["corrected", "expired", "withdrawn", "erased"])
def test_records_that_ended_are_not_shown(who: UUID, furnisher: UUID, status: str) -> None:
    make.store(make.bill(who, "2026-01"), organisation=furnisher)
    Record.objects.update(status=status)
    assert make.read(who).records == []


def test_disputed_record_is_shown_with_its_flag(who: UUID, furnisher: UUID) -> None:
    make.store(make.bill(who, "2026-01"), organisation=furnisher)
    Record.objects.update(status="disputed")
    assert [record.status for record in make.read(who).records] == ["disputed"]


def test_only_records_whose_own_consent_is_in_force_are_shown(who: UUID, furnisher: UUID) -> None:
    water, work, gone = uuid4(), uuid4(), uuid4()
    make.store(
        make.bill(who, "2026-01", consent=water),
        make.bill(who, "2026-02", consent=gone),
        make.wage(who, "2026-01", consent=work),
        make.wage(who, "2026-02", consent=water),
        organisation=furnisher,
    )
    covering = {water: frozenset({"utility_payments"}), work: frozenset({"income", "employment"})}
    shown = {(record.type, record.period) for record in make.read(who, consents=covering).records}
    assert shown == {("bill", "2026-01"), ("wage", "2026-01")}
    assert make.read(who, consents={}).records == []


def test_read_leaves_an_inquiry_and_an_entry_of_the_same_act(who: UUID, furnisher: UUID) -> None:
    make.store(make.bill(who, "2026-01"), organisation=furnisher)
    consent, lender = uuid4(), make.lender().id
    profile = make.read(
        who,
        ["utility_payments", "income"],
        reader=Reader("report", lender, consent, "case-7"),
        records_from=date(2025, 1, 1),
    )
    inquiry = Inquiry.objects.get()
    assert (inquiry.resident_id, inquiry.kind, inquiry.organisation_id) == (who, "report", lender)
    assert (inquiry.consent_id, inquiry.purpose, inquiry.reference) == (
        consent,
        "credit_application",
        "case-7",
    )
    assert (inquiry.categories, inquiry.at) == (["income", "utility_payments"], make.AT)
    assert inquiry.ledger_entry == profile.entry
    entry = LedgerEntry.objects.get(entry=profile.entry)
    assert (entry.event, entry.subject, entry.organisation) == ("report_read", who, lender)
    for said in (str(inquiry.id), str(consent), '"records":1', '"records_from":"2025-01-01"'):
        assert said in entry.body
    assert "case-7" not in entry.body


@pytest.mark.parametrize(
    ("kind", "event"),
    [("report", Event.REPORT_READ), ("staff", Event.STAFF_READ), ("own", Event.OWN_READ)],
)
def test_each_kind_of_reader_has_its_event(who: UUID, kind: str, event: Event) -> None:
    profile = make.read(who, reader=Reader(kind), purpose="own_access")
    assert LedgerEntry.objects.get(entry=profile.entry).event == event
    assert Inquiry.objects.get().kind == kind


def test_reader_of_another_kind_is_an_error(who: UUID) -> None:
    with pytest.raises(KeyError):
        make.read(who, reader=Reader("curious"))


def test_empty_profile_leaves_a_trace_too(who: UUID) -> None:
    assert make.read(who).records == []
    assert Inquiry.objects.count() == 1


def test_read_of_nobody_is_not_found() -> None:
    with pytest.raises(NotFound):
        make.read(uuid4())


def test_nothing_is_returned_where_the_ledger_takes_no_entry(
    who: UUID, furnisher: UUID, request: pytest.FixtureRequest
) -> None:
    make.store(make.bill(who, "2026-01"), organisation=furnisher)
    assert len(make.read(who).records) == 1
    request.getfixturevalue("refusing_ledger")
    shown: Any = None
    with pytest.raises(Exception, match="append-only"), transaction.atomic():
        shown = make.read(who)
    assert shown is None
    assert Inquiry.objects.count() == 1  # of the read before


@pytest.mark.django_db(transaction=True)
def test_read_outside_a_transaction_is_refused_and_leaves_nothing() -> None:
    who = make.make_resident(1)
    with pytest.raises(TransactionRequired):
        profiles.read(
            reader=Reader("own"),
            resident=who,
            categories=make.ALL,
            records_from=None,
            records_until=None,
            purpose="own_access",
            by=f"resident:{who}",
            at=make.AT,
        )
    assert Inquiry.objects.count() == 0


def test_profile_of_24_records_costs_as_many_queries_as_one_of_one(
    who: UUID, furnisher: UUID, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    """Cluster, records, entry, inquiry; and the two of the savepoint around it."""
    make.store(make.bill(who, "2024-01"), organisation=furnisher)
    lender = make.lender().id
    reader = Reader("report", lender, uuid4())
    make.read(who, reader=reader)
    with django_assert_num_queries(6):
        assert len(make.read(who, reader=reader).records) == 1
    make.store(*(make.bill(who, month) for month in months(24)[1:]), organisation=furnisher)
    with django_assert_num_queries(6):
        assert len(make.read(who, reader=reader).records) == 24


def test_profile_of_a_cluster_costs_as_many_queries(
    who: UUID, furnisher: UUID, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    others = [make.make_resident(place, organisation=furnisher) for place in (2, 3)]
    for one in (who, *others):
        make.store(*(make.bill(one, month) for month in months(8)), organisation=furnisher)
    for one in others:
        residents.merge(resident=one, into=who, by=make.BY, reasons=["same_person"], at=make.AT)
    reader = Reader("report", make.lender().id, uuid4())
    make.read(who, reader=reader)
    with django_assert_num_queries(6):
        assert len(make.read(who, reader=reader).records) == 24


def test_key_is_unwrapped_once_for_a_whole_profile(
    who: UUID, furnisher: UUID, monkeypatch: pytest.MonkeyPatch
) -> None:
    make.store(*(make.bill(who, month) for month in months(24)), organisation=furnisher)
    calls = []
    opener = keys.open_resident_key
    monkeypatch.setattr(keys, "open_resident_key", lambda *args: calls.append(args) or opener(*args))
    assert len(make.read(who).records) == 24
    assert len(calls) == 1


class TestHeld:
    def test_holdings_are_counted_by_organisation_and_type(self, who: UUID, furnisher: UUID) -> None:
        other = make.make_organisation("employer", name="Z")
        make.store(make.bill(who, "2026-01"), make.bill(who, "2026-03"), organisation=furnisher)
        make.store(make.wage(who, "2026-02"), organisation=other.id)
        make.store(make.bill(who, "2026-01", "90.00"), organisation=furnisher)
        found = {held.organisation_id: held for held in profiles.held(resident=who)}
        water = found[furnisher]
        assert (water.type, water.category, water.count) == ("bill", "utility_payments", 2)
        assert (water.first_period, water.last_period, water.last_received) == ("2026-01", "2026-03", make.AT)
        assert (found[other.id].type, found[other.id].count) == ("wage", 1)

    def test_holdings_open_nothing(self, who: UUID, furnisher: UUID) -> None:
        make.store(make.bill(who, "2026-01"), organisation=furnisher)
        with CaptureQueriesContext(connection) as queries:
            profiles.held(resident=who)
        assert len(queries) == 2
        assert [
            query["sql"] for query in queries if "sealed" in query["sql"] or "wrapped" in query["sql"]
        ] == []


class TestPseudonym:
    def test_pseudonym_is_stable_and_differs_by_person_and_organisation(
        self, who: UUID, furnisher: UUID
    ) -> None:
        other, bank = make.make_resident(2), make.lender().id
        mine = profiles.pseudonym(resident=who, organisation=bank)
        assert mine == profiles.pseudonym(resident=who, organisation=bank)
        assert len({mine, profiles.pseudonym(resident=who, organisation=furnisher)}) == 2
        assert mine != profiles.pseudonym(resident=other, organisation=bank)
        assert str(who) not in mine
        assert who.hex not in mine

    def test_pseudonym_of_a_member_is_the_roots(self, who: UUID) -> None:
        other, bank = make.make_resident(2), make.lender().id
        residents.merge(resident=other, into=who, by=make.BY, reasons=["same_person"], at=make.AT)
        names = {profiles.pseudonym(resident=one, organisation=bank) for one in (who, other)}
        assert len(names) == 1

    def test_pseudonym_cannot_be_computed_without_the_key(self, who: UUID) -> None:
        bank = make.lender().id
        guess = BlindIndexer(bytes(32), 1).digest("pseudonym", f"{bank.hex}|{who.hex}").hex()
        assert profiles.pseudonym(resident=who, organisation=bank) != guess

    def test_pseudonym_of_nobody_is_not_found(self) -> None:
        with pytest.raises(NotFound):
            profiles.pseudonym(resident=uuid4(), organisation=uuid4())


def test_newest_day_of_retention_decides_by_the_readers_day(who: UUID, furnisher: UUID) -> None:
    """Paid late on 2021-11-25: shown for the last time on 2026-11-24, whether or not the sweep has run."""
    make.store(make.bill(who, "2021-10", due_on="2021-11-20", paid_on="2021-11-25"), organisation=furnisher)
    delivered()
    assert Record.objects.get().retained_until == date(2026, 11, 25)
    assert len(make.read(who, at=make.AT).records) == 1
    assert make.read(who, at=make.AT + timedelta(days=1)).records == []
