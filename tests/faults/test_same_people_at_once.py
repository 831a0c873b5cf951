"""The same people introduced by many at once end as one resident each, whoever wins."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from typing import Any
from uuid import UUID

import pytest
from django.db import IntegrityError, connection, transaction

from registry import keys, profiles, residents
from registry.errors import Conflict
from registry.models import Identifier, Identity, Link, Record, Resident, ResidentKey
from registry.residents import ClaimRefused, Match
from tests.factories import residents as make
from tests.factories.parallel import at_once
from tests.factories.waiting import PATIENCE, wait_until_blocked

pytestmark = pytest.mark.django_db(transaction=True)

PARALLEL = 16
PEOPLE = 500


@pytest.fixture(autouse=True)
def opened_keys() -> None:
    """Keys exist and are opened, as in any process that has worked before."""
    make.make_resident(9_999)
    Link.objects.all().delete()
    for table in (Identity, Identifier, ResidentKey, Resident):
        table.objects.all().delete()
    keys.indexers()


def introduce(identities: list[dict[str, str]], organisation: UUID) -> list[Match]:
    """One chunk of one upload: matched and kept, run again after a clash as the pipeline does."""
    for _attempt in range(20):
        try:
            return make.keep(*identities, organisation=organisation)
        except IntegrityError:
            continue
    raise AssertionError("the chunk never came through")


def orders(people: list[dict[str, str]]) -> Iterator[list[dict[str, str]]]:
    """The same people in other orders: each transaction meets the others in the middle."""
    for number in range(PARALLEL):
        start = number * len(people) // PARALLEL
        turned = people[start:] + people[:start]
        yield turned[::-1] if number % 2 else turned


def test_people_introduced_by_sixteen_furnishers_at_once_are_one_resident_each() -> None:
    people = [make.person(place) for place in range(PEOPLE)]
    furnishers = [make.make_organisation().id for _ in range(PARALLEL)]
    works = [
        lambda some=some, who=who: introduce(some, who)
        for some, who in zip(orders(people), furnishers, strict=True)
    ]
    found = at_once(works)
    assert Resident.objects.count() == ResidentKey.objects.count() == PEOPLE
    assert Identity.objects.count() == Link.objects.count() == PEOPLE * PARALLEL
    assert Identifier.objects.filter(strong=True).count() == PEOPLE
    assert {m.person.id_number: m.resident for chunk in found for m in chunk} == {
        m.person.id_number: m.resident for m in found[0]
    }


def test_one_file_sent_sixteen_times_at_once_is_kept_once() -> None:
    people = [make.person(place) for place in range(PEOPLE)]
    furnisher = make.make_organisation().id
    found = at_once([lambda some=some: introduce(some, furnisher) for some in orders(people)])
    assert Resident.objects.count() == Identity.objects.count() == Link.objects.count() == PEOPLE
    assert len({m.holder for chunk in found for m in chunk}) == PEOPLE


def test_people_described_without_documents_at_once_are_one_resident_each() -> None:
    """No unique index decides here: what holds them together are the claims alone."""
    people = [
        make.person(place, id_number="", birth_date=f"19{60 + place % 40}-03-0{1 + place % 9}")
        for place in range(200)
    ]
    furnishers = [make.make_organisation().id for _ in range(PARALLEL)]
    at_once(
        [
            lambda some=some, who=who: introduce(some, who)
            for some, who in zip(orders(people), furnishers, strict=True)
        ]
    )
    assert Resident.objects.count() == 200
    assert Identity.objects.count() == 200 * PARALLEL


def test_same_records_stored_by_many_at_once_are_kept_once() -> None:
    furnisher = make.make_organisation().id
    people = [m.holder for m in introduce([make.person(place) for place in range(100)], furnisher)]
    orders_of = [people, people[::-1]] * 4
    outcomes = at_once([lambda some=some: _furnish(some, furnisher) for some in orders_of])
    assert Record.objects.count() == Record.objects.filter(status="active").count() == 200
    assert sorted({tuple({one.outcome for one in chunk}) for chunk in outcomes}) == [
        ("accepted",),
        ("unchanged",),
    ]
    assert len({one.record_id for chunk in outcomes for one in chunk}) == 200


def _furnish(people: list[UUID], furnisher: UUID) -> list[profiles.Stored]:
    records = [make.bill(who, month) for who in people for month in ("2026-01", "2026-02")]
    for _attempt in range(20):
        try:
            return make.store(*records, organisation=furnisher)
        except IntegrityError:
            continue
    raise AssertionError("the chunk never came through")


def test_corrections_at_once_leave_one_record_that_is_shown() -> None:
    furnisher = make.make_organisation().id
    people = [m.holder for m in introduce([make.person(place) for place in range(40)], furnisher)]
    make.store(*(make.bill(who, "2026-01") for who in people), organisation=furnisher)

    def correct(amount: str) -> None:
        turned = people if amount < "5" else people[::-1]
        records = [make.bill(who, "2026-01", amount) for who in turned]
        for _attempt in range(40):
            try:
                return make.store(*records, organisation=furnisher) and None
            except IntegrityError:
                continue
        raise AssertionError("the correction never came through")

    at_once([lambda amount=amount: correct(f"{amount}.00") for amount in range(1, 9)])
    shown = Record.objects.filter(status="active")
    assert shown.count() == shown.values("resident").distinct().count() == 40
    assert Record.objects.filter(status="corrected").count() == 40 * 8


def test_record_stored_at_once_through_two_members_of_a_cluster_is_kept_once() -> None:
    furnisher = make.make_organisation().id
    one, two = make.make_resident(1), make.make_resident(2)
    with transaction.atomic():
        residents.merge(resident=one, into=two, by=make.BY, reasons=["same_person"], at=make.AT)
    works = [
        lambda who=who: make.store(make.bill(who, "2026-01"), organisation=furnisher) for who in (one, two)
    ]
    outcomes = at_once(works * 4)
    assert Record.objects.count() == 1
    assert sorted(chunk[0].outcome for chunk in outcomes) == ["accepted"] + ["unchanged"] * 7


def test_erasure_between_match_and_keep_makes_the_chunk_run_again() -> None:
    """Whoever is erased between the two is not written to; run again, the row is about somebody new."""
    furnisher = make.make_organisation().id
    gone = make.make_resident(1, organisation=furnisher)
    other = [{**make.person(1), "address": "江苏省苏州市工业园区星湖街328号5栋301室"}]

    def erase() -> None:
        residents.erase(resident=gone, by=make.BY, reason="resident_asked", at=make.AT)

    with transaction.atomic():
        found = residents.match(identities=other, organisation=furnisher, references={}, at=make.AT)
        assert found[0].holder == gone
        at_once([erase])
        with pytest.raises(IntegrityError):
            residents.keep(matches=found, by=make.BY, at=make.AT)
    again = make.keep(*other, organisation=furnisher)
    assert again[0].is_new
    assert Identity.objects.filter(resident=gone).exclude(sealed=b"").count() == 0


def test_erasure_waits_for_a_chunk_that_is_writing_and_takes_it_along() -> None:
    furnisher = make.make_organisation().id
    who = make.make_resident(1, organisation=furnisher)
    with ThreadPoolExecutor(1) as pool:
        with transaction.atomic():
            profiles.store(
                records=[make.bill(who, "2026-01")],
                organisation=furnisher,
                licence=None,
                upload=None,
                chunk=None,
                by=make.BY,
                at=make.AT,
            )
            erasing = pool.submit(
                _apart, lambda: residents.erase(resident=who, by=make.BY, reason="resident_asked", at=make.AT)
            )
            wait_until_blocked()
        erasing.result(PATIENCE)
    assert list(Record.objects.values_list("status", "sealed")) == [("erased", b"")]


def _apart(work: Callable[[], Any]) -> Any:
    try:
        return work()
    finally:
        connection.close()


def test_claims_of_one_person_at_once_make_one_account() -> None:
    make.make_resident(1)
    who = make.person(1)

    def claim() -> UUID | None:
        try:
            return residents.claim(
                mobile=who["mobile"],
                name=who["name"],
                document=who["id_number"],
                by=make.BY,
                method="sms",
                at=make.AT,
            )
        except ClaimRefused:
            return None

    found = at_once([claim] * 8)
    assert len([one for one in found if one is not None]) == 1
    assert residents.claimant(mobile=who["mobile"]) in found


def test_merges_at_once_neither_hang_nor_tear_a_cluster() -> None:
    people = [make.make_resident(place) for place in range(12)]

    def join(one: UUID, two: UUID) -> None:
        with suppress(Conflict):
            residents.merge(resident=one, into=two, by=make.BY, reasons=["same_person"], at=make.AT)

    pairs = [(people[n], people[(n + step) % 12]) for n in range(12) for step in (1, 5)]
    at_once([lambda pair=pair: join(*pair) for pair in pairs[:20]])
    roots = residents.root_of(people)
    assert set(roots) == set(people)  # every chain ends: no circle
    assert Resident.objects.filter(merged_into=None).count() == len(set(roots.values()))
