"""Addresses of homes, in the loose forms that bills and registers carry, taken apart from both ends.

From the end: room, unit, building. From the front: province, city, district, street office, road. What is
left in the middle names the compound or village.
"""

import re
import unicodedata
from functools import lru_cache
from typing import NamedTuple

from registry.linkage.writing import clean, is_simplified, simplify

_BLANKS = re.compile(r"[\s,;:。、()\[\]]+")
_UNBROKEN = re.compile(r"[0-9A-Za-z#\-\u4e00-\u9fa5]*")
_NUMERAL = re.compile(r"[一二三四五六七八九十]{1,3}(?=号楼|号院|栋|幢|座|单元|号|楼|层|室)")
_NUMERALS = {numeral: value for value, numeral in enumerate("零一二三四五六七八九十")}
# Building, an optional unit, room: 5号楼2单元301室, 5栋301, 5-2-301, 5#301, 5号301, B座1203.
_HOME = re.compile(
    r"(?P<building>\d{1,4}[A-Z]?|[A-Z]\d{0,3})"
    r"(?:号楼|号院|栋|幢|座|楼|号|#|-)+"
    r"(?:(?P<unit>\d{1,2}|[A-Z])(?:单元|门|-)+)?"
    r"(?:\d{1,2}[层楼])?"
    r"(?P<room>\d{1,5}[A-Z]?)(?:室|号|房|户)?$"
)
_ROOM_ONLY = re.compile(r"(?P<room>\d{2,5}[A-Z]?)(?:室|房|户)$")
_BUILDING_ONLY = re.compile(r"(?P<building>\d{1,4}[A-Z]?|[A-Z]\d{0,3})(?:号楼|号院|栋|幢|座|#|号)$")
_PROVINCE = re.compile(r"^.{2,4}?(?:省|自治区|特别行政区)")
_CITY = re.compile(r"^.{2,6}?(?:市|自治州|地区|盟)")
_DISTRICT = re.compile(r"^.{1,6}?(?:(?<![小社园校厂景新])区|(?<=[东南西北城高江])新区|县|旗)")
_STREET = re.compile(r"^.{1,8}?(?:街道办事处|街道办|街道|镇|乡)")
_ROAD = re.compile(r"^.{1,8}?(?:大道|路|街|巷|弄|胡同)\d+(?:弄|号)(?!楼)")


class Address(NamedTuple):
    """One address, taken apart; "" for parts it does not name."""

    district: str
    street: str
    compound: str
    building: str
    room: str


NOWHERE = Address("", "", "", "", "")


def clean_address(text: str) -> str:
    """An address in simplified Hanzi and capitals, one width, without blanks."""
    text = clean(text)
    if _UNBROKEN.fullmatch(text) and is_simplified(text):
        return text.upper()
    if text.isascii():
        return _BLANKS.sub(" ", text).strip().upper()
    # A mark may meet its letter only when the blank between them is gone.
    return unicodedata.normalize("NFKC", _BLANKS.sub("", simplify(text)).upper())


@lru_cache(maxsize=16384)
def read_address(text: str) -> Address:
    """Take a cleaned address apart. Any text will do."""
    if not text:
        return NOWHERE
    text = _NUMERAL.sub(_arabic, text)
    place, building, room = _doors(text)
    district, place = _front(place)
    street, place = _cut(_STREET, place)
    road, compound = _cut(_ROAD, place)
    return Address(district, street, compound or road, building.lstrip("0"), room.lstrip("0"))


def _doors(text: str) -> tuple[str, str, str]:
    for pattern in (_HOME, _ROOM_ONLY, _BUILDING_ONLY):
        if found := pattern.search(text):
            parts = found.groupdict()
            return text[: found.start()], parts.get("building") or "", parts.get("room") or ""
    return text, "", ""


def _front(place: str) -> tuple[str, str]:
    _province, place = _cut(_PROVINCE, place)
    city, place = _cut(_CITY, place)
    district, place = _cut(_DISTRICT, place)
    return district or city, place


def _cut(pattern: re.Pattern[str], text: str) -> tuple[str, str]:
    found = pattern.match(text)
    return (found[0], text[found.end() :]) if found else ("", text)


def _arabic(found: re.Match[str]) -> str:
    tens, ten, ones = found[0].rpartition("十")
    if not ten:
        return "".join(str(_NUMERALS[numeral]) for numeral in found[0])
    return str((_NUMERALS[tens[-1]] if tens else 1) * 10 + (_NUMERALS[ones] if ones else 0))
