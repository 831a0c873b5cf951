"""A planned change of the index key: two versions side by side; some processes know the older one only."""

from io import StringIO
from uuid import UUID

import pytest
from django.core.management import call_command
from django.db import IntegrityError, transaction

from registry import keys, residents
from registry.keys import BlindIndexer
from registry.keys.opened import process
from registry.models import Identifier, LedgerEntry, SystemKey
from tests.factories import residents as make

pytestmark = pytest.mark.django_db(transaction=True)  # keys are committed apart from any transaction

HOME = "江苏省苏州市工业园区星湖街328号5栋301室"


@pytest.fixture(autouse=True)
def before() -> tuple[BlindIndexer, ...]:
    """What a process knows that was started before the change."""
    return keys.indexers()


def change() -> None:
    """The first step of the change, and the restart of this process."""
    call_command("reindex", "--new-key", stdout=StringIO())
    keys.forget()


def reindex() -> str:
    out = StringIO()
    call_command("reindex", stdout=out)
    return out.getvalue()


def retire() -> None:
    """Version 1 goes, and with it every process that knew it."""
    Identifier.objects.filter(version=1).delete()
    SystemKey.objects.filter(name="index", version=1).delete()
    keys.forget()


def versions(**of: object) -> set[int]:
    return set(Identifier.objects.filter(**of).values_list("version", flat=True))


def test_new_version_stands_beside_the_old_one() -> None:
    change()
    assert [indexer.version for indexer in keys.indexers()] == [2, 1]
    assert (
        '"details":{"keys":1,"kind":"index","version":2}' in LedgerEntry.objects.get(event="key_rotated").body
    )


def test_person_of_before_is_met_after() -> None:
    (old,) = make.keep(make.person(1))
    change()
    (new,) = make.keep(make.person(1, address=HOME))
    assert new.resident == old.resident
    assert versions(strong=True) == {1, 2}


def test_identity_of_before_is_still_known() -> None:
    furnisher = make.make_organisation().id
    make.keep(make.person(1), organisation=furnisher)
    change()
    assert make.keep(make.person(1), organisation=furnisher)[0].known


def test_record_of_before_is_still_met() -> None:
    furnisher = make.make_organisation().id
    who = make.make_resident(1)
    make.store(make.bill(who, "2026-01"), organisation=furnisher)
    change()
    assert make.store(make.bill(who, "2026-01"), organisation=furnisher)[0].outcome == "unchanged"


def test_process_of_before_meets_who_came_after(before: tuple[BlindIndexer, ...]) -> None:
    change()
    (new,) = make.keep(make.person(1))
    process.system["index"] = before
    (met,) = make.keep(make.person(1, address=HOME))
    assert met.resident == new.resident


def test_number_introduced_past_the_claims_by_both_kinds_of_process_is_decided(
    before: tuple[BlindIndexer, ...],
) -> None:
    change()
    with transaction.atomic():
        found = residents.match(identities=[make.person(1)], organisation=None, references={}, at=make.AT)
    process.system["index"] = before
    make.keep(make.person(1))
    with pytest.raises(IntegrityError), transaction.atomic():
        residents.keep(matches=found, by=make.BY, at=make.AT)


def test_reindexed_people_and_accounts_are_met_without_the_old_key() -> None:
    account, plain = make.make_account(1), make.make_resident(2)
    change()
    assert versions() == {1}
    assert reindex() == "2 residents indexed.\n"
    retire()
    assert residents.claimant(mobile=make.person(1)["mobile"]) == account
    found = make.keep(make.person(1, address=HOME), make.person(2, address=HOME))
    assert [m.resident for m in found] == [account, plain]


def test_reindexing_keeps_each_strong_number_with_its_owner() -> None:
    owner = make.make_resident(1)
    make.keep(make.person(2, id_number=make.number_of(1)))
    change()
    reindex()
    strong = Identifier.objects.filter(kind="id_number", strong=True).order_by("version")
    assert list(strong.values_list("version", "resident_id")) == [(1, owner), (2, owner)]
    assert Identifier.objects.filter(kind="id_number", strong=False).count() == 2


def test_reindexing_again_changes_nothing() -> None:
    make.make_account(1)
    change()
    reindex()
    before = [(one.resident_id, bytes(one.digest)) for one in Identifier.objects.order_by("pk")]
    reindex()
    assert [(one.resident_id, bytes(one.digest)) for one in Identifier.objects.order_by("pk")] == before


def test_reindexing_leaves_the_erased_alone() -> None:
    gone: UUID = make.make_resident(1)
    residents.erase(resident=gone, by=make.BY, reason="resident_asked", at=make.AT)
    change()
    assert reindex() == "0 residents indexed.\n"
    assert Identifier.objects.count() == 0
