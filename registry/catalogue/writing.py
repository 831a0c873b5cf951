"""What clerks write, read into canonical values: dates ISO 8601, months YYYY-MM, money with two places.

Every `read_…` takes the text of one cell and returns the canonical value or raises `Unreadable`. A canonical
value reads as itself. Nothing is ever evaluated: a formula is text like any other.
"""

import re
import unicodedata
from datetime import date, timedelta
from decimal import Decimal
from functools import lru_cache

from registry.catalogue.issues import Unreadable

UNKNOWNS = frozenset({"无", "没有", "暂无", "不详", "不明", "未知", "未提供", "未填", "至今", "unknown"})
BLANKS = frozenset({"", "-", "--", "—", "——", "/", "\\", "\\n", "n/a", "null", "none", "nil", "空"})
_YES = "是 有 对 真 已 已缴 已缴纳 已实缴 已到账 实缴 正常 正常缴费 y yes true t 1 √ ✓ ✔"
_NO = "否 无 没有 错 假 未 未缴 未缴纳 未实缴 未到账 欠缴 断缴 n no false f 0 × x ✗ ✘"
YES, NO = frozenset(_YES.split()), frozenset(_NO.split())

_LONGEST_BLANK = 16
# Most cells tell by their first character that they say something: no word for nothing begins with it.
_TELLING = frozenset("0123456789abcdefghijklmopqrstvwxyzABCDEFGHIJKLMOPQRSTVWXYZ")
_DOUBTFUL = frozenset(word[0] for word in UNKNOWNS | BLANKS if word)

# Zero-width and direction marks: unseen by the clerk, so no part of what was written.
_UNSEEN = dict.fromkeys([0x00AD, 0x061C, 0x180E, *range(0x200B, 0x2010), *range(0x202A, 0x202F), 0x2060,
                         *range(0x2066, 0x206A), 0xFEFF])  # fmt: skip
_SOME_UNSEEN = re.compile(f"[{re.escape(''.join(map(chr, _UNSEEN)))}]")
_ERROR = re.compile(
    r"#(?:N/A|REF!|VALUE!|DIV/0!|NAME\?|NUM!|NULL!|SPILL!|CALC!|GETTING_DATA)|Err:\d{3}", re.IGNORECASE
)
_SCIENTIFIC = re.compile(r"[+-]?\d(?:\.\d+)?[eE]\+?\d{1,3}")
_MONTH = re.compile(r"(\d{4})\s*(?:年|[-/.])\s*(\d{1,2})\s*(?:月份?|月度)?")
_MONTH_PACKED = re.compile(r"(\d{4})(\d{2})")
_CLOCK = r"(?:[T\s]+\d{1,2}:\d{2}(?::\d{2}(?:\.\d+)?)?(?:Z|\+\d{2}:?\d{2})?)?"
_DAY = re.compile(r"(\d{4})\s*(?:年|[-/.])\s*(\d{1,2})\s*(?:月|[-/.])\s*(\d{1,2})\s*日?" + _CLOCK)
_DAY_PACKED = re.compile(r"(\d{4})(\d{2})(\d{2})")
_SERIAL = re.compile(r"[1-6]\d{4}")
_SERIAL_ZERO = date(1899, 12, 30)
_PLAIN_MONEY = re.compile(r"\d{1,12}(?:\.\d{1,2})?", re.ASCII)
_USUAL_MONEY, _USUAL_LIMIT = re.compile(r"(?:0|[1-9]\d{0,5})\.\d\d", re.ASCII), 999_999
_MONEY_SIGNS = re.compile(r"^(?:cny|rmb|[¥$])\s*|\s*(?:cny|rmb|元整?|块)$", re.IGNORECASE)
_MONEY = re.compile(r"([+-]?)(\d{1,3}(?:,\d{3})+|\d*)(?:\.(\d*))?(万?)", re.ASCII)
_MOST_DIGITS, _CENT = 12, Decimal("0.01")
_WHOLE = re.compile(
    r"(\d{1,12})(?:\.0+)?\s*(?:人|口|天|日|次|单|笔|分|个|小时|h|hours?|days?|people|points?)?", re.IGNORECASE
)
_QUANTITY = re.compile(r"(\d{1,9})(?:\.(\d{1,2})0*)?\s*(?:小时|时|h|hrs?|hours?)?", re.IGNORECASE)


