"""What two transactions decide about the same people at once holds together; others are left alone."""

from collections.abc import Mapping

import pytest
from django.db import connection, transaction
from stdnum.iso7064 import mod_11_2

from registry import residents
from registry.models import Link, Resident, Settlement
from registry.residents import turns
from registry.residents.turns import look
from tests.factories import residents as make
from tests.factories.parallel import at_once

pytestmark = pytest.mark.django_db(transaction=True)


def overtaken(ours: Mapping[str, str], theirs: Mapping[str, str]) -> bool:
    """Whether we must begin again where others keep their person between our look and our end."""
    furnisher = make.make_organisation().id
    try:
        with transaction.atomic():
            found = residents.match(identities=[ours], organisation=furnisher, references={}, at=make.AT)
            residents.keep(matches=found, by=make.BY, at=make.AT)
            at_once([lambda: make.keep(theirs)])
            residents.settle()
    except residents.Overtaken:
        return True
    return False


def undocumented(place: int, **fields: str) -> dict[str, str]:
    """A person whom no unique index would hold together."""
    return make.person(place, id_number="", **fields)


def test_same_person_kept_by_another_meanwhile_is_decided_again() -> None:
    make.make_resident(9)
    assert overtaken(undocumented(1), undocumented(1))
    assert make.keep(undocumented(1))[0].decision == "linked"
    assert Resident.objects.count() == 2


def test_two_of_one_household_at_once_disturb_nobody() -> None:
    make.make_resident(9)
    assert not overtaken(undocumented(1), undocumented(2, mobile=make.person(1)["mobile"]))
    assert Resident.objects.count() == 3


def test_strangers_at_once_disturb_nobody() -> None:
    make.make_resident(9)
    assert not overtaken(undocumented(1), undocumented(2))


def test_two_numbers_for_one_resident_at_once_are_not_both_linked() -> None:
    """Each alone is linked to whom name and mobile name; together they contradict each other."""
    known = undocumented(1, birth_date="1990-03-07")
    body = "42118119900307"
    one, two = (
        {**known, "id_number": f"{body}{serial}" + mod_11_2.calc_check_digit(f"{body}{serial}")}
        for serial in ("111", "333")
    )
    make.keep(known)
    assert overtaken(one, two)
    assert make.keep(one)[0].decision == "review"
    assert sorted(Link.objects.values_list("decision", flat=True)) == ["linked", "new", "review"]


def test_settlements_go_as_soon_as_nobody_needs_them() -> None:
    for place in range(5):
        make.make_resident(place)
    assert Settlement.objects.count() <= 2


def test_settlements_stay_for_whoever_looked_before_them() -> None:
    make.make_resident(9)
    before = Settlement.objects.count()
    with transaction.atomic():
        look()
        at_once([lambda place=place: make.make_resident(place) for place in range(3)])
        assert Settlement.objects.count() == before + 3
    make.make_resident(4)
    make.make_resident(5)
    assert Settlement.objects.count() <= 2


def test_whoever_looks_has_its_number_before_it_looks() -> None:
    """Otherwise settlements written, and tidied away, between the two would never be heard of."""
    last = "(SELECT max(id) FROM registry_settlement)"
    assert last in turns._LOOK
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(turns._LOOK.replace(last, "pg_snapshot_xmax(pg_current_snapshot())::text::bigint"))
        number, first_unseen = cursor.fetchone()
    assert number < first_unseen
