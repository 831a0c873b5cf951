"""What every reader yields: a table with named columns and rows numbered as in the partner's file."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from ingest.errors import DuplicateHeader, EmptyFile, HeaderMissing, TooManyColumns
from registry.catalogue.writing import clean

HEADER_SEARCH = 10
_HEADER_CHARS = 120
_NUMBERISH = re.compile(r"[-+]?[\d,]+(?:\.\d+)?%?|\d{4}[-/.年]\d{1,2}(?:[-/.月]\d{1,2}日?)?")
_PERSONAL = re.compile(r"\d{17}[\dXx]|1[3-9]\d{9}|[\d.]+[eE]\+\d+")


@dataclass(frozen=True)
class Limits:
    """How much one file may hold. Bytes as received; unpacked bytes of an archive; characters of one cell.

    `keep_faulty` gives the cells of faulty rows too, as far as there are any, to hand a file back.
    """

    bytes: int = 2 * 1024**3
    rows: int = 10_000_000
    columns: int = 500
    cell_chars: int = 10_000
    line_chars: int = 2_000_000
    spreadsheet_bytes: int = 200 * 1024**2
    unpacked_bytes: int = 512 * 1024**2
    spreadsheet_cells: int = 10_000_000
    keep_faulty: bool = False


class Row(NamedTuple):
    """One row: its position below the header (from 1), its cells in column order, and a fault of its shape.

    A row with a fault (a code of `ingest.errors.ROW_FAULTS`) has no cells; the file goes on after it.
    """

    number: int
    cells: list[str]
    fault: str = ""


@dataclass
class Table:
    """A file understood as a table. `rows` can be walked once and may raise upload errors as it reads on.

    `kind` is csv, xlsx or ndjson. `encoding` may still change from utf-8 to gb18030 while rows are read,
    where everything up to then was plain ASCII. `header_row` is the header's position in the file,
    from 1.
    """

    kind: str
    columns: list[str]
    rows: Iterator[Row] = field(repr=False)
    encoding: str = ""
    delimiter: str = ""
    sheet: str = ""
    header_row: int = 1


def find_header(records: Sequence[Sequence[str]]) -> int:
    """The index of the header among the first records: titles of one cell and blank rows stand above it.

    Raises EmptyFile when all of them are blank.
    """
    filled = [sum(1 for cell in record if cell and not cell.isspace()) for record in records]
    tables = [index for index, count in enumerate(filled) if count > 1]
    single = [index for index, count in enumerate(filled) if count == 1]
    if not (tables or single):
        raise EmptyFile
    return (tables or single)[0]


def read_header(cells: Sequence[str], limits: Limits) -> list[str]:
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


def fitted(number: int, cells: list[str], width: int, limits: Limits) -> Row:
    """The cells as a row of the table; blank cells beyond the last column are left out.

    A row with fewer cells, or with content beyond the last column, has the fault ragged_row.
    """
    if len(cells) != width:
        if len(cells) < width or any(cell and not cell.isspace() for cell in cells[width:]):
            return faulty(number, cells, "ragged_row", limits)
        cells = cells[:width]
    if max(map(len, cells), default=0) > limits.cell_chars:
        return faulty(number, cells, "row_cell_too_long", limits)
    return Row(number, cells)


def faulty(number: int, cells: list[str], fault: str, limits: Limits) -> Row:
    """A row with a fault of its shape; it has cells only where the limits say so."""
    return Row(number, cells if limits.keep_faulty else [], fault)


def blank(cells: Sequence[str]) -> bool:
    """Whether a row says nothing at all."""
    return not any(cell and not cell.isspace() for cell in cells)