def clean(text: str) -> str:
    """The text as the clerk meant it: half-width, trimmed, without unseen marks or Excel's text guards.

    >>> clean(' １２３\\u200b ')
    '123'
    """
    if not text.isascii():
        if not unicodedata.is_normalized("NFKC", text):
            text = unicodedata.normalize("NFKC", text)
        if _SOME_UNSEEN.search(text):
            text = text.translate(_UNSEEN)
    text = text.strip()
    return _unguarded(text) if text[:1] in ("=", "'") else text


def _unguarded(text: str) -> str:
    # Exporters write ="0123" or '0123 so that spreadsheets keep the zeros.
    if text.startswith('="') and text.endswith('"') and len(text) > 3 and '"' not in text[2:-1]:
        return text[2:-1].strip()
    if text.startswith("'") and "'" not in text[1:]:
        return text[1:].strip()
    return text


def is_blank(text: str) -> bool:
    """Whether a cell is empty, a dash, N/A or their like."""
    if "0" <= text[:1] <= "9":  # most cells are numbers, and nothing blank begins with a digit
        return False
    return not text or ((len(text) < _LONGEST_BLANK or text.isspace()) and clean(text).lower() in BLANKS)


def says_nothing(text: str) -> bool:
    """Whether a cell is blank or says that nothing is known: 无, 不详. (A yes-or-no field takes 无 as no.)"""
    first = text[:1]
    if first in _TELLING or ("\u4e00" <= first <= "\u9fff" and first not in _DOUBTFUL):
        return False
    return is_blank(text) or text.strip().lower() in UNKNOWNS


def is_scientific(text: str) -> bool:
    """Whether a spreadsheet has turned a long number into scientific notation (1.1E+17)."""
    return _SCIENTIFIC.fullmatch(text) is not None


def unreadable(text: str, code: str) -> Unreadable:
    """The fault of a cell that cannot be read: a spreadsheet's error or formula by name, else `code`."""
    text = text.strip()
    if _ERROR.fullmatch(text):
        return Unreadable("cell_error")
    return Unreadable("cell_formula" if text.startswith("=") and len(text) > 1 else code)


@lru_cache(maxsize=4096)
def read_month(text: str) -> str:
    """A month as YYYY-MM, from 2026-03, 2026/3, 2026年3月, 202603 or any day of it.

    Raises Unreadable: month_format, date_absurd.
    """
    text = clean(text)
    found = _MONTH.fullmatch(text) or _MONTH_PACKED.fullmatch(text)
    if found is None:
        return _month_of_day(text)
    year, month = int(found[1]), int(found[2])
    if not 1 <= month <= 12:
        raise Unreadable("month_format")
    if not 1990 <= year <= 2100:
        raise Unreadable("date_absurd")
    return f"{year:04d}-{month:02d}"


def _month_of_day(text: str) -> str:
    try:
        return read_month(read_day(text)[:7])
    except Unreadable as error:
        raise Unreadable("month_format" if error.code == "date_format" else error.code) from None


@lru_cache(maxsize=65536)
def read_day(text: str) -> str:
    """A day as YYYY-MM-DD, from 2026-03-01, 2026/3/1, 2026年3月1日, 20260301 or a spreadsheet's serial.

    A clock time beside the day is dropped. Day-first and month-first dates are ambiguous and refused.
    Raises Unreadable: date_format, date_impossible, date_absurd.
    """
    text = clean(text)
    found = _DAY.fullmatch(text) or _DAY_PACKED.fullmatch(text)
    if found is None:
        if _SERIAL.fullmatch(text):
            return (_SERIAL_ZERO + timedelta(days=int(text))).isoformat()
        raise unreadable(text, "date_format")
    try:
        day = date(int(found[1]), int(found[2]), int(found[3]))
    except ValueError:
        raise Unreadable("date_impossible") from None
    if not 1900 <= day.year <= 2100:
        raise Unreadable("date_absurd")
    return day.isoformat()


