"""Levels of agreement between documents, dates, sexes and mobiles; silence agrees with nothing."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from registry.linkage import compare, normalise
from registry.linkage.compare import Level
from registry.linkage.numbers import upgrade

NUMBER = "11010519491231002X"
OTHER = upgrade("410122900307123")


def level(function, one: dict[str, str], other: dict[str, str]) -> Level:
    a, b = normalise(one), normalise(other)
    assert function(a, b) is function(b, a)
    return function(a, b)


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [
        (NUMBER, NUMBER, Level.SAME),
        (NUMBER, OTHER, Level.CONTRADICTS),
        (NUMBER, "110105194912310021", Level.NEAR),
        (NUMBER, "110105194912130023", Level.DIFFERS),
        (NUMBER, "002X", Level.LAST4),
        (NUMBER, "1234", Level.DIFFERS),
        ("002X", "002X", Level.LAST4),
        (NUMBER, "", Level.UNKNOWN),
        ("110105194912310021", "002X", Level.UNKNOWN),
    ],
)
def test_citizen_numbers_compare(one, other, expected):
    assert level(compare.compare_numbers, {"id_number": one}, {"id_number": other}) is expected


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [
        ("E12345678", "E12345678", Level.SAME),
        ("E12345678", "E12345687", Level.NEAR),
        ("E12345678", "G98765432", Level.DIFFERS),
        ("E12345678", "", Level.UNKNOWN),
    ],
)
def test_passports_compare(one, other, expected):
    assert level(compare.compare_passports, {"passport": one}, {"passport": other}) is expected


def permit(head: str) -> str:
    return next(
        head + check for check in "0123456789X" if normalise({"residence_permit": head + check}).strong_permit
    )


def test_two_whole_permits_of_the_citizen_layout_contradict():
    one, other = permit("81000019900101001"), permit("83000019850505005")
    assert (
        level(compare.compare_permits, {"residence_permit": one}, {"residence_permit": other})
        is Level.CONTRADICTS
    )


def test_permits_that_are_not_whole_only_differ():
    assert (
        level(compare.compare_permits, {"residence_permit": "A1234567"}, {"residence_permit": "B7654321"})
        is Level.DIFFERS
    )


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [
        ("1990-03-07", "1990-03-07", Level.SAME),
        ("1990-03-07", "1990-07-03", Level.SWAPPED),
        ("1990-03-07", "1991-03-07", Level.NEAR),
        ("1990-03-07", "1990-04-08", Level.DIFFERS),
        ("1990-03-07", "", Level.UNKNOWN),
    ],
)
def test_birth_dates_compare(one, other, expected):
    assert level(compare.compare_births, {"birth_date": one}, {"birth_date": other}) is expected


def test_birth_date_inside_a_number_speaks_where_the_stated_one_slips():
    one = {"id_number": NUMBER, "birth_date": "1949-12-13"}
    assert level(compare.compare_births, one, {"birth_date": "1949-12-31"}) is Level.SAME


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [
        ({"sex": "男"}, {"sex": "M"}, Level.SAME),
        ({"sex": "男"}, {"sex": "女"}, Level.DIFFERS),
        ({"id_number": NUMBER}, {"sex": "女"}, Level.SAME),
        ({"sex": "男"}, {}, Level.UNKNOWN),
    ],
)
def test_sexes_compare(one, other, expected):
    assert level(compare.compare_sexes, one, other) is expected


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [
        ("13812345678", "+86 138-1234-5678", Level.SAME),
        ("13812345678", "13812345687", Level.NEAR),
        ("13812345678", "1381234567", Level.NEAR),
        ("13812345678", "15987654321", Level.DIFFERS),
        ("13812345678", "", Level.UNKNOWN),
    ],
)
def test_mobiles_compare(one, other, expected):
    assert level(compare.compare_mobiles, {"mobile": one}, {"mobile": other}) is expected


@given(st.text(alphabet="0123456789X", min_size=2, max_size=18), st.data())
def test_slip_is_one_keystroke(number, data):
    place = data.draw(st.integers(0, len(number) - 1))
    assert compare.slip(number, number[:place] + number[place + 1 :])
    assert compare.slip(number, number[:place] + "?" + number[place:])
    assert not compare.slip(number, number)
