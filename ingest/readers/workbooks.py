"""From a workbook of any format to a table: which sheet, where its header is, what merged cells mean."""

from collections.abc import Iterator
from itertools import chain, islice

from ingest.errors import (
    EmptyFile,
    PackedFile,
    SheetMissing,
    TextDocument,
    TooLarge,
    UnknownFormat,
    UploadError,
)
from ingest.readers.archive import Archive
from ingest.readers.binary import open_xls, open_xlsb
from ingest.readers.header import HEADER_SEARCH, find_header, read_header
from ingest.readers.kinds import OLE
from ingest.readers.known import known_among
from ingest.readers.limits import Choices, Limits, within
from ingest.readers.merging import Merging
from ingest.readers.ods import OdsWorkbook
from ingest.readers.sheet import Numbered, Workbook
from ingest.readers.source import Source
from ingest.readers.table import Row, Table, blank, fitted
from ingest.readers.xlsx import XlsxWorkbook

_MOST_SHEETS = 100
_LOOK = 64  # so many blocks of a sheet are looked at before it is chosen


def read_workbook(source: Source, limits: Limits, choices: Choices) -> Table:
    """The table in a workbook: in the sheet chosen, else in the visible one that looks most like data.

    Raises SheetMissing (context: sheets), EmptyFile, the errors of the formats and those of `read_header`.
    """
    book = open_workbook(source, limits)
    names = [about.name for about in book.sheets if about.visible]
    name = _chosen(book, choices.sheet) if choices.sheet else _likeliest(book, names)
    blocks = within(limits, book.blocks(name))
    head, rest = _head(blocks, max(HEADER_SEARCH, choices.header_row))
    header = find_header([cells for _, cells in head], _index(head, choices.header_row))
    columns = read_header(header.names, limits)
    left = next(place for place, column in enumerate(columns) if column)
    at = head[header.place][0]
    below = chain([head[header.place + 1 :]], [rest], blocks)
    rows = _rows(below, at, slice(left, len(columns)), Merging(book.merged(name)), limits)
    table = Table(book.kind, columns[left:], rows, sheet=name, sheets=names)
    table.header_row, table.first_column = at, left + 1
    return table


def open_workbook(source: Source, limits: Limits) -> Workbook:
    """The workbook in a container or an archive, by its content.

    Raises TextDocument, PackedFile, UnknownFormat, ProtectedWorkbook, TruncatedFile, UnsafeWorkbook,
    TooLarge.
    """
    if source.head.startswith(OLE):
        return open_xls(source.seekable(limits.spreadsheet_bytes), limits)
    stream = source.seekable(limits.spreadsheet_bytes)
    archive = Archive(stream, limits)
    if "xl/workbook.bin" in archive:
        return open_xlsb(stream, archive, limits)
    if "content.xml" in archive and "mimetype" in archive:
        return OdsWorkbook(archive, limits)
    if any(name.startswith("xl/") for name in archive.names):
        return XlsxWorkbook(archive, limits)
    if any(name.startswith(("word/", "ppt/", "visio/")) for name in archive.names):
        raise TextDocument
    raise UnknownFormat if "[content_types].xml" in archive else PackedFile


def _chosen(book: Workbook, name: str) -> str:
    if all(about.name != name for about in book.sheets):
        raise SheetMissing(sheets=[about.name for about in book.sheets if about.visible])
    return name


def _likeliest(book: Workbook, names: list[str]) -> str:
    """The sheet with the most columns that the catalogue knows; else the first with several columns."""
    if len(names) == 1:
        return names[0]
    ranked = [(_likeness(book, name), -place, name) for place, name in enumerate(names[:_MOST_SHEETS])]
    if not ranked:
        raise EmptyFile
    return max(ranked)[2]


def _likeness(book: Workbook, name: str) -> tuple[int, int]:
    """Known columns of the sheet's header, and whether it has several (2), one (1) or none (0)."""
    try:
        records = [cells for _, cells in _head(islice(book.blocks(name), _LOOK), HEADER_SEARCH)[0]]
        header = find_header(records)
    except UploadError:
        return 0, 0  # if it is the only one, reading it will say what is wrong
    columns = sum(1 for cell in header.names if cell.strip())
    return known_among(header.names), min(columns, 2)


def _head(blocks: Iterator[list[Numbered]], count: int) -> tuple[list[Numbered], list[Numbered]]:
    """The first `count` rows that hold anything, and those that came with them."""
    found: list[Numbered] = []
    for block in blocks:
        found += [row for row in block if not blank(row[1])]
        if len(found) > count:
            break
    return found[:count], found[count:]


def _index(head: list[Numbered], header_row: int) -> int:
    if not header_row:
        return -1
    return next((index for index, (number, _) in enumerate(head) if number >= header_row), len(head))


def _rows(
    blocks: Iterator[list[Numbered]], at: int, columns: slice, merging: Merging, limits: Limits
) -> Iterator[Row]:
    found, last, width = False, at, columns.stop - columns.start
    for block in blocks:
        for number, cells in block:
            if blank(cells):
                continue
            last = max(number, last + 1)
            if last - at > limits.rows:
                raise TooLarge(limit=limits.rows)
            merging.fill(last, cells)
            if len(cells) < columns.stop:
                cells += [""] * (columns.stop - len(cells))
            found = True
            yield fitted(last - at, cells[columns.start :], width, limits)
    if not found:
        raise EmptyFile
