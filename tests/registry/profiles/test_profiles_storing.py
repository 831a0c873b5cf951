"""Records kept: once each, corrected by the furnisher, under the right key, in sets."""

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext

from registry import profiles
from registry.catalogue import RECORD_TYPES
from registry.errors import NotFound
from registry.models import LedgerEntry, Record
from registry.profiles import NewRecord
from registry.profiles.records import canonical, record_place
from registry.residents.resident_keys import open_keys
from registry.vault import open_sealed
from tests.factories import residents as make

pytestmark = pytest.mark.django_db


@pytest.fixture
def furnisher() -> UUID:
    return make.make_organisation().id


@pytest.fixture
def who(furnisher: UUID) -> UUID:
    return make.make_resident(1, organisation=furnisher)


def outcomes(*records: NewRecord, organisation: UUID, **more: Any) -> list[str]:
    return [one.outcome for one in make.store(*records, organisation=organisation, **more)]


def shown(resident: UUID) -> list[str]:
    return [record.fields["amount_due"] for record in make.read(resident).records]


def test_new_record_is_accepted_and_lies_sealed_under_the_residents_key(who: UUID, furnisher: UUID) -> None:
    upload, consent = uuid4(), uuid4()
    new = make.bill(who, "2026-03", consent=consent, row=7)
    (stored,) = make.store(new, organisation=furnisher, upload=upload)
    assert stored.outcome == "accepted"
    row = Record.objects.get(id=stored.record_id)
    assert (row.resident_id, row.organisation_id, row.consent_id) == (who, furnisher, consent)
    assert (row.type, row.category, row.period, row.status) == (
        "bill",
        "utility_payments",
        "2026-03",
        "active",
    )
    assert (row.upload_id, row.row, row.received_at, row.supersedes_id) == (upload, 7, make.AT, None)
    text = open_sealed(open_keys([who])[who], row.sealed, record_place(row.id, who))
    assert text == canonical(new.fields)
    assert len(row.natural) == len(row.content) == 16


def test_same_record_again_changes_nothing(who: UUID, furnisher: UUID) -> None:
    first = make.store(make.bill(who, "2026-01"), organisation=furnisher)
    before = Record.objects.values().get()
    later = make.AT + timedelta(days=1)
    again = make.store(make.bill(who, "2026-01"), organisation=furnisher, at=later)
    assert again == [profiles.Stored(first[0].record_id, "unchanged")]
    assert Record.objects.values().get() == before | {"as_of": later, "confirmed_upload": UUID(int=0)}


def test_changed_record_supersedes_the_older_one(who: UUID, furnisher: UUID) -> None:
    (old,) = make.store(make.bill(who, "2026-01"), organisation=furnisher)
    (new,) = make.store(make.bill(who, "2026-01", "90.00"), organisation=furnisher)
    assert new.outcome == "corrected"
    rows = {row.id: row for row in Record.objects.all()}
    assert (rows[old.record_id].status, rows[new.record_id].status) == ("corrected", "active")
    assert rows[new.record_id].supersedes_id == old.record_id
    assert shown(who) == ["90.00"]


def test_changed_back_record_is_a_correction_too(who: UUID, furnisher: UUID) -> None:
    said = [
        outcomes(make.bill(who, "2026-01", amount), organisation=furnisher)
        for amount in ("1.00", "2.00", "1.00")
    ]
    assert said == [["accepted"], ["corrected"], ["corrected"]]
    assert shown(who) == ["1.00"]


def test_correction_of_a_disputed_record_stays_disputed(who: UUID, furnisher: UUID) -> None:
    """Else a furnisher could take the flag away by sending the row again with a comma changed."""
    make.store(make.bill(who, "2026-01"), organisation=furnisher)
    Record.objects.update(status="disputed")
    assert outcomes(make.bill(who, "2026-01"), organisation=furnisher) == ["unchanged"]
    assert outcomes(make.bill(who, "2026-01", "90.00"), organisation=furnisher) == ["corrected"]
    assert [(record.status, record.fields["amount_due"]) for record in make.read(who).records] == [
        ("disputed", "90.00")
    ]


@pytest.mark.parametrize("other", ["service", "month", "resident", "organisation", "type"])
def test_records_that_differ_in_any_part_of_their_key_stand_side_by_side(
    who: UUID, furnisher: UUID, other: str
) -> None:
    make.store(make.bill(who, "2026-01"), organisation=furnisher)
    second: dict[str, Callable[[], tuple[NewRecord, UUID]]] = {
        "service": lambda: (make.bill(who, "2026-01", service="power"), furnisher),
        "month": lambda: (make.bill(who, "2026-02"), furnisher),
        "resident": lambda: (make.bill(make.make_resident(2), "2026-01"), furnisher),
        "organisation": lambda: (make.bill(who, "2026-01"), make.make_organisation().id),
        "type": lambda: (make.wage(who, "2026-01"), furnisher),
    }
    record, organisation = second[other]()
    assert outcomes(record, organisation=organisation) == ["accepted"]
    assert Record.objects.filter(status="active").count() == 2


