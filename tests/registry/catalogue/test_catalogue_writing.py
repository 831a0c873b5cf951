"""What clerks write is read into canonical values, or named for what is wrong with it."""

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from registry.catalogue import codes, writing
from registry.catalogue.issues import ISSUE_CODES, Unreadable


def fault_of(read, text: str) -> str:
    with pytest.raises(Unreadable) as caught:
        read(text)
    return caught.value.code


@pytest.mark.parametrize(
    "text",
    [
        "2026-03",
        "2026/3",
        "2026.03",
        "2026年3月",
        "2026年03月份",
        "202603",
        "２０２６年３月",
        " 2026-3 ",
        "2026-03-15",
        "2026/3/1 0:00:00",
        "20260331",
        "46082",
        "\t2026-03\u200b",
        "'2026-03",
        '="2026-03"',
    ],
)
def test_month_as_clerks_write_it(text):
    assert writing.read_month(text) == "2026-03"


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("2026-13", "month_format"),
        ("3月", "month_format"),
        ("Mar-26", "month_format"),
        ("03/2026", "month_format"),
        ("0226-03", "date_absurd"),
        ("2026-02-30", "date_impossible"),
    ],
)
def test_month_unreadable(text, code):
    assert fault_of(writing.read_month, text) == code


@pytest.mark.parametrize(
    "text",
    [
        "2026-03-05",
        "2026/3/5",
        "2026.3.5",
        "2026年3月5日",
        "20260305",
        "46086",
        "2026-03-05 13:45",
        "2026-03-05T00:00:00Z",
        "２０２６-０３-０５",
        "2026 / 3 / 5",
    ],
)
def test_day_as_clerks_write_it(text):
    assert writing.read_day(text) == "2026-03-05"


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("05/03/2026", "date_format"),
        ("March 5, 2026", "date_format"),
        ("2026-03", "date_format"),
        ("2026-02-30", "date_impossible"),
        ("2026-13-01", "date_impossible"),
        ("1026-03-01", "date_absurd"),
        ("9999-12-31", "date_absurd"),
        ("=TODAY()", "cell_formula"),
    ],
)
def test_day_unreadable(text, code):
    assert fault_of(writing.read_day, text) == code


@pytest.mark.parametrize(
    ("text", "amount"),
    [
        ("1234.5", "1234.50"),
        ("1,234.50", "1234.50"),
        ("¥1,234.5", "1234.50"),
        ("￥ １２３４．５", "1234.50"),
        ("1234元", "1234.00"),
        ("CNY 12", "12.00"),
        ("RMB12.10", "12.10"),
        ("1.2万", "12000.00"),
        ("1234.500", "1234.50"),
        ("0", "0.00"),
        ("-0.00", "0.00"),
        ("007", "7.00"),
        (".5", "0.50"),
    ],
)
def test_money_as_clerks_write_it(text, amount):
    assert writing.read_money(text, 10_000_000) == amount


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("abc", "amount_format"),
        ("1.234,50", "amount_format"),
        ("12,34", "amount_format"),
        ("1 234", "amount_format"),
        ("=1+1", "cell_formula"),
        ("1.005", "amount_decimals"),
        ("-5", "amount_negative"),
        ("(5.00)", "amount_negative"),
        ("10000001", "amount_absurd"),
        ("9" * 30, "amount_absurd"),
        ("1.2E+04", "number_damaged"),
    ],
)
def test_money_unreadable(text, code):
    assert fault_of(lambda cell: writing.read_money(cell, 10_000_000), text) == code


@pytest.mark.parametrize(
    ("text", "number"), [("3", 3), ("3.0", 3), ("3人", 3), ("３", 3), ("1,024", 1024), ("24 days", 24)]
)
def test_whole_number_as_clerks_write_it(text, number):
    assert writing.read_whole(text, 0, 2000) == number


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("3.5", "number_format"),
        ("-3", "number_format"),
        ("many", "number_format"),
        ("2001", "number_absurd"),
        ("1E+5", "number_damaged"),
    ],
)
def test_whole_number_unreadable(text, code):
    assert fault_of(lambda cell: writing.read_whole(cell, 0, 2000), text) == code


@pytest.mark.parametrize(
    ("text", "hours"), [("7.5", "7.5"), ("7.50小时", "7.5"), ("12.0", "12"), ("8h", "8")]
)
def test_quantity_as_clerks_write_it(text, hours):
    assert writing.read_quantity(text, 744) == hours


