"""Negative records are shown to lenders once the person was told of them, and not a moment before."""

from datetime import date, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.conf import settings as given
from django.db import transaction

from registry import messages, profiles, residents
from registry.catalogue import jurisdiction
from registry.models import LedgerEntry, Message, Notice, Record, Resident
from registry.tasks import announce_records
from tests.factories import residents as make
from tests.factories.notices import delivered, queued

pytestmark = pytest.mark.django_db

LATE = {"due_on": "2026-01-20", "paid_on": "2026-02-25"}
DAYS = jurisdiction(given.JURISDICTION).negative_notice.days


@pytest.fixture
def furnisher() -> UUID:
    return make.make_organisation().id


@pytest.fixture
def who(furnisher: UUID) -> UUID:
    return make.make_resident(1, organisation=furnisher)


def late(who: UUID, month: str = "2026-01", amount: str = "86.40", **more: Any) -> profiles.NewRecord:
    return make.bill(who, month, amount, **LATE | more)


def shown(resident: UUID, **question: Any) -> list[str]:
    return [record.period for record in make.read(resident, **question).records]


def own(resident: UUID) -> list[tuple[str, bool]]:
    found = make.read(resident, reader=profiles.Reader("own")).records
    return [(record.period, record.held_back) for record in found]


class TestBetweenStoringAndDelivery:
    def test_lender_sees_nothing_of_it_and_the_resident_all(self, who: UUID, furnisher: UUID) -> None:
        make.store(late(who), make.bill(who, "2026-02"), organisation=furnisher)
        assert shown(who) == ["2026-02"]
        assert own(who) == [("2026-01", True), ("2026-02", False)]
        assert profiles.held_back(resident=who, at=make.AT) == 1

    def test_delivery_shows_it(self, who: UUID, furnisher: UUID) -> None:
        make.store(late(who), organisation=furnisher)
        assert delivered() == 1
        assert shown(who) == ["2026-01"]
        assert own(who) == [("2026-01", False)]
        assert profiles.held_back(resident=who, at=make.AT) == 0

    def test_report_of_a_moment_before_the_delivery_still_lacks_it(self, who: UUID, furnisher: UUID) -> None:
        make.store(late(who), organisation=furnisher)
        delivered(make.AT + timedelta(minutes=1))
        assert shown(who, at=make.AT) == []

    def test_message_that_is_being_sent_is_no_delivery(self, who: UUID, furnisher: UUID) -> None:
        make.store(late(who), organisation=furnisher)
        Message.objects.update(attempts=1, due_at=make.AT + timedelta(minutes=1))
        assert shown(who) == []

    def test_another_persons_delivery_is_no_delivery(self, who: UUID, furnisher: UUID) -> None:
        upload, other = uuid4(), make.make_resident(2, organisation=furnisher)
        make.store(late(who, row=1), late(other, row=2), organisation=furnisher, upload=upload)
        hers = Notice.objects.get(resident=other).message_id
        Message.objects.filter(id=hers).update(state="sent", sent_at=make.AT)
        assert (shown(who), shown(other)) == ([], ["2026-01"])

    def test_staff_see_it_marked(self, who: UUID, furnisher: UUID) -> None:
        make.store(late(who), organisation=furnisher)
        (record,) = make.read(who, reader=profiles.Reader("staff")).records
        assert record.held_back


class TestWithoutDelivery:
    def test_failed_delivery_shows_it_after_the_waiting_time(self, who: UUID, furnisher: UUID) -> None:
        make.store(late(who), organisation=furnisher)
        Message.objects.update(state="failed", sealed=None)
        over = make.AT + timedelta(days=DAYS)
        assert shown(who, at=over - timedelta(seconds=1)) == []
        assert shown(who, at=over) == ["2026-01"]

    def test_person_without_a_mobile_is_told_by_the_portal_alone(self, furnisher: UUID) -> None:
        who = make.make_resident(3, organisation=furnisher, mobile="")
        make.store(late(who), organisation=furnisher)
        assert (queued(), Notice.objects.get().message_id) == (0, None)
        assert own(who) == [("2026-01", True)]
        over = make.AT + timedelta(days=DAYS)
        assert (shown(who, at=over - timedelta(seconds=1)), shown(who, at=over)) == ([], ["2026-01"])

    def test_notice_that_vanished_shows_nothing(self, who: UUID, furnisher: UUID) -> None:
        make.store(late(who), organisation=furnisher)
        Notice.objects.all().delete()
        assert shown(who, at=make.AT + timedelta(days=365)) == []

    def test_erased_person_gets_no_message(self, who: UUID, furnisher: UUID) -> None:
        make.store(late(who), organisation=furnisher)
        known = residents.mobiles(resident=who)
        residents.erase(resident=who, by=make.BY, reason="requested", at=make.AT)
        messages.forget(mobiles=known)
        assert delivered() == 0
        assert Record.objects.get().status == "erased"


