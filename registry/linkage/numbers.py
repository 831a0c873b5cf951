"""Identity numbers, mobiles, birth dates and sex, as clerks write them, read into one form each.

Citizen numbers follow GB 11643-1999 (check character of ISO 7064 MOD 11-2); residence permits of Hong Kong,
Macau and Taiwan residents (81, 82, 83) and the foreigners' permanent residence card of 2023 (9) share its
layout. The county code in front never refuses a number: public tables of it are incomplete.
"""

import re
from datetime import date, timedelta
from functools import lru_cache
from operator import mul
from typing import NamedTuple

from stdnum.iso7064 import mod_11_2

from registry.linkage.writing import clean

_SEPARATORS = re.compile(r"[\s\-_.,'\"·:;()\[\]/\\]+")
_CITIZEN = re.compile(r"\d{17}[\dX]")
_NEARLY_CITIZEN = re.compile(r"[\dX]{16,20}")
_OLD_CITIZEN = re.compile(r"\d{15}")
# Of no other kind, whatever column it stands in; permits of the same layout begin with 8 or 9.
_PLAIN_CITIZEN = re.compile(r"[1-7][0-9]{16}[0-9X]")
_LAST4 = re.compile(r"\d{3}[\dX]")
_MASKED = re.compile(r"\d{0,14}(?:\*{2,}|X{4,})(\d{3}[\dX])")
_PASSPORT = re.compile(r"(?=(?:.*\d){5})[A-Z0-9]{6,12}")
_CARD = re.compile(r"[A-Z]{3}\d{12}|(?:81|82|83)0000\d{11}[\dX]|9\d{16}[\dX]")
_MASK_SIGNS = str.maketrans({"＊": "*", "•": "*", "●": "*", "#": "*"})
_OLDEST, _YOUNGEST = 1880, 2100
_ZERO, _X = b"0X"
_POWERS = tuple(2 ** (17 - place) % 11 for place in range(17))
_SHIFT = _ZERO * sum(_POWERS)


class Documents(NamedTuple):
    """Every identity number of one row, sorted to its kind; "" where there is none."""

    id_number: str
    id_last4: str
    passport: str
    residence_permit: str


NONE = Documents("", "", "", "")


def read_documents(id_number: str, id_last4: str, passport: str, residence_permit: str) -> Documents:
    """Sort what stands in the four columns to what it is: clerks write passports under citizen numbers.

    The first column that yields a kind wins. A full citizen number supplies its own last four.
    """
    if not passport and not residence_permit and not id_last4 and _PLAIN_CITIZEN.fullmatch(id_number):
        return NONE if _is_rounded(id_number) else Documents(id_number, id_number[-4:], "", "")
    found = {"id_number": "", "id_last4": "", "passport": "", "residence_permit": ""}
    for column, text in (
        ("id_number", id_number),
        ("passport", passport),
        ("residence_permit", residence_permit),
        ("id_last4", id_last4),
    ):
        kind, value = _sort(column, compact(text)) if text else ("", "")
        if kind and not found[kind]:
            found[kind] = value
    if found["id_number"]:
        found["id_last4"] = found["id_number"][-4:]
    return Documents(**found)


def compact(text: str) -> str:
    """The number without width, case, spaces and dashes."""
    return _SEPARATORS.sub("", clean(text).translate(_MASK_SIGNS)).upper()


def _sort(column: str, number: str) -> tuple[str, str]:
    if not number.isascii():
        return "", ""
    if masked := _MASKED.fullmatch(number):
        return "id_last4", masked[1]
    if _LAST4.fullmatch(number):
        return "id_last4", number
    if _CARD.fullmatch(number) and (number[0] != "9" or is_valid_number(number)):
        return "residence_permit", number
    if _OLD_CITIZEN.fullmatch(number):
        return "id_number", upgrade(number)
    if _NEARLY_CITIZEN.fullmatch(number):
        return ("", "") if _is_rounded(number) else ("id_number", number)
    if column == "residence_permit" and 6 <= len(number) <= 20:
        return "residence_permit", number
    return ("passport", number) if _PASSPORT.fullmatch(number) else ("", "")


def _is_rounded(number: str) -> bool:
    """Whether a spreadsheet took this for an amount and kept 15 digits: its end is not the person's."""
    return len(number) == 18 and number.endswith("000") and not is_valid_number(number)


def upgrade(number: str) -> str:
    """The 18-character form of a number of 15 digits (in force until 1999), its check character computed."""
    body = f"{number[:6]}19{number[6:]}"
    return body + mod_11_2.calc_check_digit(body)


def is_valid_number(number: str) -> bool:
    """Whether this is 18 characters with a true check character and a birth date that exists."""
    return bool(_CITIZEN.fullmatch(number)) and _checks(number) and bool(birth_in(number))


def _checks(number: str) -> bool:
    """ISO 7064 MOD 11-2: the sum of the digits by the powers of two leaves 1."""
    if not number.isascii():
        return bool(mod_11_2.is_valid(number))
    digits = number.encode()
    last = 10 if digits[17] == _X else digits[17] - _ZERO
    return bool((sum(map(mul, digits[:17], _POWERS)) - _SHIFT + last) % 11 == 1)


def is_strong_permit(number: str) -> bool:
    """Whether a permit's number is whole: 18 characters that check, or three letters and 12 digits."""
    return is_valid_number(number) if len(number) == 18 else bool(_CARD.fullmatch(number))


def birth_in(number: str) -> str:
    """The birth date inside an 18-character number, ISO 8601, or "" where it is impossible."""
    return _iso(number[6:10], number[10:12], number[12:14]) if _CITIZEN.fullmatch(number) else ""


