"""A batch of rows turned into columns: the texts of all sound rows, by the field they fill."""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from ingest.mapping import Mapping
from ingest.readers.table import Row


class Columns(NamedTuple):
    """`texts` has the cells of `count` rows by field, in the rows' order; a field may have no column."""

    texts: dict[str, Sequence[str]]
    count: int


def columns_of(rows: Sequence[Row], mapping: Mapping) -> Columns:
    """The columns of rows without a fault; of two that fill one field, the last that speaks counts."""
    texts: dict[str, Sequence[str]] = {}
    for field, column in zip(
        mapping.fields, zip(*_even(rows, len(mapping.fields)), strict=True), strict=False
    ):
        if field:
            texts[field] = _either(texts[field], column) if field in texts else column
    return Columns(texts, len(rows))


def _even(rows: Sequence[Row], width: int) -> Iterator[Sequence[str]]:
    for row in rows:
        cells = row.cells
        yield cells if len(cells) == width else [*cells, *[""] * (width - len(cells))][:width]


def _either(first: Sequence[str], last: Sequence[str]) -> list[str]:
    return [b if b and not b.isspace() else a for a, b in zip(first, last, strict=True)]
