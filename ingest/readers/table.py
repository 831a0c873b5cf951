"""What every reader yields: a table with named columns and rows numbered as in the partner's file."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from ingest.readers.limits import Choices, Limits

__all__ = ["Choices", "Limits", "Row", "Table", "blank", "faulty", "fitted"]


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

    `kind` is csv, xlsx, xlsb, xls, ods or ndjson. `encoding` may still change from utf-8 to another while
    rows are read, where everything up to then was plain ASCII. `header_row` is the header's position in the
    file, from 1: of a sheet the row as its program shows it, so that header_row + number is the row there;
    of a header over two rows the lower one. `first_column` is the place of the first column in the sheet,
    from 1. `sheets` names the sheets to choose from, `sheet` the one that is read.
    """

    kind: str
    columns: list[str]
    rows: Iterator[Row] = field(repr=False)
    encoding: str = ""
    delimiter: str = ""
    sheet: str = ""
    header_row: int = 1
    first_column: int = 1
    sheets: list[str] = field(default_factory=list)


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