class TestMessages:
    def test_one_message_a_person_and_upload(self, who: UUID, furnisher: UUID) -> None:
        upload, other = uuid4(), make.make_resident(2, organisation=furnisher)
        make.store(
            late(who, row=1),
            late(who, "2026-02", row=2),
            late(other, row=3),
            organisation=furnisher,
            upload=upload,
        )
        make.store(late(who, "2026-03", row=4), organisation=furnisher, upload=upload)
        assert (queued(), Notice.objects.count()) == (2, 2)
        make.store(late(who, "2026-04", row=1), organisation=furnisher, upload=uuid4())
        assert (queued(), Notice.objects.count()) == (3, 3)

    def test_single_records_join_a_notice_that_waits_and_no_other(self, who: UUID, furnisher: UUID) -> None:
        make.store(late(who), organisation=furnisher)
        make.store(late(who, "2026-02"), organisation=furnisher)
        make.store(late(who, "2026-02"), organisation=make.make_organisation().id)
        assert queued() == 2
        delivered()
        make.store(late(who, "2026-03"), organisation=furnisher)
        assert queued() == 1
        assert shown(who) == ["2026-01", "2026-02", "2026-02"]

    def test_same_record_again_is_told_once(self, who: UUID, furnisher: UUID) -> None:
        for upload in (uuid4(), uuid4()):
            make.store(late(who, row=1), organisation=furnisher, upload=upload)
        assert (queued(), Notice.objects.count()) == (1, 1)

    def test_merged_person_is_told_once(self, who: UUID, furnisher: UUID) -> None:
        other, upload = make.make_resident(2, organisation=furnisher), uuid4()
        residents.merge(resident=other, into=who, by=make.BY, reasons=["reviewed"], at=make.AT)
        make.store(late(who, row=1), late(other, "2026-02", row=2), organisation=furnisher, upload=upload)
        assert (queued(), list(Notice.objects.values_list("resident", flat=True))) == (1, [who])

    @pytest.mark.parametrize(
        ("language", "zh", "en"), [("", True, True), ("zh-hans", True, False), ("en", False, True)]
    )
    def test_text_is_in_the_language_the_resident_reads(
        self, who: UUID, furnisher: UUID, settings: Any, language: str, zh: bool, en: bool
    ) -> None:
        settings.DEMO = True
        residents.prefer(resident=who, language=language)
        make.store(late(who), organisation=furnisher)
        (message,) = messages.inbox()
        assert ("不利" in message.text, "counts against" in message.text) == (zh, en)
        assert [word for word in ("86.40", "water", "水费", "2026-01") if word in message.text] == []

    def test_claimed_person_is_told_at_the_number_she_proved(self, furnisher: UUID, settings: Any) -> None:
        settings.DEMO = True
        who = make.make_account(1, organisation=furnisher)
        make.keep(make.person(1, mobile="13999999999"), organisation=furnisher)
        make.store(late(who), organisation=furnisher)
        (message,) = messages.inbox()
        assert message.mobile == make.person(1)["mobile"]

    def test_records_that_are_not_kept_send_nothing(
        self, who: UUID, furnisher: UUID, request: pytest.FixtureRequest
    ) -> None:
        request.getfixturevalue("refusing_ledger")
        with pytest.raises(Exception, match="append-only"), transaction.atomic():
            make.store(late(who), organisation=furnisher)
        assert (queued(), Notice.objects.count()) == (0, 0)

    def test_entry_of_the_records_counts_the_notices(self, who: UUID, furnisher: UUID) -> None:
        make.store(late(who), late(who, "2026-02"), organisation=furnisher)
        assert '"notices":1' in LedgerEntry.objects.get(event="records_stored").body


