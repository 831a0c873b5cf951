"""Merging and splitting: a pointer each way, and everything else as it was."""

import random
from typing import Any
from uuid import UUID

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from registry import profiles, residents
from registry.errors import Conflict
from registry.models import Identifier, LedgerEntry, Merge, Record, Resident
from tests.factories import residents as make

pytestmark = pytest.mark.django_db


def merge(one: UUID, into: UUID) -> UUID:
    return residents.merge(resident=one, into=into, by=make.BY, reasons=["same_person"], at=make.AT)


def split(act: UUID) -> None:
    residents.split(merge_id=act, by=make.BY, at=make.AT)


def state(people: list[UUID]) -> list[Any]:
    """Everything that can be seen of these residents: standing, cluster, profile, holdings, name, number."""
    seen: list[Any] = []
    for who in people:
        row = Resident.objects.get(id=who)
        profile = make.read(who)
        seen.append(
            (
                (row.status, row.claimed_at, row.merged_into_id),
                residents.cluster(who),
                profile.resident,
                profile.records,
                profiles.held(resident=who),
                residents.display_name(resident=who),
                residents.contact(resident=who),
                profiles.pseudonym(resident=who, organisation=UUID(int=5)),
            )
        )
    return seen


@pytest.fixture
def people() -> list[UUID]:
    """Five residents with records of two furnishers; the first and the third have an account."""
    furnishers = [make.make_organisation().id for _ in range(2)]
    made = [make.make_resident(place, organisation=furnishers[0]) for place in range(1, 6)]
    for place in (1, 3):
        make.claim(place)
    for place, who in enumerate(made):
        for furnisher in furnishers:
            make.store(
                make.bill(who, "2026-01", f"{place + 1}.10"),
                make.wage(who, "2026-02", f"{place + 1}000.00"),
                organisation=furnisher,
            )
    return made


def test_merged_residents_are_read_as_one(people: list[UUID]) -> None:
    merge(people[1], people[0])
    profile = make.read(people[1])
    assert profile.resident == people[0]
    assert len(profile.records) == 8
    assert make.read(people[0]).records == profile.records


def test_merge_and_split_leave_an_entry_each(people: list[UUID]) -> None:
    act = merge(people[1], people[0])
    split(act)
    entries = LedgerEntry.objects.filter(event__startswith="resident_m") | LedgerEntry.objects.filter(
        event="resident_split"
    )
    assert list(entries.order_by("id").values_list("event", "subject")) == [
        ("resident_merged", people[0]),
        ("resident_split", people[0]),
    ]
    assert Merge.objects.get().split_by == make.BY


def test_merge_rewrites_no_ciphertext(people: list[UUID]) -> None:
    before = dict(Record.objects.values_list("id", "sealed"))
    merge(people[1], people[0])
    assert {key: bytes(value) for key, value in Record.objects.values_list("id", "sealed")} == {
        key: bytes(value) for key, value in before.items()
    }


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(seed=st.integers(0, 10**9))
def test_any_merges_undone_in_any_order_restore_everything(people: list[UUID], seed: int) -> None:
    chance = random.Random(seed)
    with transaction.atomic():
        before = state(people)
        acts: list[UUID] = []
        for _ in range(chance.randrange(1, 12)):
            if acts and chance.random() < 0.3:
                split(acts.pop(chance.randrange(len(acts))))
                continue
            roots = sorted(set(residents.root_of(people).values()))
            if len(roots) < 2:
                break
            one, into = chance.sample(roots, 2)
            try:
                with transaction.atomic():
                    acts.append(merge(one, into))
            except Conflict:  # both have an account
                continue
        chance.shuffle(acts)
        for act in acts:
            split(act)
        assert state(people) == before
        transaction.set_rollback(True)


def test_split_in_the_middle_of_a_chain_takes_what_hangs_below_along(people: list[UUID]) -> None:
    merge(people[1], people[0])
    act = merge(people[0], people[3])
    merge(people[3], people[4])
    split(act)
    assert residents.cluster(people[1]) == sorted(people[:2])
    assert residents.cluster(people[4]) == sorted(people[3:])


def test_merge_of_two_accounts_is_a_conflict(people: list[UUID]) -> None:
    with pytest.raises(Conflict):
        merge(people[0], people[2])


@pytest.mark.parametrize("pair", [(0, 0), (1, 0)])
def test_merge_of_one_or_of_a_member_is_a_conflict(people: list[UUID], pair: tuple[int, int]) -> None:
    merge(people[1], people[3])
    with pytest.raises(Conflict):
        merge(people[pair[0]], people[pair[1]])


def test_merge_in_a_circle_is_a_conflict(people: list[UUID]) -> None:
    merge(people[0], people[1])
    with pytest.raises(Conflict):
        merge(people[1], people[0])


def test_split_twice_is_a_conflict(people: list[UUID]) -> None:
    act = merge(people[1], people[0])
    split(act)
    with pytest.raises(Conflict):
        split(act)


