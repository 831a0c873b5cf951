"""Which file a partner gets back: their own while it is staged, afterwards row numbers and reasons alone."""

from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from contextlib import closing
from typing import BinaryIO, NamedTuple

from ingest import queries
from ingest.errors import ResultNotReady
from ingest.models import Upload
from ingest.readers import Row, Table
from ingest.results.ods import MIME, ods_bytes
from ingest.results.sheets import Added, Columns, UnusualSheet
from ingest.results.tables import csv_bytes, ndjson_bytes, xlsx_bytes
from ingest.results.together import Pairs, opened
from ingest.results.words import ADDED, KEYS, Words
from ingest.results.workbooks import Book
from registry.staging import StagedFileGone

_TYPES = {
    "csv": "text/csv",
    "ndjson": "application/x-ndjson",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "ods": MIME,
}
# Nobody writes the formats that programs of today only read: such a file comes back as XLSX.
_SUCCESSORS = {"xls": "xlsx", "xlsb": "xlsx"}
Writer = Callable[[Sequence[str], Iterable[Sequence[str]]], Iterator[bytes]]


Content = Generator[bytes, None, None]


class ResultFile(NamedTuple):
    """A file to be sent: its name, its content type, its bytes a piece at a time; close what is not taken."""

    name: str
    content_type: str
    content: Content


def result_file(*, upload: Upload, language: str, only_refused: bool = False) -> ResultFile:
    """The result of a finished upload, its reasons in this language. Raises ResultNotReady.

    `only_refused` leaves out every row that is in already: what is left is to be mended and sent again.
    """
    if upload.status in Upload.OPEN:
        raise ResultNotReady
    words = Words(language, queries.mapping_of(upload))
    if upload.file_key is None or upload.status != Upload.Status.DONE_WITH_ERRORS:
        return _as_list(upload, words, only_refused)
    kind = _SUCCESSORS.get(upload.format, upload.format)
    name = f"{upload.id}{'-refused' if only_refused else ''}.{kind}"
    try:
        return ResultFile(name, _TYPES[kind], _begun(_own(upload, words, only_refused)))
    except StagedFileGone:  # its disk was lost: what is told of each row is not
        return _as_list(upload, words, only_refused)


def _as_list(upload: Upload, words: Words, only_refused: bool) -> ResultFile:
    return ResultFile(f"{upload.id}.csv", "text/csv; charset=utf-8", _list(upload, words, only_refused))


def _begun(content: Content) -> Content:
    """The content, its first piece made already: what prevents the file shows before anything is sent."""
    begun = _from(content)
    next(begun)
    return begun


def _from(content: Content) -> Content:
    with closing(content):
        first = next(content, b"")
        yield b""  # here it waits until somebody takes it, or closes it
        yield first
        yield from content


def _own(upload: Upload, words: Words, only_refused: bool) -> Content:
    """The partner's file, read again and written with the outcomes."""
    with opened(upload, keep_faulty=True) as found:
        table, pairs = found.table, found.pairs
        if only_refused:
            pairs = ((row, result) for row, result in pairs if result and result.outcome == "refused")
        elif table.kind == "xlsx" and (book := _book(found.stream, table)) is not None:
            yield from book.with_columns(*_spliced(table, pairs, words))
            return
        yield from _written(table, pairs, words)


def _book(stream: BinaryIO, table: Table) -> Book | None:
    """The workbook, if more can be written into it without touching the rest."""
    try:
        return Book(stream, table.sheet)
    except UnusualSheet:
        return None


def _spliced(table: Table, pairs: Pairs, words: Words) -> tuple[Columns, Added]:
    """Where outcomes and reasons go in the sheet that was read, and what they are."""
    own = _own_places(table)
    earlier = frozenset(range(len(table.columns))) - set(own)
    columns = Columns(
        table.first_column + max(own, default=-1) + 1,
        frozenset(table.first_column + place for place in earlier),
        table.header_row,
    )
    rest = iter(pairs)
    met = next(rest, None)

    def added(row: int) -> tuple[str, ...] | None:
        nonlocal met
        if row == table.header_row:
            return words.columns
        number = row - table.header_row
        while met is not None and met[0].number < number:
            met = next(rest, None)
        return words.of(met[1]) if met is not None and met[0].number == number else None

    return columns, added


def _written(table: Table, pairs: Pairs, words: Words) -> Iterator[bytes]:
    """The table written anew, every cell as text."""
    own = _own_places(table)
    header = [table.columns[place] for place in own]
    rows = ([*_cells(row, own), *words.of(result)] for row, result in pairs)
    return _writer(table, words)(header, rows)


def _own_places(table: Table) -> list[int]:
    """An earlier result that was mended and sent again has our columns already: all places but theirs."""
    return [place for place, name in enumerate(table.columns) if name.lower() not in ADDED]


def _writer(table: Table, words: Words) -> Writer:
    kind = _SUCCESSORS.get(table.kind, table.kind)
    if kind == "xlsx":
        return lambda header, rows: xlsx_bytes([*header, *words.columns], rows)
    if kind == "ods":
        return lambda header, rows: ods_bytes([*header, *words.columns], rows)
    if kind == "ndjson":
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


def _list(upload: Upload, words: Words, only_refused: bool) -> Content:
    with closing(queries.notable_rows(upload.id)) as results:
        wanted = (result for result in results if not only_refused or result.outcome == "refused")
        rows = ((str(result.row), *words.of(result)) for result in wanted)
        yield from csv_bytes([words.row, *words.columns], rows)
