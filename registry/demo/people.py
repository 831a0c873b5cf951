"""Invented people: who they are, where they live, with whom they share a phone.

Each person follows from the seed and a number of their own: a smaller town is the beginning of a larger one.
"""

from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from random import Random

from registry.demo import numbers
from registry.demo.city import city, surnames

YOUNGEST, OLDEST = 19, 61
"""Years of age of those who move to the city."""
FOREIGN, DOTTED, NEW_NUMBER = 0.02, 0.06, 0.15
"""Shares of all people."""
TWINS, HOUSEHOLDS, NAMESAKES = 0.01, 0.10, 0.12
"""Shares of neighbouring pairs, each up to its figure."""


@dataclass(frozen=True)
class Home:
    """One front door."""

    district: str
    street: str
    compound: str
    building: int
    room: int


@dataclass(frozen=True)
class Person:
    """One invented person. `mobiles` and `homes`: the present one first, the one before it second.

    Who is tagged "new number" got it with the present home; others keep theirs when they move.
    """

    number: int
    name: str
    family: str
    given: str
    sex: str
    birth: date
    id_number: str
    passport: str
    mobiles: tuple[str, str]
    homes: tuple[Home, Home]
    arrived: date
    moved_on: date
    tags: frozenset[str] = field(default=frozenset())

    @property
    def foreign(self) -> bool:
        """Whether the person has a passport of another country and no citizen number."""
        return bool(self.passport)

    def home_on(self, day: date) -> Home:
        """Where the person lived on that day."""
        return self.homes[0] if day >= self.moved_on else self.homes[1]

    def mobile_on(self, day: date) -> str:
        """The mobile of that day."""
        return self.mobiles["new number" in self.tags and day < self.moved_on]


def make_people(count: int, *, seed: int, today: date, first: int = 0) -> list[Person]:
    """`count` people of the town as it is on that day, from the one of this (even) number on."""
    every = range(first, first + count)
    people = [_person(number, Random(f"{seed}/person/{number}"), today) for number in every]
    for left in range(0, count - 1, 2):
        people[left + 1] = _neighbour(people[left], people[left + 1], Random(f"{seed}/pair/{first + left}"))
    return people


def _person(number: int, rng: Random, today: date) -> Person:
    sex = rng.choice("MF")
    age = rng.triangular(YOUNGEST, OLDEST, 27)
    birth = today - timedelta(days=int(age * 365.25))
    name, family, given, foreign = _name(sex, rng)
    region = rng.choice(city()["origins"]["regions"])
    arrived = today - timedelta(days=int(rng.triangular(200, 3600, 900)))
    since = (today - arrived).days
    return Person(
        number,
        name,
        family,
        given,
        sex,
        birth,
        "" if foreign else numbers.citizen_number(region, birth, sex, rng),
        numbers.passport(rng) if foreign else "",
        (numbers.mobile(rng), numbers.mobile(rng)),
        (_home(rng), _home(rng)),
        arrived,
        # Four in ten have moved within the city since they came.
        today - timedelta(days=rng.randrange(60, since)) if rng.random() < 0.4 else arrived,
        frozenset({"new number"} if rng.random() < NEW_NUMBER else ()),
    )


def _name(sex: str, rng: Random) -> tuple[str, str, str, bool]:
    roll = rng.random()
    if roll < FOREIGN:
        given, family = rng.choice(city()["foreign"]["given"]), rng.choice(city()["foreign"]["family"])
        return f"{given} {family}", family, given, True
    if roll < FOREIGN + DOTTED:
        given, family = rng.choice(city()["dotted"][sex]).split("·")
        return f"{given}·{family}", family, given, False
    names, shares = surnames()
    family = rng.choices(names, shares)[0]
    given = _given(sex, rng)
    return family + given, family, given, False


def _given(sex: str, rng: Random) -> str:
    return "".join(rng.choice(city()["given"][sex]) for _ in range(1 if rng.random() < 0.15 else 2))


def _home(rng: Random) -> Home:
    places = city()["places"]
    compound = rng.choice(places["compounds"]) + rng.choice(places["kinds"])
    floor, door = rng.randint(1, 18), rng.randint(1, 4)
    return Home(
        rng.choice(places["districts"]),
        rng.choice(places["streets"]),
        compound,
        rng.randint(1, 32),
        floor * 100 + door,
    )


def _neighbour(one: Person, other: Person, rng: Random) -> Person:
    """The second of two as a twin, a spouse on one phone or a namesake of the first; most are none."""
    roll = rng.random()
    if one.foreign or other.foreign or "·" in one.name + other.name:
        return other
    if roll < TWINS:
        given = one.given[:-1] + rng.choice(city()["given"][other.sex])
        twin = replace(other, birth=one.birth, family=one.family, given=given, homes=one.homes)
        return _numbered(
            replace(twin, name=one.family + given, tags=other.tags | {"twin"}), one.id_number[:2], rng
        )
    if roll < HOUSEHOLDS:
        return replace(
            other,
            homes=one.homes,
            mobiles=(one.mobiles[0], other.mobiles[1]),
            moved_on=one.moved_on,
            tags=other.tags | {"household"},
        )
    if roll < NAMESAKES:
        namesake = replace(
            other, name=one.name, family=one.family, given=one.given, sex=one.sex, birth=one.birth
        )
        return _numbered(replace(namesake, tags=other.tags | {"namesake"}), other.id_number[:2], rng)
    return other


def _numbered(person: Person, region: str, rng: Random) -> Person:
    """The person with a citizen number that fits birth and sex."""
    return replace(person, id_number=numbers.citizen_number(region, person.birth, person.sex, rng))
