"""A partner's staged file, read once more as it was read first, beside what became of its rows."""

from collections.abc import Iterable, Iterator
from contextlib import closing, contextmanager
from typing import BinaryIO, NamedTuple

from django.conf import settings

from ingest import queries
from ingest.models import RowResult, Upload
from ingest.readers import Limits, Row, Table, read
from registry import staging

Pairs = Iterator[tuple[Row, RowResult | None]]


class Opened(NamedTuple):
    """The staged file, open: its bytes, its table, and its rows beside their results (to be walked once)."""

    stream: BinaryIO
    table: Table
    pairs: Pairs


@contextmanager
def opened(upload: Upload, *, keep_faulty: bool = False) -> Iterator[Opened]:
    """The file of an upload whose file is still staged. Raises StagedFileGone and the readers' errors."""
    assert upload.file_key is not None
    with (
        staging.open_staged(file=upload.file, wrapped=bytes(upload.file_key)) as stream,
        closing(queries.notable_rows(upload.id)) as notable,
    ):
        table = read(
            stream,
            filename=queries.name_of(upload),
            content_type=upload.content_type,
            limits=Limits(bytes=settings.UPLOAD_MAX_BYTES, keep_faulty=keep_faulty),
            choices=queries.choices_of(upload),
        )
        yield Opened(stream, table, together(table.rows, notable))


def together(rows: Iterable[Row], results: Iterable[RowResult]) -> Pairs:
    """Rows beside their results; both come in order of their numbers, and not every row has a result."""
    rest = iter(results)
    result = next(rest, None)
    for row in rows:
        while result is not None and result.row < row.number:
            result = next(rest, None)
        yield row, result if result is not None and result.row == row.number else None
