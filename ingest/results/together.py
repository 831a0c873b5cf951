"""Rows of a file beside what became of them."""

from collections.abc import Iterable, Iterator

from ingest.models import RowResult
from ingest.readers import Row


def together(rows: Iterable[Row], results: Iterable[RowResult]) -> Iterator[tuple[Row, RowResult | None]]:
    """Rows beside their results; both come in order of their numbers, and not every row has a result."""
    rest = iter(results)
    result = next(rest, None)
    for row in rows:
        while result is not None and result.row < row.number:
            result = next(rest, None)
        yield row, result if result is not None and result.row == row.number else None
