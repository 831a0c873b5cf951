"""XLS and XLSB workbooks: cells by python-calamine, errors by a look at the records themselves."""

import io
from collections.abc import Callable, Iterator, Mapping
from itertools import islice
from typing import BinaryIO, ParamSpec, TypeVar

from python_calamine import (
    CalamineError,
    CalamineSheet,
    CalamineWorkbook,
    PasswordError,
    SheetTypeEnum,
    SheetVisibleEnum,
)

from ingest.errors import ProtectedWorkbook, TooLarge, TruncatedFile
from ingest.readers.archive import Archive
from ingest.readers.cells import cell_text
from ingest.readers.limits import Limits
from ingest.readers.ole import workbook_stream
from ingest.readers.sheet import About, Area, Numbered
from ingest.readers.survey import Survey, sheet_parts, survey_xls, survey_xlsb
from ingest.readers.xlsx import related, workbook_part

P = ParamSpec("P")
T = TypeVar("T")
_ROWS = 1_000


class BinaryWorkbook:
    """A workbook whose sheets are opened whole, after a look at how much they hold.

    Raises TruncatedFile and ProtectedWorkbook.
    """

    def __init__(self, kind: str, data: bytes, surveys: Mapping[str, Survey] | list[Survey]) -> None:
        self.kind = kind
        self._book = _guarded(CalamineWorkbook.from_filelike, io.BytesIO(data))
        self.sheets: list[About] = []
        self._surveys: dict[str, Survey] = {}
        for place, about in enumerate(self._book.sheets_metadata):
            if about.typ is SheetTypeEnum.WorkSheet:
                self.sheets.append(About(about.name, about.visible is SheetVisibleEnum.Visible))
                self._surveys[about.name] = _of(surveys, place, about.name)
        self._open: dict[str, CalamineSheet] = {}

    def blocks(self, name: str) -> Iterator[list[Numbered]]:
        """The sheet's rows, some hundreds at a time. Raises TruncatedFile."""
        sheet, errors = self._sheet(name), self._surveys[name].errors
        left = [""] * (sheet.start[1] if sheet.start else 0)
        rows = enumerate(sheet.iter_rows())
        while piece := list(islice(rows, _ROWS)):
            yield [
                (row + 1, _with_errors([*left, *map(cell_text, cells)], errors.get(row)))
                for row, cells in piece
            ]

    def merged(self, name: str) -> list[Area]:
        """The sheet's merged areas."""
        areas = self._sheet(name).merged_cell_ranges or []
        return [Area(top + 1, left + 1, bottom + 1, right + 1) for (top, left), (bottom, right) in areas]

    def _sheet(self, name: str) -> CalamineSheet:
        if name not in self._open:
            self._open = {name: _guarded(self._book.get_sheet_by_name, name)}
        return self._open[name]


def open_xls(stream: BinaryIO, limits: Limits) -> BinaryWorkbook:
    """An XLS workbook.

    Raises TooLarge, TruncatedFile, ProtectedWorkbook, TextDocument (a .doc), UnknownFormat.
    """
    data = _whole(stream, limits)
    return BinaryWorkbook("xls", data, survey_xls(workbook_stream(data), limits))


def open_xlsb(stream: BinaryIO, archive: Archive, limits: Limits) -> BinaryWorkbook:
    """An XLSB workbook. Raises TooLarge, TruncatedFile, ProtectedWorkbook, UnknownFormat."""
    data = _whole(stream, limits)
    unpacked = sum(
        len(piece) for name in archive.names for piece in archive.pieces(name, 4 * len(data) + 2**26)
    )
    if unpacked > 4 * limits.binary_bytes:
        raise TooLarge(limit=4 * limits.binary_bytes)
    main = workbook_part(archive)
    parts = sheet_parts(archive, main, related(archive, main))
    surveys = {name: survey_xlsb(archive, part, limits) for name, part in parts.items()}
    return BinaryWorkbook("xlsb", data, surveys)


def _whole(stream: BinaryIO, limits: Limits) -> bytes:
    stream.seek(0)
    data = stream.read(limits.binary_bytes + 1)
    if len(data) > limits.binary_bytes:
        raise TooLarge(limit=limits.binary_bytes)
    return data


def _of(surveys: Mapping[str, Survey] | list[Survey], place: int, name: str) -> Survey:
    if isinstance(surveys, list):
        return surveys[place] if place < len(surveys) else Survey()
    return surveys.get(name) or Survey()


def _with_errors(cells: list[str], errors: Mapping[int, str] | None) -> list[str]:
    for column, word in (errors or {}).items():
        cells += [""] * (column + 1 - len(cells))
        cells[column] = word
    return cells


def _guarded(act: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    try:
        return act(*args, **kwargs)
    except PasswordError:
        raise ProtectedWorkbook from None
    except (CalamineError, OSError, ValueError):
        raise TruncatedFile from None
    except BaseException as error:
        # A panic of the Rust library arrives as a class of its own outside Exception.
        if type(error).__name__ == "PanicException":
            raise TruncatedFile from None
        raise
