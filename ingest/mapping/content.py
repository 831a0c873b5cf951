"""What the cells of a column look like: proposals for columns whose header does not say what they are.

Only what can hardly be anything else is proposed: a citizen number with a right check character, a mobile
number, a month, words of one of our lists. Where two fields, or two columns, would do as well, none is.
"""

import re
from collections.abc import Callable, Collection, Iterable, Sequence
from contextlib import suppress
from typing import NamedTuple

from registry.catalogue import CONSENT_FIELDS, IDENTITY_FIELDS, RECORD_TYPES, Field, Unreadable
from registry.catalogue.citizen import REGIONS, birth_of, check_holds, is_shaped
from registry.catalogue.codes import read_credit_code, read_industry
from registry.catalogue.identity import read_mobile
from registry.catalogue.writing import clean, read_day, read_month, says_nothing

FEWEST = 3
"""A column of fewer cells is too short to judge by."""
_SURE, _MOST = 0.8, 0.9
_CEILING = 90  # percent: a proposal is never as sure as a name

_SURNAMES = frozenset(
    "王李张刘陈杨黄赵吴周徐孙马朱胡郭何林高罗郑梁谢宋唐许韩冯邓曹彭曾肖田董袁潘于蒋蔡余杜叶程苏魏吕丁任沈姚卢姜"
    "崔钟谭陆汪范金石廖贾夏韦付方白邹孟熊秦邱江尹薛闫段雷侯龙史陶黎贺顾毛郝龚邵万钱严覃武戴莫孔向汤温康施文牛"
    "樊葛邢安齐易乔伍庞颜倪庄聂章鲁岳翟殷詹申欧耿关兰焦俞左柳甘祝包宁尚符舒阮柯纪梅童凌毕单季裴霍涂成苗谷盛曲"
    "翁冉骆蓝路游辛靳欧管柴蒙鲍华喻祁蒲房滕屈饶解牟艾尤阳时穆农司卓古吉缪简车项连芦麦褚娄窦戚岑景党宫费卜冷晏席卫"
)
_PLACEWORDS = re.compile(r"[省市区县镇乡村]|街道|大道|路|街|巷|弄|小区|社区|花园|公寓|[号栋幢座单元室楼层]")
_NAME = re.compile(r"[一-鿿]{2,4}|[一-鿿]{1,12}(?:·[一-鿿]{1,12})+")
_NO_NAME = re.compile(r"[部组科室员工师店厂县市区村路岗班队型类]$")
_DIGEST = re.compile(r"[0-9a-f]{64}", re.IGNORECASE)
_DATE = re.compile(r"(?:19|20)\d{2}(?:[-/.年]\d{1,2}[-/.月]\d{1,2}日?|\d{4})(?:[T ]\d{1,2}:\d{2}.*)?")
_MONTH = re.compile(r"(?:19|20)\d{2}(?:[-/.年]\d{1,2}月?份?|(?:0[1-9]|1[0-2]))")
_MONEY = re.compile(r"[¥]?\d{1,3}(?:,\d{3})+(?:\.\d{1,2})?元?|[¥]?\d{1,9}\.\d{2}元?|¥\d{1,9}|\d{1,9}元")
_LOST = re.compile(r"[1-9](?:\.\d+)?e\+17", re.IGNORECASE)
_INDUSTRY = re.compile(r"[A-T]\d{4}")
_CURRENCIES = frozenset(("CNY", "HKD", "MOP", "TWD", "USD", "EUR", "JPY", "GBP", "人民币"))


class Proposal(NamedTuple):
    """A field that a column's cells speak for, and the share of cells that do, in percent."""

    field: str
    sure: int


def filled(rows: Iterable[Sequence[str]], width: int) -> list[list[str]]:
    """For each of `width` columns its cells that say something, cleaned, in the rows' order."""
    columns: list[list[str]] = [[] for _ in range(width)]
    for row in rows:
        for column, cell in zip(columns, row, strict=False):
            if cell and not says_nothing(cell):
                column.append(clean(cell))
    return columns


def propose(
    cells: Sequence[Sequence[str]],
    kinds: Sequence[frozenset[str]],
    *,
    record_type: str,
    taken: Collection[str],
) -> dict[int, Proposal]:
    """Proposals by place for columns that leave these `kinds` of value open (none: not looked at).

    `taken` are the fields that other columns fill by their headers: never proposed.
    """
    fields = _free(record_type, taken)
    seen = {
        place: found
        for place, (values, open_kinds) in enumerate(zip(cells, kinds, strict=True))
        if open_kinds and len(values) >= FEWEST and (found := _look(values, open_kinds, fields))
    }
    proposed = [each.field for each in seen.values()]
    return {place: each for place, each in seen.items() if proposed.count(each.field) == 1}


def _free(record_type: str, taken: Collection[str]) -> dict[str, Field]:
    own = RECORD_TYPES[record_type].fields if record_type else {}
    known = {**own, **IDENTITY_FIELDS, **CONSENT_FIELDS}
    return {name: field for name, field in known.items() if name not in taken}


def _look(values: Sequence[str], kinds: frozenset[str], fields: dict[str, Field]) -> Proposal | None:
    """The first kind whose field the values speak for, from the most telling to the least."""
    for kind, look in _LOOKS:
        if kind in kinds and (found := look(values, fields)) is not None:
            return found
    return None