@pytest.mark.parametrize(
    ("text", "code"), [("7.555", "number_format"), ("745", "number_absurd"), ("-1", "number_format")]
)
def test_quantity_unreadable(text, code):
    assert fault_of(lambda cell: writing.read_quantity(cell, 744), text) == code


@pytest.mark.parametrize("text", ["是", "已缴", "Yes", "TRUE", "1", "√", "ｙ"])
def test_flag_yes(text):
    assert writing.read_flag(text) is True


@pytest.mark.parametrize("text", ["否", "未缴", "No", "false", "0", "×", "无"])
def test_flag_no(text):
    assert writing.read_flag(text) is False


def test_flag_of_an_amount_is_no_answer():
    assert fault_of(writing.read_flag, "350.00") == "flag_format"


@pytest.mark.parametrize("text", ["", "  ", "\u3000", "-", "—", "/", "N/A", "NULL", "none", " " * 40])
def test_cell_is_blank(text):
    assert writing.is_blank(text)


def test_cell_that_says_none_is_blank_but_for_flags():
    assert writing.says_nothing("无")
    assert writing.says_nothing("不详")
    assert not writing.is_blank("无")


def test_text_of_a_formula_is_refused_and_never_run():
    assert fault_of(lambda cell: writing.read_text(cell, 60), "=cmd|'/C calc'!A0") == "cell_formula"


def test_text_keeps_to_one_line_and_its_length():
    assert writing.read_text(" 快递员\n兼 保安 ", 60) == "快递员 兼 保安"
    assert fault_of(lambda cell: writing.read_text(cell, 3), "快递员兼") == "text_too_long"


@pytest.mark.parametrize(
    ("text", "code"), [("cny", "CNY"), ("人民币", "CNY"), ("港币", "HKD"), ("USD ", "USD")]
)
def test_currency_as_clerks_write_it(text, code):
    assert codes.read_currency(text) == code


def test_currency_unknown():
    assert fault_of(codes.read_currency, "ABC") == "currency_unknown"


def test_credit_code_with_its_check_character():
    assert codes.read_credit_code("91350100m000100y43") == "91350100M000100Y43"


@pytest.mark.parametrize("text", ["91350100M000100Y44", "91350100M000100Y4", "91350100I000100Y43", "x"])
def test_credit_code_wrong(text):
    assert fault_of(codes.read_credit_code, text) == "credit_code_check"


@pytest.mark.parametrize(
    ("text", "code"), [("6020", "G6020"), ("G6020", "G6020"), ("i65", "I65"), ("C", "C")]
)
def test_industry_gains_its_section(text, code):
    assert codes.read_industry(text) == code


@pytest.mark.parametrize("text", ["A6020", "9999", "物流", "U"])
def test_industry_unknown(text):
    assert fault_of(codes.read_industry, text) == "industry_unknown"


READERS = {
    "month": (writing.read_month, re.compile(r"\d{4}-(0[1-9]|1[0-2])")),
    "day": (writing.read_day, re.compile(r"\d{4}-\d{2}-\d{2}")),
    "money": (lambda text: writing.read_money(text, 10**9), re.compile(r"\d{1,10}\.\d{2}")),
    "quantity": (lambda text: writing.read_quantity(text, 744), re.compile(r"\d{1,3}(\.\d{1,2})?")),
    "currency": (codes.read_currency, re.compile(r"[A-Z]{3}")),
    "credit code": (codes.read_credit_code, re.compile(r"[0-9A-Z]{18}")),
    "industry": (codes.read_industry, re.compile(r"[A-T](\d{2,4})?")),
}
NUMBERISH = st.text(alphabet="0123456789０１９.,-/年月日元万¥()eE+ \t:T='\"", max_size=24)


@pytest.mark.parametrize("kind", READERS)
@settings(deadline=None)
@given(text=st.one_of(st.text(max_size=40), NUMBERISH))
def test_any_text_is_read_canonically_or_refused_by_code(kind, text):
    read, canonical = READERS[kind]
    try:
        value, code = read(text), ""
    except Unreadable as fault:
        value, code = "", fault.code
    assert code in ISSUE_CODES or (canonical.fullmatch(value) and read(value) == value)
