"""A batch of rows as columns: the texts of all sound rows, by the field they fill."""

from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from ingest.mapping import Mapping as Fields
from ingest.readers.table import Row


class Batch(NamedTuple):
    """Rows by column: the numbers of all rows, the codes of faulty ones by place, the cells of the others.

    `cells` holds a sequence for each column of the table; faulty rows have no cells.
    """

    numbers: Sequence[int]
    faulty: Mapping[int, str]
    cells: Sequence[Sequence[str]]

    @property
    def height(self) -> int:
        """How many rows have cells."""
        return len(self.numbers) - len(self.faulty)


class Columns(NamedTuple):
    """`texts` has the cells of `height` rows by field, in the rows' order; a field may have no column."""

    texts: dict[str, Sequence[str]]
    height: int


def batch_of(rows: Sequence[Row], width: int) -> Batch:
    """Rows turned into columns; cells that a row lacks are empty."""
    faulty = {place: row.fault for place, row in enumerate(rows) if row.fault}
    return Batch([row.number for row in rows], faulty, list(zip(*_even(rows, width), strict=True)))


def columns_of(batch: Batch, mapping: Fields) -> Columns:
    """The columns that fill a field; of two that fill one field, the last that speaks counts."""
    texts: dict[str, Sequence[str]] = {}
    for field, column in zip(mapping.fields, batch.cells, strict=False):
        if field:
            texts[field] = _either(texts[field], column) if field in texts else column
    return Columns(texts, batch.height)


def _even(rows: Sequence[Row], width: int) -> Iterator[Sequence[str]]:
    for row in rows:
        if not row.fault:
            cells = row.cells
            yield cells if len(cells) == width else [*cells, *[""] * (width - len(cells))][:width]


def _either(first: Sequence[str], last: Sequence[str]) -> list[str]:
    return [b if b and not b.isspace() else a for a, b in zip(first, last, strict=True)]
