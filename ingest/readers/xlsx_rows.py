"""The rows of an XLSX sheet, from its XML as it comes."""

from ingest.errors import CellTooLong, TooLarge, TooManyColumns
from ingest.readers.archive import Parser
from ingest.readers.cells import written_number
from ingest.readers.limits import Limits
from ingest.readers.sheet import Numbered
from ingest.readers.texts import Texts, plain

_WIDEST = 16_384
_TRUE = ("1", "true")


class RowParser:
    """Takes pieces of a sheet's XML and gives its rows.

    Raises TruncatedFile, UnsafeWorkbook, TooLarge (cells, rows), TooManyColumns, CellTooLong.
    """

    def __init__(self, texts: Texts, forms: dict[str, str], mac: bool, limits: Limits) -> None:
        self._texts, self._forms, self._mac, self._limits = texts, forms, mac, limits
        self._parser = Parser(self._start, self._end)
        self._gather = self._parser.gather
        self._rows: list[Numbered] = []
        self._columns: dict[str, int] = {}
        self._cells: list[str] = []
        self._row = self._column = self._filled = 0
        self._most = 4 * limits.columns
        self._value: list[str] = []
        self._formula: list[str] = []
        self._has_formula = False
        self._kind = self._style = ""
        self._spoken = False

    def feed(self, piece: bytes, final: bool = False) -> None:
        """Take the next piece of the XML."""
        self._parser.feed(piece, final)
        if sum(map(len, self._value)) > self._limits.line_chars:
            raise CellTooLong(limit=self._limits.line_chars, line=self._row)
        if self._filled > self._limits.spreadsheet_cells:
            raise TooLarge(limit=self._limits.spreadsheet_cells)

    def take(self) -> list[Numbered]:
        """The rows that have been completed since the last time."""
        rows, self._rows = self._rows, []
        return rows

    def _start(self, name: str, about: dict[str, str]) -> None:
        if ":" in name:
            name = name.rpartition(":")[2]
        if name == "c":
            self._kind, self._style = about.get("t", "n"), about.get("s", "")
            self._value, self._has_formula = [], False
            reference = about.get("r")
            self._column = self._place(reference) if reference else self._column + 1
        elif name == "v" or (name == "t" and not self._spoken):
            self._gather(self._value)
        elif name == "f":
            self._has_formula, self._formula = True, []
            self._gather(self._formula)
        elif name == "row":
            number = about.get("r", "")
            self._row = int(number) if number.isdigit() else self._row + 1
            self._cells, self._column = [], 0
        elif name == "rPh":
            self._spoken = True

    def _end(self, name: str) -> None:
        if ":" in name:
            name = name.rpartition(":")[2]
        if name == "c":
            if self._value or self._has_formula:
                self._keep()
        elif name in ("v", "t", "f"):
            self._gather(None)
        elif name == "row":
            if self._cells:
                self._rows.append((self._row, self._cells))
        elif name == "rPh":
            self._spoken = False

    def _keep(self) -> None:
        text = self._text("".join(self._value) if len(self._value) != 1 else self._value[0])
        if not text:
            return
        self._filled += 1
        missing = self._column - 1 - len(self._cells)
        if self._column > self._most:
            raise TooManyColumns(columns=self._column, limit=self._limits.columns)
        if missing < 0:  # out of order, or the same cell twice
            self._cells[self._column - 1] = text
            return
        if missing:
            self._cells += [""] * missing
        self._cells.append(text)

    def _text(self, raw: str) -> str:
        kind = self._kind
        if kind == "s":
            return self._texts(raw)
        if self._has_formula and not raw and kind != "str":
            return "=" + "".join(self._formula)
        if kind == "n":
            return written_number(raw.strip(), self._forms.get(self._style, ""), self._mac)
        if kind == "b":
            return "true" if raw.strip() in _TRUE else "false"
        if kind == "d":
            return raw.strip().removesuffix("Z").replace("T", " ").removesuffix(" 00:00:00")
        return plain(raw)  # inlineStr, str, and e: an error in its program's words

    def _place(self, reference: str) -> int:
        letters = reference.rstrip("0123456789")
        column = self._columns.get(letters)
        if column is None:
            column = 0
            for letter in letters.upper()[:8]:
                column = column * 26 + ord(letter) - 64
            if not 0 < column <= _WIDEST:
                raise TooManyColumns(columns=column, limit=self._limits.columns)
            self._columns[letters] = column
        return column
