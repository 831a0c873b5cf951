"""A furnisher takes back what it furnished: what goes, what stays as history, what is in force again."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.db import transaction

from registry import profiles, residents
from registry.models import LedgerEntry, Notice, Record
from registry.profiles import Undone
from tests.factories import residents as make
from tests.factories.notices import delivered, queued

pytestmark = pytest.mark.django_db
LATER = make.AT + timedelta(hours=1)
LATE = {"due_on": "2026-01-20", "paid_on": "2026-02-25"}


@pytest.fixture
def furnisher() -> UUID:
    return make.make_organisation().id


@pytest.fixture
def who(furnisher: UUID) -> UUID:
    return make.make_resident(1, organisation=furnisher)


def undo(upload: UUID, furnisher: UUID) -> Undone:
    with transaction.atomic():
        return profiles.undo(upload=upload, organisation=furnisher, by=make.BY, at=LATER, reason="undone")


def retract(furnisher: UUID, *records: UUID) -> dict[UUID, str]:
    with transaction.atomic():
        return profiles.retract(
            organisation=furnisher, records=records, by=make.BY, at=LATER, reason="mistake"
        )


def shown(resident: UUID, **question: Any) -> list[tuple[str, str]]:
    found = make.read(resident, at=LATER, **question).records
    return [(record.period, record.fields["amount_due"]) for record in found]


def row(record: UUID) -> tuple[str, bool, bool]:
    """Status, and whether content and key are still there."""
    one = Record.objects.get(id=record)
    return one.status, bool(one.sealed), bool(one.natural)


class TestUndoing:
    def test_records_of_the_upload_go_without_a_trace_of_their_content(
        self, who: UUID, furnisher: UUID
    ) -> None:
        upload = uuid4()
        (kept,) = make.store(make.bill(who, "2026-02"), organisation=furnisher)
        (gone,) = make.store(make.bill(who, "2026-01", row=1), organisation=furnisher, upload=upload)
        assert undo(upload, furnisher) == Undone(1, 0, 0, 0, 0)
        assert row(gone.record_id) == ("withdrawn", False, False)
        assert row(kept.record_id) == ("active", True, True)
        assert shown(who) == [("2026-02", "86.40")]

    def test_what_the_upload_replaced_is_in_force_again(self, who: UUID, furnisher: UUID) -> None:
        upload = uuid4()
        (old,) = make.store(make.bill(who, "2026-01", "1.00"), organisation=furnisher)
        first, second = make.store(
            make.bill(who, "2026-01", "2.00", row=1),
            make.bill(who, "2026-01", "3.00", row=2),
            organisation=furnisher,
            upload=upload,
        )
        assert undo(upload, furnisher) == Undone(1, 0, 1, 0, 0)
        assert row(old.record_id) == ("active", True, True)
        assert row(first.record_id) == ("corrected", False, False)
        assert row(second.record_id) == ("withdrawn", False, False)
        assert shown(who) == [("2026-01", "1.00")]

    def test_what_was_replaced_and_had_to_be_gone_meanwhile_stays_gone(
        self, who: UUID, furnisher: UUID
    ) -> None:
        upload = uuid4()
        make.store(
            make.bill(who, "2021-10", due_on="2021-10-20", paid_on="2021-11-25"), organisation=furnisher
        )
        Record.objects.update(retained_until=make.AT.date())
        make.store(make.bill(who, "2021-10", row=1), organisation=furnisher, upload=upload)
        assert undo(upload, furnisher) == Undone(1, 0, 0, 0, 0)
        assert shown(who) == []

    def test_what_rested_on_a_consent_that_was_withdrawn_is_not_in_force_again(
        self, who: UUID, furnisher: UUID
    ) -> None:
        upload, consent = uuid4(), uuid4()
        make.store(make.bill(who, "2026-01", "1.00", consent=consent), organisation=furnisher)
        make.store(make.bill(who, "2026-01", "2.00", row=1), organisation=furnisher, upload=upload)
        profiles.withdraw(consent_ids=[consent], by=make.BY, at=make.AT)
        assert undo(upload, furnisher) == Undone(1, 0, 0, 0, 0)
        assert shown(who) == []

    def test_disputed_record_is_left_to_its_dispute(self, who: UUID, furnisher: UUID) -> None:
        upload = uuid4()
        (stored,) = make.store(make.bill(who, "2026-01", row=1), organisation=furnisher, upload=upload)
        Record.objects.update(status="disputed")
        assert undo(upload, furnisher) == Undone(0, 0, 0, 1, 0)
        assert row(stored.record_id) == ("disputed", True, True)

    def test_record_that_a_later_file_replaced_stays_as_history(self, who: UUID, furnisher: UUID) -> None:
        upload = uuid4()
        (old,) = make.store(make.bill(who, "2026-01", row=1), organisation=furnisher, upload=upload)
        make.store(make.bill(who, "2026-01", "9.00"), organisation=furnisher)
        assert undo(upload, furnisher) == Undone(0, 0, 0, 0, 1)
        assert row(old.record_id) == ("corrected", True, True)
        assert shown(who) == [("2026-01", "9.00")]

    @pytest.mark.parametrize("later", [None, uuid4()])
    def test_record_that_was_furnished_again_later_stays_in_force(
        self, who: UUID, furnisher: UUID, later: UUID | None
    ) -> None:
        upload = uuid4()
        make.store(make.bill(who, "2026-01", row=1), organisation=furnisher, upload=upload)
        again = make.bill(who, "2026-01", row=5 if later else None)
        make.store(again, organisation=furnisher, upload=later, at=make.AT + timedelta(minutes=1))
        assert undo(upload, furnisher) == Undone(0, 0, 0, 0, 1)
        assert shown(who) == [("2026-01", "86.40")]

    def test_record_that_a_lender_read_is_hidden_and_kept_as_history(
        self, who: UUID, furnisher: UUID
    ) -> None:
        upload = uuid4()
        (stored,) = make.store(make.bill(who, "2026-01", row=1), organisation=furnisher, upload=upload)
        assert shown(who, categories=["utility_payments"]) == [("2026-01", "86.40")]
        assert undo(upload, furnisher) == Undone(0, 1, 0, 0, 0)
        assert row(stored.record_id) == ("withdrawn", True, False)
        assert shown(who) == []

    def test_history_of_what_a_lender_read_goes_with_the_consent(self, who: UUID, furnisher: UUID) -> None:
        upload, consent = uuid4(), uuid4()
        new = make.bill(who, "2026-01", row=1, consent=consent)
        (stored,) = make.store(new, organisation=furnisher, upload=upload)
        shown(who)
        undo(upload, furnisher)
        profiles.withdraw(consent_ids=[consent], by=make.BY, at=LATER)
        assert row(stored.record_id) == ("withdrawn", False, False)

    @pytest.mark.parametrize("kind", ["own", "staff"])
    def test_look_by_others_than_lenders_keeps_nothing(self, who: UUID, furnisher: UUID, kind: str) -> None:
        upload = uuid4()
        make.store(make.bill(who, "2026-01", row=1), organisation=furnisher, upload=upload)
        make.read(who, reader=profiles.Reader(kind))
        assert undo(upload, furnisher) == Undone(1, 0, 0, 0, 0)

    def test_read_of_another_category_keeps_nothing(self, who: UUID, furnisher: UUID) -> None:
        upload = uuid4()
        make.store(make.bill(who, "2026-01", row=1), organisation=furnisher, upload=upload)
        make.read(who, categories=["income"])
        assert undo(upload, furnisher) == Undone(1, 0, 0, 0, 0)

    def test_read_of_a_merged_profile_counts_for_all_of_it(self, who: UUID, furnisher: UUID) -> None:
        upload, other = uuid4(), make.make_resident(2)
        make.store(make.bill(who, "2026-01", row=1), organisation=furnisher, upload=upload)
        residents.merge(resident=who, into=other, by=make.BY, reasons=["reviewed"], at=make.AT)
        make.read(other)
        assert undo(upload, furnisher) == Undone(0, 1, 0, 0, 0)

    def test_read_while_the_record_was_held_back_keeps_nothing(self, who: UUID, furnisher: UUID) -> None:
        upload = uuid4()
        make.store(make.bill(who, "2026-01", row=1, **LATE), organisation=furnisher, upload=upload)
        assert shown(who) == []
        assert undo(upload, furnisher) == Undone(1, 0, 0, 0, 0)

    def test_read_in_the_first_hours_of_its_day_keeps_nothing_either(
        self, who: UUID, furnisher: UUID
    ) -> None:
        """The day is that of the jurisdiction: in UTC it is still the day before."""
        upload, early = uuid4(), datetime(2026, 11, 23, 17, tzinfo=UTC)
        new = make.bill(who, "2026-01", row=1, **LATE)
        make.store(new, organisation=furnisher, upload=upload, at=early)
        assert make.read(who, at=early + timedelta(hours=1)).records == []
        assert undo(upload, furnisher) == Undone(1, 0, 0, 0, 0)

    def test_read_after_delivery_keeps_it_as_history(self, who: UUID, furnisher: UUID) -> None:
        upload = uuid4()
        make.store(make.bill(who, "2026-01", row=1, **LATE), organisation=furnisher, upload=upload)
        delivered()
        assert len(shown(who)) == 1
        assert undo(upload, furnisher) == Undone(0, 1, 0, 0, 0)

    def test_notice_that_waits_is_taken_back_with_its_records(self, who: UUID, furnisher: UUID) -> None:
        upload = uuid4()
        make.store(make.bill(who, "2026-01", row=1, **LATE), organisation=furnisher, upload=upload)
        assert queued() == 1
        undo(upload, furnisher)
        assert (queued(), Notice.objects.count()) == (0, 0)

    def test_negative_record_in_force_again_waits_for_a_notice_of_its_own(
        self, who: UUID, furnisher: UUID
    ) -> None:
        """Its notice was taken back when a paid bill replaced it: she was never told."""
        upload = uuid4()
        make.store(make.bill(who, "2026-01", **LATE), organisation=furnisher)
        make.store(make.bill(who, "2026-01", row=1), organisation=furnisher, upload=upload)
        assert queued() == 0
        assert undo(upload, furnisher) == Undone(1, 0, 1, 0, 0)
        assert shown(who) == []
        assert profiles.announce_due(on=make.AT.date(), by="system:notices", at=make.AT) == 1
        assert shown(who) == []
        delivered()
        assert len(shown(who)) == 1

    def test_twice_changes_nothing_more(self, who: UUID, furnisher: UUID) -> None:
        upload = uuid4()
        make.store(make.bill(who, "2026-01", "1.00"), organisation=furnisher)
        make.store(make.bill(who, "2026-01", row=1), organisation=furnisher, upload=upload)
        undo(upload, furnisher)
        before = list(Record.objects.order_by("id").values())
        assert undo(upload, furnisher) == Undone(0, 0, 0, 0, 0)
        assert list(Record.objects.order_by("id").values()) == before

    def test_same_rows_again_afterwards_are_new(self, who: UUID, furnisher: UUID) -> None:
        upload = uuid4()
        make.store(make.bill(who, "2026-01", row=1), organisation=furnisher, upload=upload)
        undo(upload, furnisher)
        again = make.store(make.bill(who, "2026-01", row=1), organisation=furnisher, upload=uuid4())
        assert [(one.outcome, one.warning) for one in again] == [("accepted", "")]

    def test_what_will_happen_is_told_before(self, who: UUID, furnisher: UUID) -> None:
        upload = uuid4()
        make.store(
            *(make.bill(who, f"2026-0{month}", row=month) for month in (1, 2, 3)),
            organisation=furnisher,
            upload=upload,
        )
        Record.objects.filter(period="2026-02").update(status="disputed")
        make.store(make.bill(who, "2026-03", "9.00"), organisation=furnisher)
        before = list(Record.objects.order_by("id").values())
        assert profiles.undoable(upload=upload) == Undone(1, 0, 0, 1, 1)
        assert list(Record.objects.order_by("id").values()) == before

    def test_undoing_leaves_one_entry_with_its_counts(self, who: UUID, furnisher: UUID) -> None:
        upload = uuid4()
        make.store(make.bill(who, "2026-01", row=1), organisation=furnisher, upload=upload)
        undo(upload, furnisher)
        entry = LedgerEntry.objects.get(event="upload_undone")
        assert entry.organisation == furnisher
        assert (
            f'"details":{{"disputed":0,"reason":"undone","records":1,"reported":0,"restored":0,'
            f'"superseded":0,"upload":"{upload}"}}' in entry.body
        )

    def test_undoing_without_its_entry_undoes_nothing(
        self, who: UUID, furnisher: UUID, request: pytest.FixtureRequest
    ) -> None:
        upload = uuid4()
        make.store(make.bill(who, "2026-01", row=1), organisation=furnisher, upload=upload)
        request.getfixturevalue("refusing_ledger")
        with pytest.raises(Exception, match="append-only"):
            undo(upload, furnisher)
        assert Record.objects.get().status == "active"


class TestRetracting:
    def test_record_is_shown_no_more_and_its_content_is_gone(self, who: UUID, furnisher: UUID) -> None:
        first, second = make.store(
            make.bill(who, "2026-01"), make.bill(who, "2026-02"), organisation=furnisher
        )
        assert retract(furnisher, first.record_id) == {first.record_id: "gone"}
        assert row(first.record_id) == ("withdrawn", False, True)
        assert shown(who) == [("2026-02", "86.40")]
        assert row(second.record_id) == ("active", True, True)

    def test_what_it_had_replaced_does_not_come_back(self, who: UUID, furnisher: UUID) -> None:
        make.store(make.bill(who, "2026-01", "1.00"), organisation=furnisher)
        (new,) = make.store(make.bill(who, "2026-01"), organisation=furnisher)
        retract(furnisher, new.record_id)
        assert shown(who) == []

    def test_older_file_does_not_bring_it_back(self, who: UUID, furnisher: UUID) -> None:
        (stored,) = make.store(make.bill(who, "2026-01"), organisation=furnisher)
        retract(furnisher, stored.record_id)
        for amount in ("86.40", "1.00"):
            (again,) = make.store(make.bill(who, "2026-01", amount), organisation=furnisher, at=make.AT)
            assert again == profiles.Stored(stored.record_id, "unchanged", "newer_on_file")
        assert shown(who) == []

    def test_newer_file_does(self, who: UUID, furnisher: UUID) -> None:
        (stored,) = make.store(make.bill(who, "2026-01"), organisation=furnisher)
        retract(furnisher, stored.record_id)
        newer = LATER + timedelta(minutes=1)
        (again,) = make.store(make.bill(who, "2026-01"), organisation=furnisher, at=newer)
        assert (again.outcome, again.warning) == ("accepted", "")
        (third,) = make.store(make.bill(who, "2026-01", "3.00"), organisation=furnisher, at=newer)
        assert third.outcome == "corrected"

    def test_another_organisations_record_is_left_alone(self, who: UUID, furnisher: UUID) -> None:
        (stored,) = make.store(make.bill(who, "2026-01"), organisation=furnisher)
        assert retract(make.make_organisation().id, stored.record_id) == {}
        assert row(stored.record_id) == ("active", True, True)

    def test_disputed_record_is_left_to_its_dispute(self, who: UUID, furnisher: UUID) -> None:
        (stored,) = make.store(make.bill(who, "2026-01"), organisation=furnisher)
        Record.objects.update(status="disputed")
        assert retract(furnisher, stored.record_id) == {stored.record_id: "disputed"}
        assert row(stored.record_id) == ("disputed", True, True)

    def test_record_that_a_lender_read_is_kept_as_history(self, who: UUID, furnisher: UUID) -> None:
        (stored,) = make.store(make.bill(who, "2026-01"), organisation=furnisher)
        shown(who)
        assert retract(furnisher, stored.record_id) == {stored.record_id: "reported"}
        assert row(stored.record_id) == ("withdrawn", True, True)
        assert shown(who) == []

    def test_retracting_leaves_an_entry_about_the_person(self, who: UUID, furnisher: UUID) -> None:
        (stored,) = make.store(make.bill(who, "2026-01"), organisation=furnisher)
        retract(furnisher, stored.record_id)
        entry = LedgerEntry.objects.get(event="records_retracted")
        assert (entry.subject, entry.organisation) == (who, furnisher)
        assert str(stored.record_id) in entry.body

    def test_record_is_found_by_its_key_under_any_member_of_the_person(
        self, who: UUID, furnisher: UUID
    ) -> None:
        other = make.make_resident(2)
        (stored,) = make.store(make.bill(who, "2026-01"), organisation=furnisher)
        residents.merge(resident=who, into=other, by=make.BY, reasons=["reviewed"], at=make.AT)
        asked = [(other, {"service": "water", "period": month}) for month in ("2026-01", "2026-02")]
        found = profiles.standing_records(organisation=furnisher, type="bill", people=asked)
        assert found == [stored.record_id, None]

    def test_record_is_found_by_its_row_for_its_own_organisation_alone(
        self, who: UUID, furnisher: UUID
    ) -> None:
        upload = uuid4()
        (stored,) = make.store(make.bill(who, "2026-01", row=3), organisation=furnisher, upload=upload)
        assert profiles.record_of_row(organisation=furnisher, upload=upload, row=3) == stored.record_id
        assert profiles.record_of_row(organisation=furnisher, upload=upload, row=4) is None
        stranger = make.make_organisation().id
        assert profiles.record_of_row(organisation=stranger, upload=upload, row=3) is None

    def test_it_is_known_that_something_was_taken_back_since(self, who: UUID, furnisher: UUID) -> None:
        (stored,) = make.store(make.bill(who, "2026-01"), organisation=furnisher)
        asked = {"resident": who, "categories": ["utility_payments"]}
        assert not profiles.retracted_since(since=make.AT, **asked)
        retract(furnisher, stored.record_id)
        assert profiles.retracted_since(since=make.AT, **asked)
        assert not profiles.retracted_since(since=LATER, **asked)
        assert not profiles.retracted_since(resident=who, categories=["income"], since=make.AT)
