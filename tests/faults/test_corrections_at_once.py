"""Files, undoing and retracting that meet on the same records: what was said last stands."""

from collections.abc import Callable
from datetime import datetime, timedelta
from random import Random
from typing import Any, TypeVar
from uuid import UUID, uuid4

import pytest
from django.db import IntegrityError, transaction

from registry import profiles
from registry.models import Message, Notice, Record
from tests.factories import residents as make
from tests.factories.notices import delivered, queued
from tests.factories.parallel import at_once

pytestmark = pytest.mark.django_db(transaction=True)

T = TypeVar("T")
PEOPLE, FILES = 30, 8
LATE = {"due_on": "2026-01-20", "paid_on": "2026-02-25"}


@pytest.fixture
def furnisher() -> UUID:
    return make.make_organisation().id


@pytest.fixture
def people(furnisher: UUID) -> list[UUID]:
    found = make.keep(*(make.person(place) for place in range(1, PEOPLE + 1)), organisation=furnisher)
    return [match.holder for match in found]


def until_done(act: Callable[[], T]) -> T:
    """As a worker does it: a clash sends the whole piece of work back."""
    for _attempt in range(60):
        try:
            return act()
        except IntegrityError:
            continue
    raise AssertionError("it never came through")


def store(records: list[Any], furnisher: UUID, as_of: datetime, upload: UUID | None = None) -> list[Any]:
    def act() -> list[Any]:
        with transaction.atomic():
            return profiles.store(
                records=records,
                organisation=furnisher,
                licence=None,
                upload=upload,
                chunk=None,
                by=make.BY,
                at=make.AT,
                as_of=as_of,
            )

    return until_done(act)


def amounts(people: list[UUID]) -> set[str]:
    return {record.fields["amount_due"] for who in people for record in make.read(who).records}


def shuffled(people: list[UUID], seed: int) -> list[UUID]:
    return Random(seed).sample(people, len(people))


def test_newest_of_many_files_at_once_stands(people: list[UUID], furnisher: UUID) -> None:
    def file(day: int) -> None:
        rows = [make.bill(who, "2026-01", f"{day}.00") for who in shuffled(people, day)]
        store(rows, furnisher, make.AT - timedelta(days=100 - day))

    at_once([lambda day=day: file(day) for day in shuffled(list(range(1, FILES + 1)), 1)])
    assert amounts(people) == {f"{FILES}.00"}
    shown = Record.objects.filter(status="active")
    assert shown.count() == shown.values("resident").distinct().count() == PEOPLE


def test_file_that_says_the_same_again_holds_older_ones_off(people: list[UUID], furnisher: UUID) -> None:
    """The newest file changes nothing, and yet none of the older ones that come with it may win."""
    first = make.AT - timedelta(days=200)
    store([make.bill(who, "2026-01", "1.00") for who in people], furnisher, first)

    def file(day: int) -> None:
        amount = "1.00" if day == FILES else f"{day + 10}.00"
        rows = [make.bill(who, "2026-01", amount) for who in shuffled(people, day)]
        store(rows, furnisher, make.AT - timedelta(days=100 - day))

    at_once([lambda day=day: file(day) for day in range(1, FILES + 1)])
    assert amounts(people) == {"1.00"}
    assert set(Record.objects.filter(status="active").values_list("as_of", flat=True)) == {
        make.AT - timedelta(days=100 - FILES)
    }


def test_last_row_of_a_file_stands_in_whatever_order_its_chunks_are_done(
    people: list[UUID], furnisher: UUID
) -> None:
    upload = uuid4()

    def chunk(number: int) -> None:
        rows = [
            make.bill(who, "2026-01", f"{number}.00", row=number * 1_000 + place)
            for place, who in enumerate(shuffled(people, number))
        ]
        store(rows, furnisher, make.AT, upload)

    at_once([lambda number=number: chunk(number) for number in shuffled(list(range(1, FILES + 1)), 2)])
    assert amounts(people) == {f"{FILES}.00"}


def test_undoing_beside_a_later_file_leaves_that_file_alone(people: list[UUID], furnisher: UUID) -> None:
    early, late = uuid4(), uuid4()
    before = make.AT - timedelta(days=3)
    store([make.bill(who, "2026-01", "1.00") for who in people], furnisher, before)
    rows = [make.bill(who, "2026-01", "2.00", row=place) for place, who in enumerate(people)]
    store(rows, furnisher, make.AT - timedelta(days=2), early)

    def undo() -> None:
        with transaction.atomic():
            profiles.undo(upload=early, organisation=furnisher, by=make.BY, at=make.AT, reason="undone")

    later = [make.bill(who, "2026-01", "3.00", row=place) for place, who in enumerate(people[::-1])]
    at_once([lambda: until_done(undo), lambda: store(later, furnisher, make.AT, late) and None])
    assert amounts(people) == {"3.00"}
    assert Record.objects.filter(status="active").count() == PEOPLE
    assert not Record.objects.filter(upload_id=early, status="active").exists()


def test_retracting_beside_older_files_ends_with_nothing_shown(people: list[UUID], furnisher: UUID) -> None:
    older = make.AT - timedelta(days=9)
    stored = store([make.bill(who, "2026-01", "1.00") for who in people], furnisher, older)

    def retract() -> None:
        with transaction.atomic():
            profiles.retract(
                organisation=furnisher,
                records=[one.record_id for one in stored],
                by=make.BY,
                at=make.AT,
                reason="mistake",
            )

    again = [make.bill(who, "2026-01", "1.00") for who in people[::-1]]
    at_once([lambda: until_done(retract), *[lambda: store(again, furnisher, older) and None] * 4])
    assert amounts(people) == set()
    assert Record.objects.filter(status="withdrawn").count() == PEOPLE


def test_chunks_of_one_upload_at_once_tell_each_person_once(people: list[UUID], furnisher: UUID) -> None:
    upload = uuid4()

    def chunk(number: int) -> None:
        rows = [
            make.bill(who, f"2026-{number:02}", row=number * 1_000 + place, **LATE)
            for place, who in enumerate(shuffled(people, number))
        ]
        store(rows, furnisher, make.AT, upload)

    at_once([lambda number=number: chunk(number) for number in range(1, FILES + 1)])
    assert (queued(), Notice.objects.count()) == (PEOPLE, PEOPLE)
    assert amounts(people) == set()
    delivered()
    assert [len(make.read(who).records) for who in people] == [FILES] * PEOPLE


def test_message_taken_back_beside_a_new_record_of_the_same_upload_is_not_lost(
    people: list[UUID], furnisher: UUID
) -> None:
    """One chunk makes good what was bad, another brings something bad: that must be told all the same."""
    upload, newer = uuid4(), make.AT + timedelta(minutes=1)
    bad = [make.bill(who, "2026-01", row=place, **LATE) for place, who in enumerate(people)]
    store(bad, furnisher, make.AT, upload)
    good = [make.bill(who, "2026-01") for who in people]
    worse = [make.bill(who, "2026-02", row=1_000 + place, **LATE) for place, who in enumerate(people[::-1])]
    at_once(
        [
            lambda: store(good, furnisher, newer) and None,
            lambda: store(worse, furnisher, make.AT, upload) and None,
        ]
    )
    assert [[record.period for record in make.read(who).records] for who in people] == [["2026-01"]] * PEOPLE
    assert Message.objects.filter(kind="negative_record").count() == PEOPLE
    delivered()
    told = [[record.period for record in make.read(who).records] for who in people]
    assert told == [["2026-01", "2026-02"]] * PEOPLE
