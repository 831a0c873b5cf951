"""Everything that touches a person's consents, at once: someone waits, nobody waits in a circle."""

import random
import threading
from collections import Counter
from collections.abc import Callable
from datetime import date
from uuid import UUID

import pytest
from django.db import IntegrityError, connection, transaction
from django.utils import timezone

from consent import services
from consent.checks import contributions_in_force, require_access
from consent.models import Consent
from registry import ledger, profiles, residents
from registry.errors import RegistryError
from registry.models import Licence, Merge
from tests.factories.consents import (
    AT,
    BY,
    PURPOSE,
    Known,
    ask,
    attested,
    days_later,
    granted,
    make_furnisher,
    make_lender,
    make_resident,
    store_bills,
)

pytestmark = pytest.mark.django_db(transaction=True)

CREWS, ACTS_EACH = 8, 60
ON_THE_DAY = timezone.localdate(AT)


class World:
    """Three people who may be one, a lender, two furnishers, and what happened to them."""

    def __init__(self) -> None:
        self.people = [make_resident() for _ in range(3)]
        self.furnishers = [make_furnisher() for _ in range(2)]
        self.lenders = [make_lender() for _ in range(3)]
        self.done: Counter[str] = Counter()
        self.refused: Counter[str] = Counter()
        self.broken: list[BaseException] = []
        for person in self.people:
            residents.claim(**self.claim_of(person))

    def claim_of(self, person: Known) -> dict[str, object]:
        """What a person shows to get an account."""
        said = person.identity
        return {
            "mobile": said["mobile"],
            "name": said["name"],
            "document": said["id_number"],
            "by": BY,
            "method": "code",
            "at": AT,
        }

    def some_consent(self, chance: random.Random, **which: str) -> UUID | None:
        """A granted consent of anybody, if there is one."""
        found = list(Consent.objects.filter(status="granted", **which).values_list("id", flat=True))
        return chance.choice(found) if found else None


def grant(world: World, chance: random.Random) -> None:
    """Ask and grant."""
    granted(make_lender(), chance.choice(world.people))


def attest(world: World, chance: random.Random) -> None:
    """A furnisher attests."""
    attested(chance.choice(world.furnishers), chance.choice(world.people), signed_on=ON_THE_DAY)


def read(world: World, chance: random.Random) -> None:
    """A lender reads, through the gate and the profile, in one transaction."""
    consent = world.some_consent(chance, kind="access")
    if consent is None:
        return
    lender = Consent.objects.get(id=consent).organisation_id
    with transaction.atomic():
        access = require_access(organisation=lender, consent_id=consent, purpose=PURPOSE, at=AT)
        profiles.read(
            reader=profiles.Reader("report", lender, consent),
            resident=access.resident,
            categories=access.categories,
            records_from=date(2020, 1, 1),
            records_until=None,
            purpose=PURPOSE,
            by=BY,
            at=AT,
            consents=access.contributions,
        )


def contribute(world: World, chance: random.Random) -> None:
    """A chunk of a file: the chunk gate for everybody, then records."""
    furnisher: Licence = chance.choice(world.furnishers)
    with transaction.atomic():
        found = contributions_in_force(
            organisation=furnisher.organisation_id, residents=[each.id for each in world.people], at=AT
        )
        for person in world.people:
            if person.id in found:
                store_bills(furnisher, person, found[person.id][0].consent_id, months=2)


def withdraw(world: World, chance: random.Random) -> None:
    """Somebody withdraws one consent."""
    consent = world.some_consent(chance)
    if consent is not None:
        holder = Consent.objects.get(id=consent).resident_id
        assert holder
        services.withdraw(consent_id=consent, resident=holder, by=BY, at=AT)


def withdraw_everything(world: World, chance: random.Random) -> None:
    """Somebody withdraws it all."""
    services.withdraw_all(resident=chance.choice(world.people).id, by=BY, at=AT)


def narrow(world: World, chance: random.Random) -> None:
    """Somebody narrows a consent."""
    consent = world.some_consent(chance, kind="access")
    if consent is not None:
        holder = Consent.objects.get(id=consent).resident_id
        assert holder
        services.narrow(
            consent_id=consent, resident=holder, language="en", by=BY, at=AT, categories=["identity"]
        )


def freeze(world: World, chance: random.Random) -> None:
    """Somebody freezes and lifts it again."""
    person = chance.choice(world.people)
    residents.freeze(resident=person.id, by=BY, at=AT)
    residents.unfreeze(resident=person.id, by=BY, at=AT)


def merge_and_split(world: World, chance: random.Random) -> None:
    """Two people become one and two again."""
    newcomer, person = make_resident(), chance.choice(world.people)
    pair = [newcomer.id, person.id]
    root = residents.root_of(pair)
    residents.merge(resident=root[newcomer.id], into=root[person.id], by=BY, reasons=["test"], at=AT)
    residents.split(merge_id=Merge.objects.get(resident=newcomer.id, split_at=None).id, by=BY, at=AT)


def erase(world: World, chance: random.Random) -> None:
    """A newcomer is erased with all that was agreed, which the clock may end meanwhile."""
    newcomer = make_resident()
    granted(make_lender(), newcomer)
    furnisher = chance.choice(world.furnishers)
    store_bills(furnisher, newcomer, attested(furnisher, newcomer), months=2)
    ask(make_lender(), newcomer.identity)
    services.erase(resident=newcomer.id, by=BY, reason="resident_asked", at=AT)


def sweep(world: World, chance: random.Random) -> None:
    """The clock ends what is over; much later, so that some is."""
    services.expire_due(at=days_later(31 if chance.random() < 0.2 else 0))


ACTS: tuple[Callable[[World, random.Random], None], ...] = (
    *(grant, grant, attest, attest, read, read, read, contribute, contribute),
    *(withdraw, withdraw_everything, narrow, freeze, merge_and_split, erase, sweep),
)


def work(world: World, seed: int) -> None:
    """One crew's acts, on a connection of its own."""
    chance = random.Random(seed)
    try:
        for _ in range(ACTS_EACH):
            act = chance.choice(ACTS)
            try:
                act(world, chance)
                world.done[act.__name__] += 1
            except (RegistryError, IntegrityError) as refusal:
                world.refused[type(refusal).__name__] += 1
    except BaseException as failure:  # noqa: BLE001  (shown by the test itself)
        world.broken.append(failure)
    finally:
        connection.close()


def test_acts_of_all_kinds_on_the_same_people_at_once_meet_no_deadlock() -> None:
    world = World()
    crews = [threading.Thread(target=work, args=(world, seed)) for seed in range(CREWS)]
    for crew in crews:
        crew.start()
    for crew in crews:
        crew.join()
    assert world.broken == []
    assert set(world.done) == {act.__name__ for act in ACTS}
    assert sum(world.done.values()) > CREWS * ACTS_EACH / 2, world.refused
    ledger.sequence(at=AT)
    assert ledger.verify().leaves > sum(world.done.values())
