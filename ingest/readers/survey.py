"""A look over the records of XLS and XLSB sheets before a library may open them.

The library reserves room for every cell between the first and the last, so two cells far apart could fill the
memory; and it gives nothing for a cell with an error, so that #N/A would be taken for an empty cell. How far
apart the cells lie and which hold errors is found out here.
"""

import struct
from collections.abc import Iterator
from dataclasses import dataclass, field

from ingest.errors import ProtectedWorkbook, TooLarge, TruncatedFile
from ingest.readers.archive import Archive
from ingest.readers.limits import Limits

_WORDS = {0x00: "#NULL!", 0x07: "#DIV/0!", 0x0F: "#VALUE!", 0x17: "#REF!", 0x1D: "#NAME?", 0x24: "#NUM!",
          0x2A: "#N/A"}  # fmt: skip
_BOUND_SHEET, _PASSWORD, _EOF = 0x0085, 0x002F, 0x000A
_BEGIN, _FORMULA, _BOOLEAN, _MANY = 0x09, 0x0006, 0x0205, 0x00BD
_CELLS = frozenset(
    (0x0203, 0x0204, 0x027E, 0x00FD, 0x00D6, 0x0003, 0x0002, 0x0004, _FORMULA, _BOOLEAN, _MANY)
)
_BIN_ROW, _BIN_CELLS, _BIN_ERRORS = 0, range(2, 12), (3, 11)


@dataclass
class Survey:
    """Of one sheet: its last row and column (from 1), and the errors in it by row and column (from 0)."""

    rows: int = 0
    columns: int = 0
    errors: dict[int, dict[int, str]] = field(default_factory=dict)

    def meet(self, row: int, column: int, error: int | None = None) -> None:
        """Note a cell, and its error's code if it holds one."""
        self.rows, self.columns = max(self.rows, row + 1), max(self.columns, column + 1)
        if error is not None:
            self.errors.setdefault(row, {})[column] = _WORDS.get(error, "#N/A")

    def require_within(self, limits: Limits) -> None:
        """Raises TooLarge."""
        if self.rows * self.columns > limits.binary_cells:
            raise TooLarge(limit=limits.binary_cells)


def survey_xls(stream: bytes, limits: Limits) -> list[Survey]:
    """Each sheet of an XLS workbook, in its order. Raises ProtectedWorkbook, TruncatedFile, TooLarge."""
    starts: list[int] = []
    for code, at, length in _records(stream, 0):
        if code == _PASSWORD:
            raise ProtectedWorkbook
        if code == _BOUND_SHEET and length >= 6:
            starts.append(struct.unpack_from("<I", stream, at)[0])
        if code == _EOF:
            break
    found = [_sheet(stream, start) for start in starts]
    for survey in found:
        survey.require_within(limits)
    return found


def _sheet(stream: bytes, start: int) -> Survey:
    survey, depth = Survey(), 0
    for code, at, length in _records(stream, start):
        if code in _CELLS and length >= 6:
            row, column = struct.unpack_from("<HH", stream, at)
            if code == _MANY:
                column = struct.unpack_from("<H", stream, at + length - 2)[0]
            survey.meet(row, column, _error(stream, code, at, length))
        elif code & 0xFF == _BEGIN:
            depth += 1
        elif code == _EOF:
            depth -= 1
            if depth <= 0:
                break
    return survey


def _error(stream: bytes, code: int, at: int, length: int) -> int | None:
    if code == _BOOLEAN and length >= 8 and stream[at + 7]:
        return stream[at + 6]
    if code == _FORMULA and length >= 14 and stream[at + 12 : at + 14] == b"\xff\xff" and stream[at + 6] == 2:
        return stream[at + 8]
    return None


def _records(stream: bytes, at: int) -> Iterator[tuple[int, int, int]]:
    """Code, place and length of every record from a place on; a stream that ends within one is truncated."""
    end = len(stream)
    while at + 4 <= end:
        code, length = struct.unpack_from("<HH", stream, at)
        at += 4
        if at + length > end:
            raise TruncatedFile
        yield code, at, length
        at += length


def survey_xlsb(archive: Archive, part: str, limits: Limits) -> Survey:
    """One sheet of an XLSB workbook. Raises TruncatedFile, TooLarge."""
    data = archive.whole(part, 4 * limits.binary_bytes)
    survey, row = Survey(), 0
    for code, at, length in bin_records(data):
        if code == _BIN_ROW and length >= 4:
            row = struct.unpack_from("<I", data, at)[0]
        elif code in _BIN_CELLS and length >= 8:
            column = struct.unpack_from("<I", data, at)[0]
            survey.meet(row, column, data[at + 8] if code in _BIN_ERRORS and length >= 9 else None)
    survey.require_within(limits)
    return survey


def bin_records(data: bytes) -> Iterator[tuple[int, int, int]]:
    """Code, place and length of every record of an XLSB part. Raises TruncatedFile."""
    at = 0
    try:
        while at < len(data):
            code = data[at]
            at += 1
            if code & 0x80:
                code = (code & 0x7F) | (data[at] << 7)
                at += 1
            length = shift = 0
            more = True
            while more and shift < 28:
                byte = data[at]
                at += 1
                length |= (byte & 0x7F) << shift
                shift, more = shift + 7, bool(byte & 0x80)
            if at + length > len(data):
                raise TruncatedFile
            yield code, at, length
            at += length
    except IndexError:
        raise TruncatedFile from None


def sheet_parts(archive: Archive, main: str, related: dict[str, tuple[str, str]]) -> dict[str, str]:
    """The part of each worksheet of an XLSB workbook, by the sheet's name. Raises TruncatedFile."""
    data = archive.whole(main, 16 * 1024**2)
    found: dict[str, str] = {}
    for code, at, length in bin_records(data):
        if code == 156 and length >= 16:
            key, name = _wide_texts(data[at + 8 : at + length], 2)
            part, kind = related.get(key, ("", ""))
            if kind == "worksheet" and part in archive:
                found[name] = part
    return found


def _wide_texts(data: bytes, count: int) -> list[str]:
    texts, at = [], 0
    for _ in range(count):
        size = struct.unpack_from("<I", data + b"\0\0\0\0", at)[0] if at <= len(data) else 0
        size = 0 if size > len(data) else size
        texts.append(data[at + 4 : at + 4 + 2 * size].decode("utf-16-le", "replace"))
        at += 4 + 2 * size
    return texts
