"""Citizen numbers, other documents, telephones, birth dates and sex as clerks and spreadsheets write them."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from registry.linkage import normalise
from registry.linkage.numbers import (
    is_strong_permit,
    is_valid_number,
    read_birth,
    read_documents,
    read_mobile,
    read_sex,
    sex_in,
    upgrade,
)

NUMBER = "11010519491231002X"


def documents(id_number: str = "", id_last4: str = "", passport: str = "", residence_permit: str = ""):
    return read_documents(id_number, id_last4, passport, residence_permit)._asdict()


def only(**found: str) -> dict[str, str]:
    return {"id_number": "", "id_last4": "", "passport": "", "residence_permit": ""} | found


@pytest.mark.parametrize(
    "written",
    [
        NUMBER,
        NUMBER.lower(),
        "110105 1949 1231 002x",
        "110105-19491231-002X",
        f"'{NUMBER}",
        "１１０１０５１９４９１２３１００２Ｘ",
    ],
)
def test_citizen_number_is_read_however_it_is_spaced(written):
    assert documents(written) == only(id_number=NUMBER, id_last4="002X")


def test_citizen_number_of_15_digits_gets_its_18():
    assert documents("110105491231002") == only(id_number=NUMBER, id_last4="002X")


def test_citizen_number_with_a_wrong_check_character_is_weak_evidence():
    person = normalise({"id_number": "110105194912310021"})
    assert (person.id_number, person.id_number_valid) == ("110105194912310021", False)


def test_citizen_number_with_an_impossible_birth_date_is_not_valid():
    body = "11010519490231002"
    assert [is_valid_number(body + check) for check in "0123456789X"] == [False] * 11


def test_citizen_number_of_a_county_missing_in_tables_is_valid():
    assert is_valid_number(upgrade("421181900101123"))


@pytest.mark.parametrize("written", ["410122199604174000", "4.10122E+17"])
def test_citizen_number_that_a_spreadsheet_rounded_is_not_read(written):
    assert documents(written) == only()


@pytest.mark.parametrize("written", ["002X", "002x", "**************002X", "1101051949****002X", "••••002X"])
def test_last_four_are_read_in_the_column_of_the_number(written):
    assert documents(written) == only(id_last4="002X")


def test_full_number_supplies_its_own_last_four():
    assert documents(NUMBER, id_last4="9999")["id_last4"] == "002X"


def test_passport_in_the_column_of_the_number_is_a_passport():
    assert documents("E 1234 5678") == only(passport="E12345678")


@pytest.mark.parametrize("written", ["810000199001010019", "CRI110000199001"])
def test_permit_in_the_column_of_the_number_is_a_permit(written):
    assert documents(written) == only(residence_permit=written)


def test_first_column_that_yields_a_kind_wins():
    assert documents("E12345678", passport="G87654321") == only(passport="E12345678")


@pytest.mark.parametrize("text", ["无", "N/A", "000", "身份证", "12345"])
def test_text_without_a_number_is_no_document(text):
    assert documents(text) == only()


@given(st.integers(0, 999), st.dates(date(1930, 1, 1), date(1999, 12, 31)))
def test_upgraded_number_always_holds_its_check_and_birth_date(sequence, born):
    number = upgrade(f"410122{born:%y%m%d}{sequence:03d}")
    assert is_valid_number(number)
    assert normalise({"id_number": number}).births == (born.isoformat(),)


@given(st.integers(0, 16), st.integers(1, 9))
def test_one_wrong_digit_always_breaks_the_check(place, shift):
    wrong = str((int(NUMBER[place]) + shift) % 10)
    assert not is_valid_number(NUMBER[:place] + wrong + NUMBER[place + 1 :])


@given(st.integers(0, 15))
def test_two_neighbours_swapped_always_break_the_check(place):
    swapped = NUMBER[:place] + NUMBER[place + 1] + NUMBER[place] + NUMBER[place + 2 :]
    assert is_valid_number(swapped) == (NUMBER[place] == NUMBER[place + 1])


@pytest.mark.parametrize(("number", "sex"), [(NUMBER, "F"), (upgrade("110105491231001"), "M"), ("002X", "")])
def test_sex_stands_in_the_seventeenth_digit(number, sex):
    assert sex_in(number) == sex


def test_permit_of_18_characters_is_strong_only_if_it_checks():
    checked = [is_strong_permit(f"81000019900101001{check}") for check in "0123456789X"]
    assert checked.count(True) == 1


@pytest.mark.parametrize(
    "written",
    [
        "13812345678",
        "+86 138 1234 5678",
        "86-138-1234-5678",
        "0086 13812345678",
        "(+86)13812345678",
        "１３８１２３４５６７８",
        "13812345678转802",
        "13812345678.0",
        "1.3812345678E10",
        "13812345678/13987654321",
        "13812345678、010-62345678",
    ],
)
def test_mobile_is_read_to_its_eleven_digits(written):
    assert read_mobile(written) == "13812345678"


@pytest.mark.parametrize("written", ["", "无", "13800138000", "11111111111", "1.38E+10", "12345", "1" * 30])
def test_text_without_a_telephone_is_none(written):
    assert read_mobile(written) == ""


def test_telephone_of_another_country_keeps_its_digits():
    assert read_mobile("+84 91 234 56 78") == "84912345678"


@pytest.mark.parametrize(
    "written",
    [
        "1990-03-07",
        "1990/3/7",
        "1990.3.7",
        "1990年3月7日",
        "19900307",
        "07/03/1990",
        "1990-03-07 00:00:00",
        "32939",
        "一九九〇年三月七日",
        "１９９０－０３－０７",
    ],
)
def test_birth_date_is_read_from_every_layout(written):
    assert read_birth(written) == "1990-03-07"


def test_birth_date_with_the_month_first_is_read_where_no_day_is_possible():
    assert read_birth("3/13/1990") == "1990-03-13"


@pytest.mark.parametrize("written", ["", "1990-02-30", "0007-01-01", "90-3-7", "1990-03", "不详"])
def test_impossible_birth_date_is_none(written):
    assert read_birth(written) == ""


@pytest.mark.parametrize(
    ("written", "sex"),
    [("男", "M"), ("1", "M"), ("Male", "M"), ("女性", "F"), ("2", "F"), ("f", "F"), ("未知", ""), ("0", "")],
)
def test_sex_is_read_from_words_and_codes(written, sex):
    assert read_sex(written) == sex
