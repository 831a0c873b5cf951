"""XLSX workbooks: the first sheet that holds anything, its cells as text."""

from collections.abc import Callable, Iterator
from datetime import date, datetime, time, timedelta
from itertools import chain, islice
from typing import Any, BinaryIO, ParamSpec, TypeVar

from python_calamine import CalamineError, CalamineSheet, CalamineWorkbook, SheetTypeEnum, SheetVisibleEnum

from ingest.errors import EmptyFile, TooLarge, TooManyColumns, UnknownFormat
from ingest.readers.archive import inspect_workbook
from ingest.readers.source import Source
from ingest.readers.table import HEADER_SEARCH, Limits, Row, Table, blank, find_header, fitted, read_header

P = ParamSpec("P")
T = TypeVar("T")

# Beyond 15 digits a spreadsheet's numbers are no longer what was typed.
_EXACT = 10**15


def read_spreadsheet(source: Source, limits: Limits) -> Table:
    """The table in a workbook's first visible sheet that is not empty.

    Raises TooLarge, TooManyColumns, TruncatedFile, UnknownFormat, EmptyFile and the errors of `read_header`.
    """
    stream = source.seekable(limits.spreadsheet_bytes)
    inspect_workbook(stream, limits)
    stream.seek(0)
    sheet = _first_filled(_open(stream))
    if sheet.width > 4 * limits.columns:
        raise TooManyColumns(columns=sheet.width, limit=limits.columns)
    records = (list(map(cell_text, cells)) for cells in sheet.iter_rows())
    above = list(islice(records, HEADER_SEARCH))
    at = find_header(above)
    columns = read_header(above[at], limits)
    below = chain(above[at + 1 :], records)
    return Table("xlsx", columns, _rows(below, len(columns), limits), sheet=sheet.name, header_row=at + 1)


def _rows(records: Iterator[list[str]], width: int, limits: Limits) -> Iterator[Row]:
    found = False
    for number, cells in enumerate(records, 1):
        if number > limits.rows:
            raise TooLarge(limit=limits.rows)
        if not blank(cells):
            found = True
            yield fitted(number, cells, width, limits)
    if not found:
        raise EmptyFile


def _open(stream: BinaryIO) -> CalamineWorkbook:
    return _guarded(CalamineWorkbook.from_filelike, stream)


def _first_filled(workbook: CalamineWorkbook) -> CalamineSheet:
    for about in workbook.sheets_metadata:
        if about.typ is not SheetTypeEnum.WorkSheet or about.visible is not SheetVisibleEnum.Visible:
            continue
        sheet = _guarded(workbook.get_sheet_by_name, about.name)
        if sheet.height and any(not blank(list(map(cell_text, cells))) for cells in sheet.iter_rows()):
            return sheet
    raise EmptyFile


def _guarded(act: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    try:
        return act(*args, **kwargs)
    except (CalamineError, OSError, ValueError):
        raise UnknownFormat from None
    except BaseException as error:
        # A panic of the Rust library arrives as a class of its own outside Exception.
        if type(error).__name__ == "PanicException":
            raise UnknownFormat from None
        raise


def cell_text(value: Any) -> str:
    """What a cell says, as text: days ISO 8601, whole numbers without a point, 15 significant digits at most.

    A number too long for a spreadsheet is given in scientific notation, so that it is recognised as damaged.
    """
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        return _number_text(float(value))
    if isinstance(value, datetime):
        return value.date().isoformat() if value.time() == time() else value.isoformat(" ")
    if isinstance(value, date | time):
        return value.isoformat()
    return str(value) if isinstance(value, timedelta) else ""


def _number_text(value: float) -> str:
    if abs(value) >= _EXACT:
        return f"{value:.14E}"
    if value.is_integer():
        return str(int(value))
    short = f"{value:.15g}"
    return f"{value:.15f}".rstrip("0") if "e" in short else short
