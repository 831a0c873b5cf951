"""Identity cells and the citizen number."""

from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ingest.errors import ROW_FAULTS
from registry.catalogue import CONSENT_FIELDS, IDENTITY_FIELDS, Unreadable
from registry.catalogue.citizen import birth_of, check_character, check_holds, is_shaped, sex_of

NUMBER = "11010519491231002X"  # the example printed in GB 11643-1999


def read(name: str, text: str):
    return (IDENTITY_FIELDS | CONSENT_FIELDS)[name].kind.read(text)


def fault_of(name: str, text: str) -> str:
    with pytest.raises(Unreadable) as caught:
        read(name, text)
    return caught.value.code


def test_check_character_of_the_standards_example():
    assert check_character(NUMBER[:17]) == "X"
    assert check_holds(NUMBER)
    assert check_holds("440524188001010014")  # the standard's second example


@settings(deadline=None)
@given(body=st.integers(min_value=0, max_value=10**17 - 1).map("{:017d}".format), place=st.integers(0, 16))
def test_check_character_catches_every_single_wrong_digit(body, place):
    number = body + check_character(body)
    for digit in "0123456789":
        if digit != body[place]:
            assert not check_holds(number[:place] + digit + number[place + 1 :])


def test_number_tells_birth_and_sex():
    assert birth_of(NUMBER) == date(1949, 12, 31)
    assert sex_of(NUMBER) == "F"
    assert birth_of("110105194902310021") is None


@pytest.mark.parametrize(
    "text", ["", "11010519491231002", "11010519491231002x", "１１０１０５１９４９１２３１００２X"]
)
def test_shape_is_strict(text):
    assert not is_shaped(text)


def test_x_before_the_end_never_holds():
    assert not check_holds("1101051949123100X2")


@pytest.mark.parametrize(
    "text",
    [
        " 110105 19491231 002x ",
        "'11010519491231002X",
        '="11010519491231002x"',
        "11010519491231002X\t",
        "１１０１０５１９４９１２３１００２Ｘ",
    ],
)
def test_id_number_as_exports_write_it(text):
    assert read("id_number", text) == NUMBER


@pytest.mark.parametrize("text", ["1.10105E+17", "1.10105194912310E+17", "1E17"])
def test_id_number_in_scientific_notation_is_damaged(text):
    assert fault_of("id_number", text) == "id_number_damaged"


@pytest.mark.parametrize(
    ("text", "last"), [("002x", "002X"), ("123", "0123"), ("1234.0", "1234"), ("００２Ｘ", "002X")]
)
def test_last_four_as_exports_write_them(text, last):
    assert read("id_last4", text) == last


@pytest.mark.parametrize("text", ["12", "X123", "12345", "abcd"])
def test_last_four_wrong(text):
    assert fault_of("id_last4", text) == "id_last4_format"


@pytest.mark.parametrize(
    "text",
    [
        "13800138000",
        "+86 138 0013 8000",
        "86-13800138000",
        "138-0013-8000",
        "13800138000.0",
        "008613800138000",
    ],
)
def test_mobile_as_clerks_write_it(text):
    assert read("mobile", text) == "13800138000"


def test_mobile_from_abroad():
    assert read("mobile", "+852 6123 4567") == "+85261234567"


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("12800138000", "mobile_format"),
        ("010-12345678", "mobile_format"),
        ("1.38E+10", "number_damaged"),
        ("1380013800", "mobile_format"),
    ],
)
def test_mobile_wrong(text, code):
    assert fault_of("mobile", text) == code


@pytest.mark.parametrize(
    ("text", "name"),
    [
        (" 张 伟 ", "张 伟"),
        ("阿依古丽·托合提", "阿依古丽·托合提"),
        ("Nguyen Van  An", "Nguyen Van An"),
        ("\u202e张伟\u202c", "张伟"),
        ("张\u200b伟", "张伟"),
        ("محمد", "محمد"),
        ("O'Brien", "O'Brien"),
    ],
)
def test_name_as_written(text, name):
    assert read("name", text) == name


@pytest.mark.parametrize("text", ["张伟2", "@SUM", "---", "13800138000", "+张"])
def test_name_that_is_none(text):
    assert fault_of("name", text) == "name_format"


def test_name_too_long():
    assert fault_of("name", "张" * 81) == "text_too_long"


@pytest.mark.parametrize(
    ("text", "sex"), [("男", "M"), ("女性", "F"), ("male", "M"), ("f", "F"), ("1", "M"), ("2", "F")]
)
def test_sex_as_clerks_write_it(text, sex):
    assert read("sex", text) == sex


def test_passport_in_capitals_without_spaces():
    assert read("passport", " e 1234 5678 ") == "E12345678"
    assert fault_of("passport", "护照123") == "document_format"


def test_consent_method_and_digest():
    assert read("consent_method", "纸质授权书") == "paper_form"
    assert read("consent_document_sha256", "SHA256:" + "AB" * 32) == "ab" * 32
    assert fault_of("consent_document_sha256", "ab" * 31) == "digest_format"


@pytest.mark.parametrize("name", [*IDENTITY_FIELDS, *CONSENT_FIELDS])
def test_example_is_read_without_a_fault(name):
    assert read(name, (IDENTITY_FIELDS | CONSENT_FIELDS)[name].example)


@pytest.mark.parametrize("name", [*IDENTITY_FIELDS, *CONSENT_FIELDS])
@settings(deadline=None)
@given(text=st.one_of(st.text(max_size=60), st.text(alphabet="0123456789X.E+-= '\"", max_size=24)))
def test_any_text_is_read_or_refused_by_code(name, text):
    code = ""
    try:
        read(name, text)
    except Unreadable as fault:
        code = fault.code
    assert code in {"", *ROW_FAULTS}


@pytest.mark.parametrize("name", ["name", "id_number", "id_last4", "passport", "mobile", "consent_reference"])
@pytest.mark.parametrize(("text", "code"), [("#REF!", "cell_error"), ("=A1&B1", "cell_formula")])
def test_error_or_formula_of_a_spreadsheet_is_named(name, text, code):
    assert fault_of(name, text) == code