def _share(values: Sequence[str], fits: Callable[[str], bool]) -> float:
    return sum(1 for value in values if fits(value)) / len(values)


def _readable(read: Callable[[str], object]) -> Callable[[str], bool]:
    def fits(value: str) -> bool:
        try:
            read(value)
        except Unreadable:
            return False
        return True

    return fits


def _if_free(name: str, share: float, fields: dict[str, Field], least: float = _SURE) -> Proposal | None:
    if share < least or name not in fields:
        return None
    return Proposal(name, min(_CEILING, round(100 * share)))


def _citizen(value: str) -> bool:
    number = value.upper().replace(" ", "")
    whole = is_shaped(number) and check_holds(number) and number[:2] in REGIONS
    return whole and birth_of(number) is not None


def _code(values: Sequence[str], fields: dict[str, Field]) -> Proposal | None:
    """Numbers that are made to be recognised: by check character, by length, by their first digits."""
    number = max(_share(values, _citizen), _share(values, lambda value: _LOST.fullmatch(value) is not None))
    if number >= _SURE:
        return _if_free("id_number", number, fields)
    for name, fits in _CODES:
        if (share := _share(values, fits)) >= _SURE:
            return _if_free(name, share, fields)
    return None


_CODES: tuple[tuple[str, Callable[[str], bool]], ...] = (
    ("mobile", _readable(read_mobile)),
    ("employer_code", _readable(read_credit_code)),
    ("consent_document_sha256", lambda value: _DIGEST.fullmatch(value) is not None),
    (
        "industry",
        lambda value: _INDUSTRY.fullmatch(value) is not None and _readable(read_industry)(value),
    ),
)


def _day(values: Sequence[str], fields: dict[str, Field]) -> Proposal | None:
    days = [_read_date(value) for value in values if _DATE.fullmatch(value)]
    days = [day for day in days if day]
    share = len(days) / len(values)
    if share < _SURE:
        return None
    if _births(days):
        return _if_free("birth_date", share, fields)
    return _only([f for f in fields.values() if f.kind.name == "day" and f.name != "birth_date"], share)


def _read_date(value: str) -> str:
    with suppress(Unreadable):
        return read_day(value)
    return ""


def _births(days: Sequence[str]) -> bool:
    """Whether dates are spread over years as births are: records of work or bills are not."""
    years = sorted(int(day[:4]) for day in days)
    return years[-1] - years[0] >= 10 and years[len(years) // 2] <= 2008 and years[-1] <= 2015


def _month(values: Sequence[str], fields: dict[str, Field]) -> Proposal | None:
    def fits(value: str) -> bool:
        return _MONTH.fullmatch(value) is not None and _readable(read_month)(value)

    share = _share(values, fits)
    months = [field for field in fields.values() if field.kind.name == "month"]
    return _only(months, share) if share >= _SURE else None


def _money(values: Sequence[str], fields: dict[str, Field]) -> Proposal | None:
    """Amounts say little of themselves: only the one amount that a record cannot be without is proposed."""
    share = _share(values, lambda value: _MONEY.fullmatch(value) is not None)
    needed = [field for field in fields.values() if field.kind.name == "money" and field.required]
    return _only(needed, share) if share >= _SURE else None


def _only(fields: Sequence[Field], share: float) -> Proposal | None:
    """The one field that is left, or the one that every record must have."""
    needed = [field for field in fields if field.required] or list(fields)
    return Proposal(needed[0].name, min(_CEILING, round(100 * share))) if len(needed) == 1 else None


def _word(values: Sequence[str], fields: dict[str, Field]) -> Proposal | None:
    """Words of one of our lists; never bare digits, and never words that two lists know."""
    if any(value.isascii() and value.isdigit() for value in values):
        return None
    if "currency" in fields and _share(values, _CURRENCIES.__contains__) >= _MOST:
        return Proposal("currency", _CEILING)
    shares = {
        field.name: _share(values, _readable(field.kind.read))
        for field in fields.values()
        if field.kind.words is not None
    }
    fitting = [name for name, share in shares.items() if share >= _MOST]
    return Proposal(fitting[0], min(_CEILING, round(100 * shares[fitting[0]]))) if len(fitting) == 1 else None


def _address(values: Sequence[str], fields: dict[str, Field]) -> Proposal | None:
    def fits(value: str) -> bool:
        return 6 <= len(value) <= 200 and len(set(_PLACEWORDS.findall(value))) >= 2

    return _if_free("address", _share(values, fits), fields)


def _name(values: Sequence[str], fields: dict[str, Field]) -> Proposal | None:
    """Chinese names: a known surname, two to four characters, and hardly ever the same twice in a sample."""

    def fits(value: str) -> bool:
        shaped = _NAME.fullmatch(value) is not None and not _NO_NAME.search(value)
        return shaped and (value[0] in _SURNAMES or "·" in value)

    if len(set(values)) < 0.6 * len(values):
        return None
    return _if_free("name", _share(values, fits), fields)


_LOOKS: tuple[tuple[str, Callable[[Sequence[str], dict[str, Field]], Proposal | None]], ...] = (
    ("code", _code),
    ("month", _month),
    ("day", _day),
    ("word", _word),
    ("address", _address),
    ("name", _name),
    ("money", _money),
)
