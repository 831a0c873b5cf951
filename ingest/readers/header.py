"""Where the header stands and what it says: below titles, in one row or two."""

import re
from collections.abc import Sequence
from typing import NamedTuple

from ingest.errors import DuplicateHeader, EmptyFile, HeaderMissing, TooManyColumns
from ingest.readers.known import is_known, known_among
from ingest.readers.limits import Limits
from registry.catalogue import forbidden_group
from registry.catalogue.writing import clean

HEADER_SEARCH = 20
_HEADER_CHARS = 120
_NUMBERISH = re.compile(r"[-+]?[\d,]+(?:\.\d+)?%?|\d{4}[-/.年]\d{1,2}(?:[-/.月]\d{1,2}日?)?")
_PERSONAL = re.compile(r"\d{17}[\dXx]|1[3-9]\d{9}|[\d.]+[eE]\+\d+")
Cells = Sequence[str]


class Header(NamedTuple):
    """A header among the first records: the index of its (lower) row, and the names it gives."""

    place: int
    names: list[str]


def find_header(records: Sequence[Cells], index: int = -1) -> Header:
    """The header among the first records; `index` is the row that somebody chose (the lower of two).

    The row with the most names that the catalogue knows, or two rows that complete each other; where no row
    has two such names, the first with more than one cell. Titles and blank rows stand above it.
    Raises EmptyFile when all of them are blank.
    """
    if index >= 0:
        return _chosen(records, index)
    counts = [known_among(record) for record in records]
    best = max(range(len(records)), key=lambda place: counts[place], default=0)
    if records and counts[best] > 1:
        return _over_two_rows(records, best, counts) or Header(best, list(records[best]))
    return _first_wide(records)


def _chosen(records: Sequence[Cells], index: int) -> Header:
    if index >= len(records):
        raise EmptyFile
    above = records[index - 1] if index else ()
    if complete_each_other(above, records[index]):
        return Header(index, joined(above, records[index]))
    return Header(index, list(records[index]))


def _over_two_rows(records: Sequence[Cells], best: int, counts: Sequence[int]) -> Header | None:
    for upper in (best, best - 1):
        if upper < 0 or upper + 1 >= len(records):
            continue
        above, below = records[upper], records[upper + 1]
        if complete_each_other(above, below) and known_among(_lowest(above, below)) > counts[best]:
            return Header(upper + 1, joined(above, below))
    return None


def complete_each_other(upper: Cells, lower: Cells) -> bool:
    """Whether two rows are one header: names below group titles, and blank below what is a name already."""
    width = max(len(upper), len(lower))
    pairs = list(zip(_padded(upper, width), _padded(lower, width), strict=True))
    if sum(1 for above, _ in pairs if above.strip()) < 2 or any(
        _NUMBERISH.fullmatch(low) for _, low in pairs
    ):
        return False
    filled = any(low.strip() and not above.strip() for above, low in pairs)
    return filled and any(above.strip() and not low.strip() for above, low in pairs)


def _lowest(upper: Cells, lower: Cells) -> list[str]:
    width = max(len(upper), len(lower))
    return [low or above for above, low in zip(_padded(upper, width), _padded(lower, width), strict=True)]


def joined(upper: Cells, lower: Cells) -> list[str]:
    """The names of a header over two rows: 应发 below 工资; with its group's title where it needs one."""
    width = max(len(upper), len(lower))
    groups, group = [], ""
    for title, name in zip(_padded(upper, width), _padded(lower, width), strict=True):
        group = title.strip() or (group if name.strip() else "")
        groups.append(group)
    names = [name.strip() for name in _padded(lower, width)]
    return [
        _name(group, name, names.count(name) == 1) if name else group
        for group, name in zip(groups, names, strict=True)
    ]


def _name(group: str, name: str, alone: bool) -> str:
    """A name by itself where the catalogue knows it so, and its group does not say what may not be asked."""
    if not group or (alone and is_known(name) and forbidden_group(group) is None):
        return name
    return f"{group} {name}"


def _first_wide(records: Sequence[Cells]) -> Header:
    filled = [sum(1 for cell in record if cell and not cell.isspace()) for record in records]
    wide = [index for index, count in enumerate(filled) if count > 1]
    single = [index for index, count in enumerate(filled) if count == 1]
    if not (wide or single):
        raise EmptyFile
    at = (wide or single)[0]
    return Header(at, list(records[at]))


def read_header(cells: Cells, limits: Limits) -> list[str]:
    """The columns' names, cleaned, without the blank ones at the end.

    Raises HeaderMissing, TooManyColumns, DuplicateHeader (context: column, the positions from 1).
    """
    names = [" ".join(clean(cell).split())[:_HEADER_CHARS] for cell in cells]
    while names and not names[-1]:
        names.pop()
    if len(names) > limits.columns:
        raise TooManyColumns(columns=len(names), limit=limits.columns)
    named = [name for name in names if name]
    dataish = sum(1 for name in named if _NUMBERISH.fullmatch(name))
    if (
        not named
        or dataish * 2 > len(named)
        or any(_PERSONAL.fullmatch(name.replace(" ", "")) for name in named)
    ):
        raise HeaderMissing
    _refuse_duplicates(names)
    return names


def _refuse_duplicates(names: list[str]) -> None:
    seen: dict[str, int] = {}
    for position, name in enumerate(names, 1):
        first = seen.setdefault(name.lower(), position)
        if name and first != position:
            raise DuplicateHeader(column=name, positions=[first, position])


def _padded(cells: Cells, width: int) -> list[str]:
    return [*cells, *[""] * (width - len(cells))]