class TestCorrections:
    def test_record_that_turns_negative_is_held_back(self, who: UUID, furnisher: UUID) -> None:
        make.store(make.bill(who, "2026-01"), organisation=furnisher)
        assert shown(who) == ["2026-01"]
        make.store(late(who), organisation=furnisher)
        assert shown(who) == []
        delivered()
        assert shown(who) == ["2026-01"]

    def test_record_that_turns_positive_again_shows_and_nobody_is_told(
        self, who: UUID, furnisher: UUID
    ) -> None:
        make.store(late(who), organisation=furnisher)
        make.store(make.bill(who, "2026-01"), organisation=furnisher)
        assert shown(who) == ["2026-01"]
        assert (queued(), Notice.objects.count()) == (0, 0)

    def test_notice_stays_where_something_else_is_under_it(self, who: UUID, furnisher: UUID) -> None:
        upload = uuid4()
        make.store(late(who, row=1), late(who, "2026-02", row=2), organisation=furnisher, upload=upload)
        make.store(make.bill(who, "2026-01"), organisation=furnisher)
        assert (shown(who), queued()) == (["2026-01"], 1)

    def test_other_negative_content_is_told_anew(self, who: UUID, furnisher: UUID) -> None:
        make.store(late(who), organisation=furnisher)
        delivered()
        make.store(late(who, amount="99.00"), organisation=furnisher)
        assert (shown(who), queued()) == ([], 1)

    def test_withdrawn_consent_takes_the_message_back(self, who: UUID, furnisher: UUID) -> None:
        consent = uuid4()
        make.store(late(who, consent=consent), organisation=furnisher)
        profiles.withdraw(consent_ids=[consent], by=make.BY, at=make.AT)
        assert (queued(), Notice.objects.count()) == (0, 0)


class TestByTheCalendar:
    """What is owed and not due yet counts from the day after it was due, without another row."""

    DUE = date(2026, 11, 30)

    @pytest.fixture
    def owed(self, who: UUID, furnisher: UUID) -> UUID:
        new = make.bill(who, "2026-10", status="unpaid", due_on=self.DUE.isoformat())
        make.store(new, organisation=furnisher)
        return who

    def test_it_shows_while_it_is_not_due(self, owed: UUID) -> None:
        assert (shown(owed), queued()) == (["2026-10"], 0)
        assert Record.objects.get().negative_from == self.DUE + timedelta(days=1)

    def test_it_is_hidden_once_it_was_due_until_told(self, owed: UUID) -> None:
        after = make.AT + timedelta(days=7)
        assert shown(owed, at=after) == []
        with transaction.atomic():
            told = profiles.announce_due(on=after.date(), by="system:notices", at=after)
        assert (told, queued(), shown(owed, at=after)) == (1, 1, [])
        delivered(after)
        assert shown(owed, at=after) == ["2026-10"]

    def test_notice_of_its_file_that_went_out_before_tells_nothing_of_it(
        self, who: UUID, furnisher: UUID
    ) -> None:
        owed = make.bill(who, "2026-10", status="unpaid", due_on=self.DUE.isoformat(), row=2)
        make.store(late(who, row=1), owed, organisation=furnisher, upload=uuid4())
        delivered()
        after = make.AT + timedelta(days=7)
        assert profiles.announce_due(on=after.date(), by="system:notices", at=after) == 1
        assert (shown(who, at=after), queued()) == (["2026-01"], 1)
        delivered(after)
        assert shown(who, at=after) == ["2026-01", "2026-10"]

    def test_it_is_told_once(self, owed: UUID) -> None:
        after = make.AT + timedelta(days=7)
        told = [profiles.announce_due(on=after.date(), by="system:notices", at=after) for _ in range(2)]
        assert told == [1, 0]
        assert LedgerEntry.objects.filter(event="records_announced").count() == 1

    def test_nobody_is_told_before_the_day(self, owed: UUID) -> None:
        assert profiles.announce_due(on=self.DUE, by="system:notices", at=make.AT) == 0

    def test_task_tells_what_is_due_today(self, owed: UUID) -> None:
        Record.objects.update(negative_from=date(2026, 1, 1))
        assert announce_records() == 1
        assert queued() == 1

    def test_paid_meanwhile_is_never_negative(self, owed: UUID, furnisher: UUID) -> None:
        make.store(make.bill(owed, "2026-10", due_on=self.DUE.isoformat()), organisation=furnisher)
        after = make.AT + timedelta(days=7)
        assert shown(owed, at=after) == ["2026-10"]
        assert profiles.announce_due(on=after.date(), by="system:notices", at=after) == 0


def test_chosen_language_is_remembered_for_the_resident(who: UUID) -> None:
    assert Resident.objects.get(id=who).language == ""
    residents.prefer(resident=who, language="en")
    assert Resident.objects.get(id=who).language == "en"
