"""Looks into an XLSX archive before a spreadsheet reader may open it: its size unpacked, its sheets' extent.

A small archive can unpack to terabytes, and two cells far apart make a reader reserve all between them.
So every part is unpacked here once, in small pieces that are counted and dropped.
"""

import re
import zipfile
import zlib
from collections.abc import Iterator
from typing import BinaryIO

from ingest.errors import TooLarge, TooManyColumns, TruncatedFile, UnknownFormat
from ingest.readers.table import Limits

_PIECE = 256 * 1024
_OVERLAP = 64
_MOST_PARTS = 5_000
_REFERENCE = re.compile(rb"""\sr\s*=\s*["']\s*([A-Za-z]*)(\d+)""")
_UNREADABLE = (
    zipfile.BadZipFile,
    zlib.error,
    EOFError,
    NotImplementedError,
    RuntimeError,
    ValueError,
    OSError,
)


def inspect_workbook(stream: BinaryIO, limits: Limits) -> None:
    """Walk through all parts of the archive and refuse what would be too much to open.

    Raises TruncatedFile, UnknownFormat (an archive, but no workbook), TooLarge, TooManyColumns.
    """
    try:
        archive = zipfile.ZipFile(stream)
    except _UNREADABLE:
        raise TruncatedFile from None
    with archive:
        parts = archive.infolist()
        if not any(part.filename.lower() == "xl/workbook.xml" for part in parts):
            raise UnknownFormat
        if len(parts) > _MOST_PARTS or sum(part.file_size for part in parts) > limits.unpacked_bytes:
            raise TooLarge(limit=limits.unpacked_bytes)
        left = limits.unpacked_bytes
        for part in parts:
            left -= _walk(archive, part, left, limits)


def _walk(archive: zipfile.ZipFile, part: zipfile.ZipInfo, most: int, limits: Limits) -> int:
    size, extent = 0, _Extent(limits)  # of every part: which of them is a sheet its name does not say
    for piece in _pieces(archive, part, most):
        size += len(piece)
        if size > most:
            raise TooLarge(limit=limits.unpacked_bytes)
        extent.add(piece)
    return size


def _pieces(archive: zipfile.ZipFile, part: zipfile.ZipInfo, most: int) -> Iterator[bytes]:
    # The directory may lie about sizes: read until the data end, not until they are said to. Room for two
    # pieces more lets the limit be passed before the checksum of an unfinished part is looked at.
    part.file_size = most + 2 * _PIECE
    try:
        with archive.open(part) as data:
            while piece := data.read(_PIECE):
                yield piece
    except _UNREADABLE:
        raise TruncatedFile from None


class _Extent:
    """How far apart the cells of one part lie, from the references in its XML."""

    def __init__(self, limits: Limits) -> None:
        self.limits = limits
        self.rows = 0
        self.columns = 0
        self.tail = b""

    def add(self, piece: bytes) -> None:
        """Look at the next piece of the sheet. Raises TooManyColumns, TooLarge."""
        found = set(_REFERENCE.findall(self.tail + piece))
        self.tail = piece[-_OVERLAP:]
        if not found:
            return
        self.rows = max(self.rows, *(int(row) for _, row in found))
        self.columns = max(self.columns, *map(_column, {letters for letters, _ in found}))
        if self.columns > max(4 * self.limits.columns, 16_384):
            raise TooManyColumns(limit=self.limits.columns)
        if self.rows * max(self.columns, 1) > self.limits.spreadsheet_cells:
            raise TooLarge(limit=self.limits.spreadsheet_cells)


def _column(letters: bytes) -> int:
    number = 0
    for letter in letters.upper()[:8]:
        number = number * 26 + letter - 64
    return number