def sex_in(number: str) -> str:
    """ "M" or "F" by the 17th digit of an 18-character number; "" for anything else."""
    return ("F", "M")[int(number[16]) % 2] if _CITIZEN.fullmatch(number) else ""


_NOT_DIGITS = re.compile(r"\D+")
_CHINA_MOBILE = re.compile(r"(?:\+?0*86)?(1\d{10})")
_PLAIN_MOBILE = re.compile(r"1[3-9][0-9]{9}")
_AMOUNT = re.compile(r"(\d+)\.0+")
_POWER = re.compile(r"(\d)\.(\d+)E\+?(\d{1,2})", re.IGNORECASE)
_ONE_OF_SEVERAL = re.compile(r"(?<!\d)1[3-9]\d{9}(?!\d)")
_EXTENSION = re.compile(r"(?:ext|转|#|x).*$", re.IGNORECASE)
_PLACEHOLDERS = frozenset(
    {"13800138000", "13888888888", "13900000000", "13800000000", "12345678901", "12345678910"}
)


def read_mobile(text: str) -> str:
    """Eleven digits of a mobile of the mainland; else the digits of any telephone (7 to 15); "" for none.

    Of several mobiles in one cell the first is read. Numbers that stand for no number (all digits alike and
    other well-known fillers) read as none.
    """
    if not text:
        return ""
    text = text if _PLAIN_MOBILE.fullmatch(text) else _written_out(clean(text))
    digits = _NOT_DIGITS.sub("", _EXTENSION.sub("", text))
    if mainland := _CHINA_MOBILE.fullmatch(digits) or _ONE_OF_SEVERAL.search(text):
        digits = mainland[mainland.re.groups]
    if not 7 <= len(digits) <= 15 or not digits.isascii() or len(set(digits)) < 3 or digits in _PLACEHOLDERS:
        return ""
    return digits


def _written_out(text: str) -> str:
    """A number that a spreadsheet shows as an amount, digit by digit; "" where digits are lost."""
    if amount := _AMOUNT.fullmatch(text):
        return amount[1]
    if power := _POWER.fullmatch(text):
        return power[1] + power[2] if len(power[2]) == int(power[3]) else ""
    return text


_CLOCK = re.compile(r"[T\s]+\d{1,2}:\d{2}.*$")
_ISO = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_YEAR_FIRST = re.compile(r"(\d{4})\s*[-/.年\s]\s*(\d{1,2})\s*[-/.月\s]\s*(\d{1,2})\s*[日号]?")
_YEAR_LAST = re.compile(r"(\d{1,2})\s*[-/.\s]\s*(\d{1,2})\s*[-/.\s]\s*(\d{4})")
_PACKED = re.compile(r"(\d{4})(\d{2})(\d{2})")
_SERIAL = re.compile(r"[1-5]\d{4}(?:\.0+)?")
_SERIAL_ZERO = date(1899, 12, 30)
_WORDED = re.compile(
    r"([〇零一二三四五六七八九]{4})年(正|[一二三四五六七八九十]{1,2})月([一二三四五六七八九十]{1,3})[日号]?"
)
_NUMERALS = {numeral: value for value, numeral in enumerate("零一二三四五六七八九十")} | {"〇": 0, "正": 1}


@lru_cache(maxsize=16384)
def read_birth(text: str) -> str:
    """A birth date in ISO 8601; "" where there is none or it is impossible.

    Reads year first and year last (day before month unless that is impossible), packed, with a clock time
    behind, as a spreadsheet's serial day and in Chinese numerals.
    """
    if not text:
        return ""
    if _ISO.fullmatch(text):
        return _iso(text[:4], text[5:7], text[8:])
    text = _CLOCK.sub("", clean(text))
    if found := _YEAR_FIRST.fullmatch(text) or _PACKED.fullmatch(text):
        return _iso(found[1], found[2], found[3])
    if found := _YEAR_LAST.fullmatch(text):
        return _iso(found[3], found[2], found[1]) or _iso(found[3], found[1], found[2])
    if _SERIAL.fullmatch(text):
        return (_SERIAL_ZERO + timedelta(days=int(text.split(".")[0]))).isoformat()
    if found := _WORDED.fullmatch(text):
        year = "".join(str(_NUMERALS[numeral]) for numeral in found[1])
        return _iso(year, str(_count(found[2])), str(_count(found[3])))
    return ""


def _count(numerals: str) -> int:
    tens, ten, ones = numerals.rpartition("十")
    if not ten:
        return _NUMERALS[numerals[-1]]
    return (_NUMERALS[tens[-1]] if tens else 1) * 10 + (_NUMERALS[ones] if ones else 0)


@lru_cache(maxsize=32768)
def _iso(year: str, month: str, day: str) -> str:
    try:
        found = date(int(year), int(month), int(day))
    except ValueError:
        return ""
    return found.isoformat() if _OLDEST <= found.year <= _YOUNGEST else ""


_SEXES = {
    **dict.fromkeys(("男", "男性", "男士", "先生", "m", "male", "man", "1"), "M"),
    **dict.fromkeys(("女", "女性", "女士", "小姐", "f", "female", "woman", "2"), "F"),
}


def read_sex(text: str) -> str:
    """ "M", "F" or "": words of both languages and the codes of GB/T 2261.1 (1 male, 2 female)."""
    found = _SEXES.get(text)
    return _SEXES.get(clean(text).lower(), "") if found is None and text else found or ""