def test_equal_bills_of_two_people_have_no_digest_in_common(who: UUID, furnisher: UUID) -> None:
    other = make.make_resident(2)
    make.store(make.bill(who, "2026-01"), make.bill(other, "2026-01"), organisation=furnisher)
    rows = list(Record.objects.all())
    assert len({bytes(value) for row in rows for value in (row.natural, row.content)}) == 4


class TestWithinOneCall:
    def test_later_of_two_rows_stands_and_the_earlier_is_history(self, who: UUID, furnisher: UUID) -> None:
        first, second = make.store(
            make.bill(who, "2026-01", "1.00", row=1),
            make.bill(who, "2026-01", "2.00", row=2),
            organisation=furnisher,
            upload=uuid4(),
        )
        assert (first.outcome, second.outcome) == ("accepted", "corrected")
        assert Record.objects.get(id=first.record_id).status == "corrected"
        assert Record.objects.get(id=second.record_id).supersedes_id == first.record_id
        assert shown(who) == ["2.00"]

    def test_equal_rows_are_one_record(self, who: UUID, furnisher: UUID) -> None:
        first, second = make.store(
            make.bill(who, "2026-01", row=1),
            make.bill(who, "2026-01", row=2),
            organisation=furnisher,
            upload=uuid4(),
        )
        assert (first.outcome, second.outcome) == ("accepted", "unchanged")
        assert first.record_id == second.record_id == Record.objects.get().id

    def test_same_file_with_such_rows_again_changes_nothing(self, who: UUID, furnisher: UUID) -> None:
        """Even though its first row differs from what stands: its last one does not."""
        rows = [make.bill(who, "2026-01", amount) for amount in ("1.00", "2.00", "3.00", "2.00")]
        assert outcomes(*rows, organisation=furnisher) == ["accepted", "corrected", "corrected", "corrected"]
        before = Record.objects.count()
        assert outcomes(*rows, organisation=furnisher) == ["unchanged"] * 4
        assert Record.objects.count() == before
        assert shown(who) == ["2.00"]

    def test_rows_after_a_record_on_file_begin_with_it(self, who: UUID, furnisher: UUID) -> None:
        make.store(make.bill(who, "2026-01", "1.00"), organisation=furnisher)
        said = outcomes(
            make.bill(who, "2026-01", "1.00"), make.bill(who, "2026-01", "2.00"), organisation=furnisher
        )
        assert said == ["unchanged", "corrected"]
        assert shown(who) == ["2.00"]

    def test_answers_are_in_the_records_order(self, who: UUID, furnisher: UUID) -> None:
        make.store(make.bill(who, "2026-02"), organisation=furnisher)
        said = make.store(*(make.bill(who, f"2026-0{month}") for month in (3, 2, 1)), organisation=furnisher)
        assert [one.outcome for one in said] == ["accepted", "unchanged", "accepted"]
        periods = dict(Record.objects.values_list("id", "period"))
        assert [periods[one.record_id] for one in said] == ["2026-03", "2026-02", "2026-01"]

    def test_nothing_to_store_is_no_act(self, furnisher: UUID) -> None:
        before = LedgerEntry.objects.count()
        assert make.store(organisation=furnisher) == []
        assert LedgerEntry.objects.count() == before


def test_earlier_row_of_the_same_file_does_not_win_over_a_later_chunk(who: UUID, furnisher: UUID) -> None:
    """Chunks of one file are worked on in any order; what the file says last stands."""
    upload = uuid4()
    make.store(make.bill(who, "2026-01", "2.00", row=5000), organisation=furnisher, upload=upload)
    said = outcomes(make.bill(who, "2026-01", "1.00", row=3), organisation=furnisher, upload=upload)
    assert said == ["unchanged"]
    assert shown(who) == ["2.00"]


def test_row_of_one_file_is_never_stored_twice(who: UUID, furnisher: UUID) -> None:
    upload = uuid4()
    make.store(make.bill(who, "2026-01", row=1), organisation=furnisher, upload=upload)
    with pytest.raises(IntegrityError):
        make.store(make.bill(who, "2026-02", row=1), organisation=furnisher, upload=upload)


def test_unchanged_record_under_a_newer_consent_rests_on_that_one(who: UUID, furnisher: UUID) -> None:
    """The older consent may be over: the record must not stay hidden although its furnisher may show it."""
    old, new = uuid4(), uuid4()
    make.store(make.bill(who, "2026-01", consent=old), organisation=furnisher)
    assert outcomes(make.bill(who, "2026-01", consent=new), organisation=furnisher) == ["unchanged"]
    assert Record.objects.get().consent_id == new
    assert len(make.read(who, consents={new: frozenset({"utility_payments"})}).records) == 1


