"""Data keys at hand in the transaction that made them, and nowhere else."""

from uuid import UUID

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from registry import profiles, residents
from registry.models import Record
from registry.profiles.records import record_place
from registry.residents.resident_keys import open_keys
from registry.residents.turns import keys_made
from registry.vault import open_sealed
from tests.factories import residents as make


@pytest.fixture
def furnisher(transactional_db: None) -> UUID:
    return make.make_organisation().id


def keep(*places: int, furnisher: UUID) -> list[UUID]:
    found = residents.match(
        identities=[make.person(place) for place in places],
        organisation=furnisher,
        references={},
        at=make.AT,
    )
    residents.keep(matches=found, by=make.BY, at=make.AT)
    return [match.holder for match in found]


def test_keys_made_are_those_of_the_residents_created(furnisher: UUID) -> None:
    make.make_resident(1, organisation=furnisher)
    with transaction.atomic():
        _known, new = keep(1, 2, furnisher=furnisher)
        made = {who: key.secret for who, key in keys_made().items()}
        assert made == {who: key.secret for who, key in open_keys([new]).items()}


def test_keys_made_are_gone_once_it_is_settled(furnisher: UUID) -> None:
    with transaction.atomic():
        keep(1, furnisher=furnisher)
        residents.settle()
        assert keys_made() == {}


def test_keys_made_are_none_of_the_next_transactions(furnisher: UUID) -> None:
    with transaction.atomic():
        keep(1, furnisher=furnisher)
    with transaction.atomic():
        assert keys_made() == {}


def test_keys_made_anew_after_a_savepoint_are_those_that_stand(furnisher: UUID) -> None:
    with transaction.atomic():
        found = residents.match(
            identities=[make.person(1)], organisation=furnisher, references={}, at=make.AT
        )
        with transaction.atomic():
            residents.keep(matches=found, by=make.BY, at=make.AT)
            transaction.set_rollback(True)
        with transaction.atomic():
            residents.keep(matches=found, by=make.BY, at=make.AT)
        (who,) = keys_made()
        assert keys_made()[who].secret == open_keys([who])[who].secret


def test_record_of_a_person_just_made_is_stored_without_reading_her_key(furnisher: UUID) -> None:
    with transaction.atomic():
        (who,) = keep(1, furnisher=furnisher)
        with CaptureQueriesContext(connection) as asked:
            (stored,) = profiles.store(
                records=[make.bill(who, "2026-03")],
                organisation=furnisher,
                licence=None,
                upload=None,
                chunk=None,
                by=make.BY,
                at=make.AT,
            )
        residents.settle()
    assert [one["sql"] for one in asked if "registry_residentkey" in one["sql"]] == []
    row = Record.objects.get(id=stored.record_id)
    assert b"2026-03" in open_sealed(open_keys([who])[who], row.sealed, record_place(row.id, who))
