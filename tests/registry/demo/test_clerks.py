"""How clerks write: each habit alone does what it says, and none of them does nothing."""

from dataclasses import fields, replace
from datetime import date
from random import Random

import pytest

from registry.catalogue.citizen import check_holds
from registry.demo.clerks import CAREFUL, COMMUNITY, EMPLOYER, UTILITY, slip, write
from registry.demo.people import Home, Person

HOME = Home("潮音区", "桂桥街道", "晴川小区", 5, 302)
OLD_HOME = Home("北桥区", "石渡街道", "听松家园", 12, 1101)
LI = Person(
    5, "李国华", "李", "国华", "F", date(1990, 3, 7), "349901199003072345", "",
    ("16000000001", "16000000002"), (HOME, OLD_HOME), date(2022, 5, 1), date(2025, 5, 1),
)  # fmt: skip
DAY = date(2026, 11, 1)


def written(field: str, **habits: float) -> str:
    return write(LI, replace(CAREFUL, **habits), Random(3), DAY)[field]


def test_careful_clerk_writes_what_is_so():
    assert write(LI, CAREFUL, Random(3), DAY) == {
        "name": "李国华",
        "number": "349901199003072345",
        "mobile": "16000000001",
        "birth": "1990-03-07",
        "sex": "女",
        "home": "云岚市潮音区桂桥街道晴川小区5号楼302室",
    }


@pytest.mark.parametrize(
    ("field", "habit", "expected"),
    [
        ("name", "pinyin", "Li Guohua"),
        ("name", "traditional", "李國華"),
        ("name", "family_last", "国华李"),
        ("number", "no_number", ""),
        ("number", "last_four", "2345"),
        ("number", "number_cut", "34990119900307234"),
        ("mobile", "no_mobile", ""),
        ("mobile", "old_mobile", "16000000002"),
        ("mobile", "mobile_cut", "1600000000"),
        ("birth", "no_birth", ""),
        ("birth", "birth_swapped", "1990-07-03"),
    ],
)
def test_habit_shows_in_what_is_written(field, habit, expected):
    assert written(field, **{habit: 1.0}) == expected


def test_lookalike_changes_one_character_and_not_the_surname():
    wei = replace(LI, name="李建国", given="建国")
    assert write(wei, replace(CAREFUL, lookalike=1.0), Random(3), DAY)["name"] == "李健国"


def test_old_home_is_the_one_before():
    assert written("home", old_home=1.0) == "云岚市北桥区石渡街道听松家园12号楼1101室"


def test_dot_is_written_in_many_ways():
    person = replace(LI, name="才让·多杰", family="多杰", given="才让")
    habits = replace(CAREFUL, dot=1.0)
    assert {write(person, habits, Random(n), DAY)["name"] for n in range(40)} == {
        "才让•多杰", "才让.多杰", "才让 多杰", "才让多杰",
    }  # fmt: skip


def test_slip_is_never_the_number_itself():
    slips = {slip(LI.id_number, Random(n)) for n in range(300)}
    assert LI.id_number not in slips
    assert {len(number) for number in slips} == {18}


def test_slip_is_found_by_the_check_character():
    assert not any(check_holds(slip(LI.id_number, Random(n))) for n in range(300))


@pytest.mark.parametrize("habits", [COMMUNITY, EMPLOYER, UTILITY])
def test_no_habit_is_certain_to_hide_who_it_is(habits):
    hiding = ("no_number", "no_mobile", "number_slip", "mobile_slip", "number_cut", "mobile_cut")
    assert max(getattr(habits, name) for name in hiding) <= 0.2
    assert all(0 <= getattr(habits, field.name) <= 1 for field in fields(habits))