def test_withdrawn_record_sent_again_is_a_new_one(who: UUID, furnisher: UUID) -> None:
    consent = uuid4()
    make.store(make.bill(who, "2026-01", consent=consent), organisation=furnisher)
    profiles.withdraw(consent_ids=[consent], by=make.BY, at=make.AT)
    assert outcomes(make.bill(who, "2026-01", consent=uuid4()), organisation=furnisher) == ["accepted"]
    assert len(make.read(who).records) == 1


def test_store_leaves_one_entry_with_its_counts(who: UUID, furnisher: UUID) -> None:
    upload, licence = uuid4(), uuid4()
    make.store(make.bill(who, "2026-01"), make.bill(who, "2026-02"), organisation=furnisher)
    with transaction.atomic():
        profiles.store(
            records=[make.bill(who, "2026-01"), make.bill(who, "2026-02", "9.00"), make.bill(who, "2026-03")],
            organisation=furnisher,
            licence=licence,
            upload=upload,
            chunk=3,
            by=make.BY,
            at=make.AT,
        )
    entry = LedgerEntry.objects.filter(event="records_stored").order_by("-id")[0]
    assert LedgerEntry.objects.filter(event="records_stored").count() == 2
    assert entry.organisation == furnisher
    assert (
        f'"details":{{"accepted":1,"chunk":3,"corrected":1,"licence":"{licence}","rows":3,"type":"bill",'
        f'"unchanged":1,"upload":"{upload}"}}' in entry.body
    )


def test_store_without_its_entry_keeps_nothing(
    who: UUID, furnisher: UUID, request: pytest.FixtureRequest
) -> None:
    request.getfixturevalue("refusing_ledger")
    with pytest.raises(Exception, match="append-only"), transaction.atomic():
        make.store(make.bill(who, "2026-01"), organisation=furnisher)
    assert Record.objects.count() == 0


def test_record_for_nobody_is_refused(furnisher: UUID) -> None:
    with pytest.raises(NotFound):
        make.store(make.bill(uuid4(), "2026-01"), organisation=furnisher)
    assert Record.objects.count() == 0


def test_queries_do_not_grow_with_the_call(furnisher: UUID) -> None:
    people = [make.make_resident(place, organisation=furnisher) for place in range(20)]
    make.store(make.bill(people[0], "2025-01"), organisation=furnisher)
    counts = []
    for month, some in (("2026-01", people[:1]), ("2026-02", people)):
        with CaptureQueriesContext(connection) as queries:
            make.store(*(make.bill(who, month) for who in some), organisation=furnisher)
        counts.append(len(queries))
    assert counts[0] == counts[1]


@pytest.mark.parametrize("code", sorted(RECORD_TYPES))
def test_every_type_of_the_catalogue_can_be_kept_and_read(who: UUID, furnisher: UUID, code: str) -> None:
    kind = RECORD_TYPES[code]
    cells = {name: field.column.example for name, field in kind.fields.items()}
    cells["registration_date"] = ""  # the example is of somebody who is not registered here
    fields, issues = kind.parse(cells)
    assert [issue for issue in issues if not issue.warning] == []
    make.store(NewRecord(who, code, fields, uuid4()), organisation=furnisher)
    (record,) = make.read(who).records
    assert (record.type, record.category, record.fields) == (code, kind.category, fields)


class TestRetention:
    """The day on which a negative record must be gone, five years after its event ended."""

    @pytest.mark.parametrize(
        ("said", "until"),
        [
            ({}, None),
            ({"due_on": "2026-03-20", "paid_on": "2026-03-12"}, None),
            ({"due_on": "2026-03-20", "paid_on": "2026-04-01"}, date(2031, 4, 1)),
            ({"due_on": "2024-02-20", "paid_on": "2024-02-29"}, date(2029, 3, 1)),
            ({"status": "unpaid"}, None),
            ({"status": "written_off"}, date(2031, 3, 31)),
        ],
    )
    def test_negative_record_knows_its_day(
        self, who: UUID, furnisher: UUID, said: dict[str, str], until: date | None
    ) -> None:
        make.store(make.bill(who, "2026-03", **said), organisation=furnisher)
        assert Record.objects.get().retained_until == until

    def test_record_whose_day_is_over_is_kept_empty(self, who: UUID, furnisher: UUID) -> None:
        late = {"due_on": "2020-03-20", "paid_on": "2020-04-01"}
        assert outcomes(make.bill(who, "2020-03", **late), organisation=furnisher) == ["accepted"]
        row = Record.objects.get()
        assert (row.status, bytes(row.sealed), bytes(row.natural), bytes(row.content)) == (
            "expired",
            b"",
            b"",
            b"",
        )
        assert make.read(who).records == []

    def test_correction_whose_day_is_over_takes_what_stood_away(self, who: UUID, furnisher: UUID) -> None:
        make.store(make.bill(who, "2020-03", status="unpaid"), organisation=furnisher)
        late = {"due_on": "2020-03-20", "paid_on": "2020-04-01"}
        assert outcomes(make.bill(who, "2020-03", **late), organisation=furnisher) == ["corrected"]
        assert make.read(who).records == []
        assert sorted(Record.objects.values_list("status", flat=True)) == ["corrected", "expired"]
