"""How clerks write people down: with slips, in Pinyin, in traditional characters, from memory, not at all."""

from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache
from random import Random
from typing import Any

import opencc
from pypinyin import Style, lazy_pinyin

from registry.demo.city import city, lookalikes
from registry.demo.people import Home, Person


@dataclass(frozen=True)
class Habits:
    """How often a clerk does each of these in one entry, 0 to 1."""

    no_number: float = 0.03
    last_four: float = 0.03
    number_slip: float = 0.006
    number_cut: float = 0.003
    no_mobile: float = 0.05
    old_mobile: float = 0.08
    mobile_slip: float = 0.01
    mobile_cut: float = 0.002
    lookalike: float = 0.03
    traditional: float = 0.02
    pinyin: float = 0.03
    family_last: float = 0.01
    dot: float = 0.4
    no_birth: float = 0.08
    birth_swapped: float = 0.01
    birth_slip: float = 0.01
    old_home: float = 0.1
    short_home: float = 0.5


COMMUNITY = Habits()
EMPLOYER = Habits(no_number=0.01, last_four=0.0, no_mobile=0.08, pinyin=0.05, number_slip=0.004)
UTILITY = Habits(
    no_number=0.2,
    last_four=0.3,
    number_slip=0.008,
    no_mobile=0.01,
    old_mobile=0.12,
    pinyin=0.01,
    no_birth=1.0,
)
CAREFUL = Habits(**dict.fromkeys(Habits.__dataclass_fields__, 0.0))
"""A clerk who makes no mistake at all."""


def write(person: Person, habits: Habits, rng: Random, on: date) -> dict[str, str]:
    """What one clerk wrote down on that day: name, number, mobile, birth, sex, home, all as text."""
    return {
        "name": write_name(person, habits, rng),
        "number": write_number(person, habits, rng),
        "mobile": write_mobile(person, habits, rng, on),
        "birth": write_birth(person.birth, habits, rng),
        "sex": {"M": "男", "F": "女"}[person.sex],
        "home": write_home(_home(person, habits, rng, on), habits, rng),
    }


def write_name(person: Person, habits: Habits, rng: Random) -> str:
    """The name as the clerk heard or copied it."""
    if person.foreign:
        parts = [person.family, person.given] if rng.random() < habits.dot else [person.given, person.family]
        return " ".join(parts).upper() if rng.random() < 0.3 else " ".join(parts)
    if "·" in person.name:
        return person.name.replace("·", rng.choice(("•", ".", " ", "")) if rng.random() < habits.dot else "·")
    if rng.random() < habits.pinyin:
        return _pinyin(person, rng)
    name = person.given + person.family if rng.random() < habits.family_last else person.name
    if rng.random() < habits.lookalike:
        name = _confused(name)
    return _traditional().convert(name) if rng.random() < habits.traditional else name


def _pinyin(person: Person, rng: Random) -> str:
    parts = [
        "".join(lazy_pinyin(part, style=Style.NORMAL)).capitalize() for part in (person.family, person.given)
    ]
    return " ".join(parts if rng.random() < 0.75 else parts[::-1])


def _confused(name: str) -> str:
    """The name with its last confusable character confused."""
    for place in range(len(name) - 1, 0, -1):
        if name[place] in lookalikes():
            return name[:place] + lookalikes()[name[place]] + name[place + 1 :]
    return name


@cache
def _traditional() -> Any:
    return opencc.OpenCC("s2t")


def write_number(person: Person, habits: Habits, rng: Random) -> str:
    """The citizen number or passport: whole, its last four, mistyped, cut short or missing."""
    number = person.id_number or person.passport
    roll = rng.random()
    if roll < habits.no_number:
        return ""
    if person.id_number and roll < habits.no_number + habits.last_four:
        return number[-4:]
    if rng.random() < habits.number_slip:
        return slip(number, rng)
    return number[:-1] if person.id_number and rng.random() < habits.number_cut else number


def write_mobile(person: Person, habits: Habits, rng: Random, on: date) -> str:
    """The mobile: present, old, mistyped, cut short or missing."""
    if rng.random() < habits.no_mobile:
        return ""
    mobile = person.mobiles[1] if rng.random() < habits.old_mobile else person.mobile_on(on)
    if rng.random() < habits.mobile_slip:
        return slip(mobile, rng)
    return mobile[:-1] if rng.random() < habits.mobile_cut else mobile


def write_birth(birth: date, habits: Habits, rng: Random) -> str:
    """The birth date, with day and month exchanged, a day off, or missing."""
    if rng.random() < habits.no_birth:
        return ""
    if birth.day <= 12 and rng.random() < habits.birth_swapped:
        return f"{birth.year}-{birth.day:02d}-{birth.month:02d}"
    off = rng.choice((-365, -30, -1, 1, 30, 365)) if rng.random() < habits.birth_slip else 0
    return (birth + timedelta(days=off)).isoformat()


def _home(person: Person, habits: Habits, rng: Random, on: date) -> Home:
    return person.homes[1] if rng.random() < habits.old_home else person.home_on(on)


def write_home(home: Home, habits: Habits, rng: Random) -> str:
    """The address in full, or in one of the short ways that clerks have."""
    street = home.district + home.street
    if rng.random() >= habits.short_home:
        return f"{city()['name']}{street}{home.compound}{home.building}号楼{home.room}室"
    door = f"{home.building}-{home.room}"
    return rng.choice(
        (
            f"{home.compound}{home.building}栋{home.room}",
            f"{home.district}{home.compound}{home.building}号楼{home.room}",
            f"{home.street}{home.compound}{door}",
            f"{street}{home.compound}{home.building}幢{home.room}室",
        )
    )


def slip(number: str, rng: Random) -> str:
    """The number with two digits exchanged or one mistyped; never the same number."""
    place = rng.randrange(2, len(number) - 2)
    if number[place] != number[place + 1] and rng.random() < 0.5:
        return number[:place] + number[place + 1] + number[place] + number[place + 2 :]
    wrong = str((int(number[place]) + rng.randint(1, 9)) % 10)
    return number[:place] + wrong + number[place + 1 :]
