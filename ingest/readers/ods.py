"""OpenDocument spreadsheets, read as a stream. Formulas are never worked out: saved results count."""

import re
from collections.abc import Iterator
from html import unescape
from itertools import takewhile

from ingest.errors import ProtectedWorkbook, TooLarge, UnknownFormat
from ingest.readers.archive import Archive
from ingest.readers.limits import Limits
from ingest.readers.ods_rows import TableParser
from ingest.readers.sheet import About, Area, Numbered

_CONTENT = "content.xml"
_MANIFEST = "meta-inf/manifest.xml"
_TYPES = (
    "application/vnd.oasis.opendocument.spreadsheet",
    "application/vnd.oasis.opendocument.spreadsheet-template",
)
_SMALL = 1024**2
_OVERLAP = 8 * 1024
_MOST_SHEETS = 1_000
_TABLE = re.compile(rb"<table:table\s([^<>]*)>")
_NAME = re.compile(rb"""table:name\s*=\s*("[^"]*"|'[^']*')""")
_STYLE = re.compile(rb"""table:style-name\s*=\s*["']([^"']*)["']""")
_HIDDEN = re.compile(
    rb"""<style:style\b[^<>]{0,500}style:name\s*=\s*["']([^"']*)["'][^<>]{0,500}>\s*"""
    rb"""<style:table-properties\b[^<>]{0,500}table:display\s*=\s*["']false["']"""
)


class OdsWorkbook:
    """An ODS workbook. Raises ProtectedWorkbook, UnknownFormat, TruncatedFile, TooLarge."""

    kind = "ods"

    def __init__(self, archive: Archive, limits: Limits) -> None:
        self._archive = archive
        self._limits = limits
        if archive.whole("mimetype", _SMALL).decode("ascii", "replace").strip() not in _TYPES:
            raise UnknownFormat
        if _MANIFEST in archive and b"encryption-data" in archive.whole(_MANIFEST, _SMALL):
            raise ProtectedWorkbook
        self.sheets = self._look()
        self._areas: list[Area] = []

    def _look(self) -> list[About]:
        """The sheets, from a quick look over the whole content: one part holds them all."""
        found: list[tuple[str, bytes]] = []
        hidden: set[bytes] = set()
        tail = b""
        for piece in self._archive.pieces(_CONTENT):
            text, last = tail + piece, 0
            hidden.update(_HIDDEN.findall(text))
            for table in _TABLE.finditer(text):
                name, style = _NAME.search(table[1]), _STYLE.search(table[1])
                said = unescape(name[1][1:-1].decode("utf-8", "replace")) if name else ""
                found.append((said, style[1] if style else b""))
                last = table.end()
            if len(found) > _MOST_SHEETS:
                raise TooLarge(limit=_MOST_SHEETS)
            tail = text[max(last, len(text) - _OVERLAP) :]
        return [About(name, style not in hidden) for name, style in found]

    def blocks(self, name: str) -> Iterator[list[Numbered]]:
        """The sheet's rows, as many at a time as one piece of the content holds.

        Raises TooLarge, TooManyColumns, CellTooLong, TruncatedFile, UnsafeWorkbook.
        """
        self._areas.clear()
        parser = TableParser(name, self._areas, self._limits)
        pieces = self._archive.pieces(_CONTENT)
        for piece in takewhile(lambda _: not parser.done, pieces):
            parser.feed(piece)
            yield parser.take()
        if not parser.done:
            parser.feed(b"", True)
        yield parser.take()

    def merged(self, name: str) -> list[Area]:
        """The merged areas met so far: an area stands here before the rows below its first are given."""
        return self._areas
