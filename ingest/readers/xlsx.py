"""XLSX workbooks, read as a stream: a sheet of a million rows takes no more memory than one of ten.

Only what cells hold is read. Formulas are never worked out: a cell gives the result that was saved with it,
and where none was saved the formula's own text, so that the fault can be named.
"""

import posixpath
import re
from collections.abc import Iterator

from ingest.errors import TooLarge, UnknownFormat
from ingest.readers.archive import Archive, Parser, local
from ingest.readers.limits import Limits
from ingest.readers.sheet import About, Area, Numbered
from ingest.readers.styles import forms_of
from ingest.readers.texts import Texts, shared_texts
from ingest.readers.xlsx_rows import RowParser

_MERGED = re.compile(
    rb"""<(?:\w+:)?mergeCell\b[^<>]{0,500}?\bref\s*=\s*["']([A-Za-z]+\d+):([A-Za-z]+\d+)["']"""
)
_OVERLAP = 256
_SMALL = 16 * 1024**2


class XlsxWorkbook:
    """An XLSX workbook. Raises TruncatedFile, UnknownFormat, UnsafeWorkbook, TooLarge.

    `main` is the part that names the sheets, `parts` are those in which the sheets stand, by their names.
    """

    kind = "xlsx"

    def __init__(self, archive: Archive, limits: Limits) -> None:
        self._archive = archive
        self._limits = limits
        self.main = workbook_part(archive)
        self._targets = related(archive, self.main)
        self.sheets: list[About] = []
        self.parts: dict[str, str] = {}
        self._mac = False
        self._look()
        self._forms = forms_of(archive, self._related("styles"))
        self._texts: Texts | None = None

    def _look(self) -> None:
        def start(name: str, about: dict[str, str]) -> None:
            if local(name) == "workbookPr":
                self._mac = about.get("date1904") in ("1", "true")
            if local(name) == "sheet":
                key = next((value for attribute, value in about.items() if local(attribute) == "id"), "")
                part, kind = self._targets.get(key, ("", ""))
                if kind == "worksheet" and part in self._archive:
                    self.parts[about.get("name", "")] = part
                    self.sheets.append(
                        About(about.get("name", ""), about.get("state", "visible") == "visible")
                    )

        Parser(start).feed(self._archive.whole(self.main, _SMALL), True)

    def _related(self, kind: str) -> str:
        return next((part for part, known in self._targets.values() if known == kind), "")

    def blocks(self, name: str) -> Iterator[list[Numbered]]:
        """The sheet's rows, as many at a time as one piece of it holds.

        Raises TooLarge, TooManyColumns, CellTooLong, TruncatedFile, UnsafeWorkbook.
        """
        if self._texts is None:
            self._texts = shared_texts(self._archive, self._related("sharedStrings"), self._limits)
        rows = RowParser(self._texts, self._forms, self._mac, self._limits)
        for piece in self._archive.pieces(self.parts[name]):
            rows.feed(piece)
            yield rows.take()
        rows.feed(b"", True)
        yield rows.take()

    def merged(self, name: str) -> list[Area]:
        """The merged areas, which stand at the end of the sheet. Raises TooLarge."""
        areas: list[Area] = []
        tail = b""
        for piece in self._archive.pieces(self.parts[name]):
            if b"mergeCell" in (text := tail + piece):
                last = 0
                for found in _MERGED.finditer(text):
                    (top, left), (bottom, right) = map(place_of, found.groups())
                    areas.append(Area(top, left, bottom, right))
                    last = found.end()
                text = text[last:]
            if len(areas) > self._limits.merged_areas:
                raise TooLarge(limit=self._limits.merged_areas)
            tail = text[-_OVERLAP:]
        return areas


def workbook_part(archive: Archive) -> str:
    """The part that names the sheets. Raises UnknownFormat if the archive is no workbook."""
    for part, kind in related(archive, "").values():
        if kind == "officeDocument" and part in archive:
            return part
    if "xl/workbook.xml" in archive:
        return "xl/workbook.xml"
    raise UnknownFormat


def related(archive: Archive, part: str) -> dict[str, tuple[str, str]]:
    """What a part names by ids: for each id the other part and its kind (worksheet, styles, …)."""
    folder, name = posixpath.split(part)
    path = posixpath.join(folder, "_rels", f"{name}.rels")
    found: dict[str, tuple[str, str]] = {}

    def start(name: str, about: dict[str, str]) -> None:
        if local(name) == "Relationship" and about.get("TargetMode", "Internal") == "Internal":
            target = posixpath.normpath(posixpath.join("/", folder, about.get("Target", ""))).lstrip("/")
            found[about.get("Id", "")] = (target, about.get("Type", "").rpartition("/")[2])

    if path in archive:
        Parser(start).feed(archive.whole(path, _SMALL), True)
    return found


def place_of(reference: bytes) -> tuple[int, int]:
    """Row and column, from 1, of a reference such as C7."""
    letters = reference.rstrip(b"0123456789")
    column = 0
    for letter in letters.upper()[:8]:
        column = column * 26 + letter - 64
    return int(reference[len(letters) :][:8]), column
