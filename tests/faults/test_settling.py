"""What two transactions decide about the same people at once holds together; others are left alone."""

from collections.abc import Mapping
from itertools import count
from threading import Event, Thread

import pytest
from django.db import connection, transaction
from stdnum.iso7064 import mod_11_2

from registry import residents
from registry.models import Link, Resident, Settlement
from registry.residents import turns
from registry.residents.turns import look
from tests.factories import residents as make
from tests.factories.parallel import at_once
from tests.factories.waiting import PATIENCE, wait_for

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


def tidied(first: int) -> None:
    """Settlements go with the next ones, once other tests' transactions on this server have ended."""
    places = count(first)

    def one_more() -> bool:
        make.make_resident(next(places))
        return Settlement.objects.count() <= 2

    wait_for(one_more, "tidying")


def test_settlements_go_as_soon_as_nobody_needs_them() -> None:
    for place in range(5):
        make.make_resident(place)
    tidied(5)


def test_settlements_stay_for_whoever_looked_before_them() -> None:
    make.make_resident(9)
    before = Settlement.objects.count()
    with transaction.atomic():
        look()
        at_once([lambda place=place: make.make_resident(place) for place in range(3)])
        assert Settlement.objects.count() == before + 3
    tidied(10)


class Decider(Thread):
    """A transaction of its own that looks at once, and settles when told to; `outcome` says how that went.

    `seen` is the newest settlement before it looked.
    """

    def __init__(self, digest: bytes) -> None:
        super().__init__(daemon=True)
        self.digest, self.outcome, self.seen = digest, "", 0
        self.looked, self.told = Event(), Event()
        self.start()

    def run(self) -> None:
        try:
            with transaction.atomic():
                residents.take_turns([self.digest])
                self.seen = look().seen
                self.looked.set()
                assert self.told.wait(PATIENCE)
                residents.settle()
            self.outcome = "settled"
        except residents.Overtaken:
            self.outcome = "overtaken"
        finally:
            connection.close()

    def end(self) -> str:
        self.told.set()
        self.join(PATIENCE)
        return self.outcome


def digest(place: int) -> bytes:
    return bytes([place]) * 16


def begun(place: int) -> Decider:
    decider = Decider(digest(place))
    assert decider.looked.wait(PATIENCE)
    return decider


def test_settlement_stays_for_whoever_began_last_and_looked_before_it() -> None:
    make.make_resident(9)
    first, second = begun(1), begun(2)
    late = begun(1)
    assert [first.end(), second.end(), begun(3).end(), late.end()] == ["settled"] * 3 + ["overtaken"]


def test_settlement_stays_for_whoever_is_still_looking(monkeypatch: pytest.MonkeyPatch) -> None:
    """It must know all that was settled before it had a number, since that may be gone when it settles."""
    make.make_resident(9)
    first, second, usual = begun(1), begun(2), turns._LOOK
    number = "pg_current_xact_id()"
    slow = usual.replace(number, f"(SELECT {number} FROM pg_sleep(3))", 1)
    monkeypatch.setattr(turns, "_LOOK", slow)
    late = Decider(digest(1))
    wait_for(_sleeping)
    monkeypatch.setattr(turns, "_LOOK", usual)
    assert [first.end(), second.end(), begun(3).end()] == ["settled"] * 3
    assert _sleeping()
    assert late.looked.wait(PATIENCE)
    assert late.seen == Settlement.objects.latest("id").id
    assert late.end() == "settled"


def _sleeping() -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM pg_stat_activity WHERE wait_event = 'PgSleep'")
        return bool(cursor.fetchone()[0])
