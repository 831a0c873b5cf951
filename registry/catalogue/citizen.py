"""The citizen number of GB 11643-1999: six digits of place, eight of birth, three of order, one check."""

import re
from datetime import date
from operator import mul

_SHAPE = re.compile(r"[0-9X]{18}")
_WEIGHTS = tuple(pow(2, 17 - place, 11) for place in range(17))
# Weighted ASCII codes count 48 too many for each digit; the remainder is taken out here once.
_ASCII_EXCESS = sum(_WEIGHTS) * 48
_CHECKS = "10X98765432"
# GB/T 2260 regions, 81-83 for Hong Kong, Macao and Taiwan residents, 9x for foreign permanent residents.
# County tables are never complete (county-level cities, abolished counties), so only the region is looked at.
_REGIONS = (
    "11 12 13 14 15 21 22 23 31 32 33 34 35 36 37 41 42 43 44 45 46 50 51 52 53 54 61 62 63 64 65 71 "
    "81 82 83 90 91 92 93 94 95 96 97 98 99"
)
REGIONS = frozenset(_REGIONS.split())


def check_character(body: str) -> str:
    """The ISO 7064 MOD 11-2 check character of the first 17 digits (given as ASCII digits)."""
    return _CHECKS[(sum(map(mul, _WEIGHTS, body.encode())) - _ASCII_EXCESS) % 11]


def is_shaped(number: str) -> bool:
    """Whether the text has the length and characters of a citizen number."""
    return _SHAPE.fullmatch(number) is not None


def check_holds(number: str) -> bool:
    """Whether an 18-character number carries its right check character."""
    return "X" not in number[:17] and check_character(number[:17]) == number[17]


def birth_of(number: str) -> date | None:
    """The day of birth written in the number; None where there is no such day."""
    try:
        return date(int(number[6:10]), int(number[10:12]), int(number[12:14]))
    except ValueError:
        return None


def sex_of(number: str) -> str:
    """M or F: the 17th digit is odd for men."""
    return "M" if number[16] in "13579" else "F"