def test_erased_residents_are_neither_merged_nor_split(people: list[UUID]) -> None:
    act = merge(people[1], people[0])
    residents.erase(resident=people[1], by=make.BY, reason="resident_asked", at=make.AT)
    with pytest.raises(Conflict):
        split(act)
    with pytest.raises(Conflict):
        merge(people[3], people[0])


def test_merge_without_its_entry_changes_nothing(refusing_ledger: None) -> None:
    one, two = Resident.objects.create().id, Resident.objects.create().id
    with pytest.raises(Exception, match="append-only"), transaction.atomic():
        merge(one, two)
    assert residents.root_of([one]) == {one: one}
    assert Merge.objects.count() == 0


class TestAccounts:
    """The root carries its account's standing for as long as they are one, whichever way the pointer goes."""

    def test_merging_an_account_into_another_resident_lifts_the_root(self, people: list[UUID]) -> None:
        act = merge(people[0], people[1])
        assert Resident.objects.get(id=people[1]).status == "active"
        split(act)
        assert Resident.objects.get(id=people[1]).status == "unclaimed"
        assert Resident.objects.get(id=people[1]).claimed_at is None

    def test_frozen_account_freezes_whatever_it_is_merged_into(self, people: list[UUID]) -> None:
        residents.freeze(resident=people[0], by=make.BY, at=make.AT)
        act = merge(people[0], people[1])
        assert set(Resident.objects.filter(id__in=people[:2]).values_list("status", flat=True)) == {"frozen"}
        residents.unfreeze(resident=people[0], by=make.BY, at=make.AT)
        residents.freeze(resident=people[1], by=make.BY, at=make.AT)
        split(act)
        assert Resident.objects.get(id=people[0]).status == "frozen"
        assert Resident.objects.get(id=people[1]).status == "unclaimed"

    def test_claim_of_a_merged_person_makes_the_root_active_until_the_split(self) -> None:
        one, two = make.make_resident(1), make.make_resident(2, mobile=make.person(1)["mobile"])
        act = merge(one, two)
        assert make.claim(1) == one
        assert Resident.objects.get(id=two).status == "active"
        split(act)
        assert Resident.objects.get(id=one).status == "active"
        assert Resident.objects.get(id=two).status == "unclaimed"
        assert residents.claimant(mobile=make.person(1)["mobile"]) == one

    def test_second_claim_within_a_cluster_is_refused(self) -> None:
        one, two = make.make_resident(1), make.make_resident(2)
        make.claim(1)
        merge(one, two)
        with pytest.raises(residents.ClaimRefused):
            make.claim(2)


class TestRowsAfterAMerge:
    """What arrives while two residents are one stays with the one it is about."""

    def test_row_of_a_member_meets_the_record_stored_under_the_member(self) -> None:
        furnisher = make.make_organisation().id
        one, two = make.make_resident(1, organisation=furnisher), make.make_resident(2)
        make.store(make.bill(one, "2026-01"), organisation=furnisher)
        merge(one, two)
        assert make.store(make.bill(two, "2026-01"), organisation=furnisher)[0].outcome == "unchanged"
        corrected = make.store(make.bill(two, "2026-01", "90.00"), organisation=furnisher)
        assert corrected[0].outcome == "corrected"
        assert Record.objects.get(status="active").resident_id == one
        assert len(make.read(two).records) == 1

    def test_known_identity_is_held_by_its_own_member(self) -> None:
        furnisher = make.make_organisation().id
        one, two = (make.make_resident(place, organisation=furnisher) for place in (1, 2))
        merge(one, two)
        found = make.keep(make.person(1), make.person(2), organisation=furnisher)
        assert [(m.resident, m.holder) for m in found] == [(two, one), (two, two)]

    def test_new_identity_is_held_by_the_member_it_resembles(self) -> None:
        """One member is known by number and mobile, the other by passport and another mobile."""
        name = make.person(1)["name"]
        card = {"name": name, "id_number": make.number_of(1), "mobile": "13800000001"}
        passport = {"name": name, "passport": "E12345678", "mobile": "13900000002"}
        (one,), (two,) = (make.keep(said) for said in (card, passport))
        act = merge(one.resident, two.resident)
        more = [said | {"birth_date": "1961-02-02", "sex": "男"} for said in (card, passport)]
        found = make.keep(*more)
        assert [(m.resident, m.holder) for m in found] == [(two.holder, one.holder), (two.holder, two.holder)]
        split(act)
        assert [m.resident for m in make.keep(*more)] == [one.holder, two.holder]

    def test_strong_numbers_stay_where_they_are(self) -> None:
        one, two = make.make_resident(1), make.make_resident(2)
        merge(one, two)
        make.keep(make.person(1, address="苏州市星湖街328号"), organisation=make.make_organisation().id)
        owners = Identifier.objects.filter(kind="id_number", strong=True).values_list(
            "resident_id", flat=True
        )
        assert sorted(owners) == sorted([one, two])