def read_money(text: str, limit: int) -> str:
    """An amount as a decimal string with two places, at most `limit` whole units.

    Reads 1234.5, 1,234.50, ¥1234, 1234元, 1.2万.
    Raises Unreadable: amount_format, amount_decimals, amount_negative, amount_absurd, number_damaged.
    """
    if limit >= _USUAL_LIMIT and _USUAL_MONEY.fullmatch(text):
        return text
    if not _PLAIN_MONEY.fullmatch(text):
        text = _plain_money(text)
    whole, _, cents = text.partition(".")
    if int(whole) > limit:
        raise Unreadable("amount_absurd")
    return f"{int(whole)}.{cents:0<2}"


def _plain_money(text: str) -> str:
    text = _MONEY_SIGNS.sub("", clean(text)).strip()
    if is_scientific(text):
        raise Unreadable("number_damaged")
    if text.startswith("(") and text.endswith(")"):
        text = "-" + text[1:-1]
    found = _MONEY.fullmatch(text)
    if found is None or not (found[2] or found[3]):
        raise unreadable(text, "amount_format")
    whole, places = found[2].replace(",", ""), (found[3] or "").rstrip("0")
    if len(whole) > _MOST_DIGITS:
        raise Unreadable("amount_absurd")
    amount = Decimal(f"{whole or 0}.{places[:_MOST_DIGITS] or 0}") * (10_000 if found[4] else 1)
    if found[1] == "-" and amount:
        raise Unreadable("amount_negative")
    if amount != amount.quantize(_CENT):
        raise Unreadable("amount_decimals")
    return f"{amount:.2f}"


def read_whole(text: str, least: int, most: int) -> int:
    """A whole number between `least` and `most`, with or without its unit (3, 3.0, 3人).

    Raises Unreadable: number_format, number_absurd, number_damaged.
    """
    text = clean(text).replace(",", "")
    if is_scientific(text):
        raise Unreadable("number_damaged")
    found = _WHOLE.fullmatch(text)
    if found is None:
        raise unreadable(text, "number_format")
    number = int(found[1])
    if not least <= number <= most:
        raise Unreadable("number_absurd")
    return number


def read_quantity(text: str, most: int) -> str:
    """A quantity with at most two places as a decimal string without trailing zeros (7.5, 12).

    Raises Unreadable: number_format, number_absurd, number_damaged.
    """
    text = clean(text).replace(",", "")
    if is_scientific(text):
        raise Unreadable("number_damaged")
    found = _QUANTITY.fullmatch(text)
    if found is None:
        raise unreadable(text, "number_format")
    cents = (found[2] or "").rstrip("0")
    if int(found[1]) > most:
        raise Unreadable("number_absurd")
    return f"{int(found[1])}.{cents}" if cents else str(int(found[1]))


@lru_cache(maxsize=1024)
def read_flag(text: str) -> bool:
    """Yes or no: 是, 否, yes, no, 已缴, 未缴, 1, 0 and their like. Raises Unreadable: flag_format."""
    word = clean(text).lower()
    if word in YES:
        return True
    if word in NO:
        return False
    raise unreadable(text, "flag_format")


def read_text(text: str, most: int) -> str:
    """Free text on one line, at most `most` characters.

    Raises Unreadable: text_characters (control characters, or what a spreadsheet would run), text_too_long.
    """
    text = " ".join(clean(text).split())
    if text[:1] in ("=", "@", "#", "E") or not text.isprintable():
        _refuse_signs(text)
    if len(text) > most:
        raise Unreadable("text_too_long")
    return text


def _refuse_signs(text: str) -> None:
    fault = unreadable(text, "text_characters")
    if fault.code != "text_characters" or text[:1] in ("=", "@") or not text.isprintable():
        raise fault
