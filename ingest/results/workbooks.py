"""The partner's own XLSX back: sheets, styles and widths, with two columns more on the sheet that was read.

Whatever could be executed or could call another file is left out: formulas (their values stay), macros and
links to other workbooks. Everything else is copied part by part; memory does not grow with the file.
"""

import re
import zipfile
from collections import deque
from collections.abc import Callable, Iterator
from typing import BinaryIO

from ingest.errors import UploadError
from ingest.readers import Limits
from ingest.readers.archive import UNREADABLE, Archive
from ingest.readers.xlsx import XlsxWorkbook
from ingest.results.pipe import PIECE, Pipe
from ingest.results.sheets import Added, Columns, UnusualSheet, require_usual, spliced, without_formulas

_BOOK, _TYPES = "xl/workbook.xml", "[Content_Types].xml"
_SHEETS = "xl/worksheets/"
_LEFT_OUT = re.compile(r"xl/(calcChain\.xml|vbaProject|vbaData|externalLinks/|macrosheets/)", re.IGNORECASE)
_RELATION = re.compile(rb"<(?:\w+:)?Relationship\b[^>]*?/>", re.DOTALL)
_OVERRIDE = re.compile(rb"<(?:\w+:)?Override\b[^>]*?/>", re.DOTALL)
_TARGET = re.compile(rb"""\bTarget\s*=\s*["']([^"']*)["']""")
_PART = re.compile(rb"""\bPartName\s*=\s*["']/?([^"']*)["']""")
_REFERENCES = re.compile(rb"<(\w+:)?externalReferences\b.*?</(\w+:)?externalReferences>", re.DOTALL)
_NAMED = re.compile(rb"<(?:\w+:)?definedName\b[^>]*>[^<]*\[[^<]*</(?:\w+:)?definedName>", re.DOTALL)
_MACRO_TYPE = re.compile(rb"application/vnd\.ms-excel\.(?:sheet|template)\.macroEnabled\.main\+xml")
_SMALL = 16 * 1024**2
"""Parts that are mended as a whole have no more bytes."""
_PLAIN_TYPE = b"application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"


class Book:
    """A workbook that was sent, to be given back with more on one of its sheets."""

    def __init__(self, stream: BinaryIO, sheet: str) -> None:
        """Opens it; `sheet` is the name of the sheet that was read. Raises UnusualSheet."""
        try:
            self.sheet = _sheet_part(stream, sheet)
            self.archive = zipfile.ZipFile(stream)
            self._parts = [part for part in self.archive.infolist() if not _LEFT_OUT.match(part.filename)]
            self.archive.getinfo(self.sheet)
            for part in self._parts:
                self._require_usual(part)
        except (UploadError, KeyError, *UNREADABLE):
            raise UnusualSheet from None

    def _require_usual(self, part: zipfile.ZipInfo) -> None:
        """Raises UnusualSheet, and what unpacking raises, for a part that could not be sent to its end."""
        if _is_mended(part.filename) and part.file_size > _SMALL:
            raise UnusualSheet
        if _is_sheet(part.filename):
            require_usual(self._pieces(part))
        else:
            deque(self._pieces(part), maxlen=0)

    def with_columns(self, columns: Columns, added: Added) -> Iterator[bytes]:
        """The workbook's bytes, a piece at a time."""
        out = Pipe()
        with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as target:
            for part in self._parts:
                about = zipfile.ZipInfo(part.filename)
                about.compress_type = zipfile.ZIP_DEFLATED
                with target.open(about, "w", force_zip64=True) as written:
                    for piece in self._content(part, columns, added):
                        written.write(piece)
                        if out.size > PIECE:
                            yield out.take()
        yield out.take()

    def _content(self, part: zipfile.ZipInfo, columns: Columns, added: Added) -> Iterator[bytes]:
        pieces = self._pieces(part)
        if part.filename == self.sheet:
            yield from spliced(pieces, columns, added)
        elif _is_sheet(part.filename):
            yield from without_formulas(pieces)
        elif _is_mended(part.filename):
            yield _mended(part.filename, b"".join(pieces))
        else:
            yield from pieces

    def _pieces(self, part: zipfile.ZipInfo) -> Iterator[bytes]:
        with self.archive.open(part) as data:
            while piece := data.read(PIECE):
                yield piece


def _is_sheet(name: str) -> bool:
    return name.startswith(_SHEETS) and name.endswith(".xml")


def _is_mended(name: str) -> bool:
    return name in (_TYPES, _BOOK) or name.endswith(".rels")


def _sheet_part(stream: BinaryIO, sheet: str) -> str:
    """The part from which the sheet of this name was read. Raises UnusualSheet, and the upload errors."""
    book = XlsxWorkbook(Archive(stream, Limits()), Limits())
    part = book.parts.get(sheet, "")
    if book.main != _BOOK or not _is_sheet(part) or [about.name for about in book.sheets].count(sheet) != 1:
        raise UnusualSheet
    return part


def _mended(name: str, content: bytes) -> bytes:
    """Without what speaks of parts that are left out."""
    if name == _TYPES:
        content = _OVERRIDE.sub(_unless_left_out(_PART, ""), content)
        return _MACRO_TYPE.sub(_PLAIN_TYPE, content)
    if name == _BOOK:
        return _NAMED.sub(b"", _REFERENCES.sub(b"", content))
    folder = name.removesuffix(".rels").replace("_rels/", "").rpartition("/")[0]
    return _RELATION.sub(_unless_left_out(_TARGET, folder), content)


def _unless_left_out(name: re.Pattern[bytes], folder: str) -> Callable[[re.Match[bytes]], bytes]:
    def kept(found: re.Match[bytes]) -> bytes:
        target = name.search(found.group())
        path = _absolute(target.group(1).decode("utf-8", "replace"), folder) if target else ""
        return b"" if _LEFT_OUT.match(path) else found.group()

    return kept


def _absolute(target: str, folder: str) -> str:
    """The part that a relationship of this folder means."""
    if target.startswith("/"):
        return target.lstrip("/")
    steps: list[str] = folder.split("/") if folder else []
    for step in target.split("/"):
        if step == "..":
            steps = steps[:-1]
        else:
            steps.append(step)
    return "/".join(steps)
