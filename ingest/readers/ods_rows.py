"""The rows of one table of an OpenDocument spreadsheet, from its XML as it comes."""

import re

from ingest.errors import CellTooLong, TooLarge, TooManyColumns
from ingest.readers.archive import Parser
from ingest.readers.cells import written_number
from ingest.readers.limits import Limits
from ingest.readers.sheet import Area, Numbered

_CLOCK = re.compile(r"PT(\d+)H(\d+)M(\d+)(?:[.,]\d+)?S")
_CELLS = ("table:table-cell", "table:covered-table-cell")
_ZEROS = re.compile(r"0\d+")


class TableParser:
    """Takes pieces of the content's XML and gives the rows of the table with this name.

    Merged areas are added to `areas` as they are met. `done` once the table has ended.
    Raises TruncatedFile, UnsafeWorkbook, TooLarge (cells, rows), TooManyColumns, CellTooLong.
    """

    def __init__(self, name: str, areas: list[Area], limits: Limits) -> None:
        self.done = False
        self._name, self._areas, self._limits = name, areas, limits
        self._parser = Parser(self._start, self._end)
        self._rows: list[Numbered] = []
        self._inside = self._aside = False
        self._row = self._filled = 0
        self._cells: list[str] = []
        self._column = self._times = 1
        self._about: dict[str, str] = {}
        self._text: list[str] = []
        self._paragraphs = 0

    def feed(self, piece: bytes, final: bool = False) -> None:
        """Take the next piece of the XML."""
        self._parser.feed(piece, final)
        if sum(map(len, self._text)) > self._limits.line_chars:
            raise CellTooLong(limit=self._limits.line_chars, line=self._row)

    def take(self) -> list[Numbered]:
        """The rows that have been completed since the last time."""
        rows, self._rows = self._rows, []
        return rows

    def _start(self, name: str, about: dict[str, str]) -> None:
        if name == "table:table":
            self._inside = not self.done and about.get("table:name", "") == self._name
        elif not self._inside:
            return
        elif name == "table:table-row":
            self._cells, self._column = [], 1
            self._times = _times(about, "table:number-rows-repeated")
        elif name in _CELLS:
            self._about, self._text, self._paragraphs = about, [], 0
        elif name == "office:annotation":
            self._aside = True  # a comment on the cell, not what it says
        elif name == "text:p" and not self._aside:
            self._text += ["\n"] if self._paragraphs else []
            self._paragraphs += 1
            self._parser.gather(self._text)
        elif name == "text:s":
            self._text.append(" " * min(_times(about, "text:c"), 1_000))
        elif name in ("text:tab", "text:line-break"):
            self._text.append("\t" if name == "text:tab" else "\n")

    def _end(self, name: str) -> None:
        if not self._inside:
            return
        if name in _CELLS:
            self._keep(_times(self._about, "table:number-columns-repeated"))
        elif name == "text:p":
            self._parser.gather(None)
        elif name == "office:annotation":
            self._aside = False
        elif name == "table:table-row":
            self._finish_row()
        elif name == "table:table":
            self._inside, self.done = False, True

    def _keep(self, times: int) -> None:
        text = said(self._about, "".join(self._text))
        down = _times(self._about, "table:number-rows-spanned")
        if down > 1 and len(self._areas) < self._limits.merged_areas:
            right = self._column + _times(self._about, "table:number-columns-spanned") - 1
            self._areas.append(Area(self._row + 1, self._column, self._row + down, right))
        if text:
            if self._column + times - 1 > 4 * self._limits.columns:
                raise TooManyColumns(columns=self._column + times - 1, limit=self._limits.columns)
            self._cells += [""] * (self._column - 1 - len(self._cells))
            self._cells += [text] * times
        self._column += times

    def _finish_row(self) -> None:
        if self._cells:
            self._filled += len(self._cells) * self._times
            if self._filled > self._limits.spreadsheet_cells or self._times > self._limits.rows:
                raise TooLarge(limit=self._limits.spreadsheet_cells)
            numbers = range(self._row + 1, self._row + self._times + 1)
            self._rows += [(number, self._cells) for number in numbers]
        self._row += self._times


def said(about: dict[str, str], shown: str) -> str:
    """What a cell says, from its attributes and the text that is shown for it."""
    kind = about.get("office:value-type", "")
    formula = about.get("table:formula", "")
    if about.get("calcext:value-type") == "error":
        return shown or "#VALUE!"
    if formula and not kind and not shown:
        return formula[formula.find("=") :] if "=" in formula else "=" + formula
    if kind in ("float", "currency", "percentage"):
        return _number(about.get("office:value", ""), kind, shown)
    if kind == "date":
        return (
            about.get("office:date-value", "").removesuffix("Z").replace("T", " ").removesuffix(" 00:00:00")
        )
    if kind == "time":
        found = _CLOCK.fullmatch(about.get("office:time-value", ""))
        return ":".join(part.zfill(2) for part in found.groups()) if found else shown
    if kind == "boolean":
        return about.get("office:boolean-value", shown)
    return about.get("office:string-value", shown)


def _number(raw: str, kind: str, shown: str) -> str:
    if kind == "percentage":
        return written_number(raw, "percent")
    text = written_number(raw)
    if _ZEROS.fullmatch(shown) and shown.lstrip("0") == text:
        return shown  # a format gives it its leading zeros
    return text


def _times(about: dict[str, str], name: str) -> int:
    said = about.get(name, "1")
    return max(1, int(said[:9])) if said.isascii() and said.isdigit() else 1
