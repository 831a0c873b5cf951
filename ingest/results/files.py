"""Which file a partner gets back: their own while it is staged, afterwards row numbers and reasons alone."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import closing
from typing import NamedTuple

from django.conf import settings

from ingest import queries
from ingest.errors import ResultNotReady
from ingest.models import RowResult, Upload
from ingest.readers import Limits, Row, Table, read
from ingest.results.tables import csv_bytes, ndjson_bytes, xlsx_bytes
from ingest.results.words import ADDED, KEYS, Words
from registry import staging

_TYPES = {
    "csv": "text/csv",
    "ndjson": "application/x-ndjson",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}
Writer = Callable[[Sequence[str], Iterable[Sequence[str]]], Iterator[bytes]]


class ResultFile(NamedTuple):
    """A file to be sent: its name, its content type, its bytes a piece at a time."""

    name: str
    content_type: str
    content: Iterator[bytes]


def result_file(*, upload: Upload, language: str) -> ResultFile:
    """The result of a finished upload, its reasons in this language. Raises ResultNotReady."""
    if upload.status in Upload.OPEN:
        raise ResultNotReady
    words = Words(language, queries.mapping_of(upload))
    if upload.file_key is None or upload.status != Upload.Status.DONE_WITH_ERRORS:
        return ResultFile(f"{upload.id}.csv", "text/csv; charset=utf-8", _list(upload, words))
    kind = upload.format
    return ResultFile(f"{upload.id}.{kind}", _TYPES[kind], _own(upload, words))


def _own(upload: Upload, words: Words) -> Iterator[bytes]:
    """The partner's file, read again and written with the outcomes."""
    assert upload.file_key is not None
    limits = Limits(bytes=settings.UPLOAD_MAX_BYTES, keep_faulty=True)
    with (
        staging.open_staged(file=upload.file, wrapped=bytes(upload.file_key)) as stream,
        closing(queries.notable_rows(upload.id)) as notable,
    ):
        table = read(
            stream, filename=queries.name_of(upload), content_type=upload.content_type, limits=limits
        )
        # An earlier result that was mended and sent again has our columns already.
        own = [place for place, name in enumerate(table.columns) if name.lower() not in ADDED]
        header = [table.columns[place] for place in own]
        rows = ([*_cells(row, own), *words.of(result)] for row, result in together(table.rows, notable))
        yield from _writer(table, words)(header, rows)


def _writer(
    table: Table, words: Words
) -> Callable[[Sequence[str], Iterable[Sequence[str]]], Iterator[bytes]]:
    if table.kind == "xlsx":
        return lambda header, rows: xlsx_bytes([*header, *words.columns], rows)
    if table.kind == "ndjson":
        return lambda header, rows: ndjson_bytes([*header, *KEYS], rows)
    return lambda header, rows: csv_bytes(
        [*header, *words.columns], rows, encoding=table.encoding or "utf-8", delimiter=table.delimiter
    )


def _cells(row: Row, own: Sequence[int]) -> list[str]:
    cells = row.cells
    if not row.fault:
        return [cells[place] for place in own]
    missing = [""] * (len(own) - len(cells))
    return [*cells, *missing][: max(len(own), len(cells))]


def together(rows: Iterable[Row], results: Iterable[RowResult]) -> Iterator[tuple[Row, RowResult | None]]:
    """Rows beside their results; both come in order of their numbers, and not every row has a result."""
    rest = iter(results)
    result = next(rest, None)
    for row in rows:
        while result is not None and result.row < row.number:
            result = next(rest, None)
        yield row, result if result is not None and result.row == row.number else None


def _list(upload: Upload, words: Words) -> Iterator[bytes]:
    with closing(queries.notable_rows(upload.id)) as results:
        rows = ((str(result.row), *words.of(result)) for result in results)
        yield from csv_bytes([words.row, *words.columns], rows)
