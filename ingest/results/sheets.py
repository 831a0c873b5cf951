"""A worksheet's own XML with two cells more in each row, spliced in byte by byte: all else stays as it was.

Styles, widths, merged areas and everything that is not a cell of ours pass through untouched; formulas go and
the values they last had stay, so that nothing in the file can be executed. Constant memory.
"""

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import NamedTuple
from xml.sax.saxutils import escape

from ingest.errors import UploadError
from ingest.readers.archive import Parser

Added = Callable[[int], tuple[str, ...] | None]
"""What to add to the row of this number (from 1, as a spreadsheet program shows it); None for nothing."""

_TAG = re.compile(rb"""<[^>"']*(?:"[^"]*"[^>"']*|'[^']*'[^>"']*)*>""")
_SPANS = re.compile(rb"""\s+spans\s*=\s*(?:"[^"]*"|'[^']*')""")
_WIDTHS = (22, 70)
_BEFORE = frozenset({"dimension", "col", "cols", "sheetData"})
"""What stands before the rows; elsewhere these and the rows' names mean other things."""


class UnusualSheet(Exception):
    """The sheet is written in a way that cannot be spliced: another encoding, or a document type."""


class Columns(NamedTuple):
    """Where our cells go (from 1), which columns of an earlier result they replace, which row is the header.

    In the header they look like the cell beside them.
    """

    first: int
    replaced: frozenset[int] = frozenset()
    header: int = 0


class _Edit(NamedTuple):
    start: int
    end: int
    text: bytes


@dataclass(slots=True)
class _Cell:
    start: int
    end: int | None
    column: int
    filled: bool = False


def spliced(pieces: Iterable[bytes], columns: Columns, added: Added) -> Iterator[bytes]:
    """The sheet with the cells that `added` gives for each of its rows. Raises UnusualSheet."""
    splicer = _Splicer(columns, added)
    for piece in pieces:
        yield splicer.feed(piece)
    yield splicer.end()


def without_formulas(pieces: Iterable[bytes]) -> Iterator[bytes]:
    """The sheet as it is, but for its formulas. Raises UnusualSheet."""
    return spliced(pieces, Columns(1 << 14), lambda row: None)


def require_usual(pieces: Iterable[bytes]) -> None:
    """Raises UnusualSheet for XML that `spliced` would stumble over, so that nothing is sent by half."""
    parser = Parser(declared=_declared)
    first = True
    for piece in pieces:
        if first and piece.startswith((b"\xff\xfe", b"\xfe\xff")):
            raise UnusualSheet
        first = False
        _parse(parser, piece)
    _parse(parser, b"", final=True)


def _parse(parser: Parser, piece: bytes, *, final: bool = False) -> None:
    try:
        parser.feed(piece, final)
    except UploadError:  # damaged, with a document type, or with an element that does not end
        raise UnusualSheet from None


def _declared(_version: str, encoding: str | None, _standalone: int) -> None:
    if encoding and encoding.lower() not in ("utf-8", "us-ascii"):
        raise UnusualSheet


class _Splicer:
    """Follows the XML with expat, and keeps what is replaced by position in bytes."""

    def __init__(self, columns: Columns, added: Added) -> None:
        self.columns, self.added = columns, added
        self.parser = Parser(self._start, self._end, _declared)
        self.held, self.base = b"", 0
        self.edits: list[_Edit] = []
        self.row = self.column = self.last = 0
        self.cell: _Cell | None = None
        self.formula = self.widest = -1
        self.formula_end: int | None = None
        self.inside = self.empty = False
        self.style = ""

    def feed(self, piece: bytes) -> bytes:
        """Take the next piece; returns what is settled by it."""
        self.held += piece
        _parse(self.parser, piece)
        return self._settled(self._safe())

    def end(self) -> bytes:
        """The rest."""
        _parse(self.parser, b"", final=True)
        return self._settled(self.base + len(self.held))

    def _safe(self) -> int:
        """Up to where nothing will be replaced any more."""
        here = max(self.parser.at, self.base)
        if self.cell is not None:
            here = min(here, self.cell.start)
        return min(here, self.formula) if self.formula >= 0 else here

    def _settled(self, end: int) -> bytes:
        for edit in sorted(self.edits, reverse=True):
            if edit.end > end:
                end = min(end, edit.start)
        ready = sorted(edit for edit in self.edits if edit.end <= end)
        self.edits = [edit for edit in self.edits if edit.end > end]
        out, at = [], self.base
        for edit in ready:
            if edit.start >= at:  # else it lies inside something that was taken out whole
                out += [self._bytes(at, edit.start), edit.text]
                at = edit.end
        out.append(self._bytes(at, end))
        self.held, self.base = self.held[end - self.base :], end
        return b"".join(out)

    def _bytes(self, start: int, end: int) -> bytes:
        return self.held[start - self.base : end - self.base]

    def _tag(self) -> tuple[int, bytes]:
        """The tag that the parser has just met: where it begins, and its bytes."""
        start = self.parser.at
        found = _TAG.match(self.held, start - self.base)
        if found is None:
            raise UnusualSheet
        return start, found.group()

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        _prefix, _colon, local = name.rpartition(":")
        handler = self._STARTS.get(local)
        if handler is not None and (self.inside or local in _BEFORE):
            handler(self, name, attributes)

    def _end(self, name: str) -> None:
        _prefix, _colon, local = name.rpartition(":")
        handler = self._ENDS.get(local)
        if handler is not None and (self.inside or local in _BEFORE):
            handler(self, name)

    def _row_starts(self, _name: str, attributes: dict[str, str]) -> None:
        self.row = _number(attributes.get("r", ""), self.row + 1)
        self.column = self.last = 0
        start, tag = self._tag()
        self.empty = tag.endswith(b"/>")
        if _SPANS.search(tag):
            self.edits.append(_Edit(start, start + len(tag), _SPANS.sub(b"", tag)))

    def _row_ends(self, name: str) -> None:
        texts = None if self.empty else self.added(self.row)
        if texts is None:
            return
        start, _tag = self._tag()
        first = max(self.columns.first, self.last + 1)
        style = self.style if self.row == self.columns.header else ""
        cells = [_cell(name, self.row, first + place, text, style) for place, text in enumerate(texts)]
        self.edits.append(_Edit(start, start, b"".join(cells)))

    def _cell_starts(self, _name: str, attributes: dict[str, str]) -> None:
        self.column = column_number(attributes.get("r", "")) or self.column + 1
        self.style = attributes.get("s", "")
        self.cell = _Cell(*self._extent(), self.column)

    def _cell_ends(self, _name: str) -> None:
        cell, self.cell = self.cell, None
        assert cell is not None
        beyond = cell.column >= self.columns.first
        if cell.column in self.columns.replaced or (beyond and not cell.filled):
            self._take_out(cell.start, cell.end)
        elif cell.filled or not beyond:
            self.last = max(self.last, cell.column)

    def _value_starts(self, _name: str, _attributes: dict[str, str]) -> None:
        if self.cell is not None:
            self.cell.filled = True

    def _formula_starts(self, _name: str, _attributes: dict[str, str]) -> None:
        if self.cell is not None:
            self.formula, self.formula_end = self._extent()

    def _formula_ends(self, _name: str) -> None:
        if self.formula >= 0:
            self._take_out(self.formula, self.formula_end)
            self.formula = -1

    def _extent(self) -> tuple[int, int | None]:
        """Where the element that starts here begins, and ends if it is an empty one."""
        start, tag = self._tag()
        return start, start + len(tag) if tag.endswith(b"/>") else None

    def _take_out(self, start: int, end: int | None) -> None:
        """Everything from there to the end of the element that ends here; an empty one ends in its tag."""
        if end is None:
            here, tag = self._tag()
            end = here + len(tag)
        self.edits.append(_Edit(start, end, b""))

    def _dimension_starts(self, _name: str, _attributes: dict[str, str]) -> None:
        start, tag = self._tag()
        if tag.endswith(b"/>"):  # a hint that would be wrong now, and that may be left out
            self.edits.append(_Edit(start, start + len(tag), b""))

    def _width_starts(self, _name: str, attributes: dict[str, str]) -> None:
        self.widest = max(self.widest, _number(attributes.get("max", ""), 0))

    def _widths_end(self, name: str) -> None:
        start = self.parser.at
        if 0 <= self.widest < self.columns.first:
            self.edits.append(_Edit(start, start, self._widths(name[: -len("cols")])))

    def _data_starts(self, name: str, _attributes: dict[str, str]) -> None:
        self.inside = True
        if self.widest < 0:
            prefix = name[: -len("sheetData")]
            widths = self._widths(prefix)
            text = f"<{prefix}cols>".encode() + widths + f"</{prefix}cols>".encode() if widths else b""
            start = self.parser.at
            self.edits.append(_Edit(start, start, text))

    def _data_ends(self, _name: str) -> None:
        self.inside = False

    def _widths(self, prefix: str) -> bytes:
        if self.columns.first >= 1 << 14:
            return b""
        columns = [
            f'<{prefix}col min="{place}" max="{place}" width="{width}" customWidth="1"/>'
            for place, width in enumerate(_WIDTHS, self.columns.first)
        ]
        return "".join(columns).encode()

    _STARTS = {
        "row": _row_starts,
        "c": _cell_starts,
        "v": _value_starts,
        "is": _value_starts,
        "f": _formula_starts,
        "dimension": _dimension_starts,
        "col": _width_starts,
        "sheetData": _data_starts,
    }
    _ENDS = {
        "row": _row_ends,
        "c": _cell_ends,
        "f": _formula_ends,
        "cols": _widths_end,
        "sheetData": _data_ends,
    }


def _number(text: str, otherwise: int) -> int:
    """A number as a workbook writes it."""
    return int(text) if text.isascii() and text.isdigit() and len(text) <= 7 else otherwise


def column_number(reference: str) -> int:
    """The column of a cell's reference ("C7" gives 3), 0 for none."""
    number = 0
    for letter in reference.rstrip("0123456789").upper():
        number = number * 26 + ord(letter) - 64
    return number


def column_letters(number: int) -> str:
    """The letters of a column's number (28 gives "AB")."""
    letters = ""
    while number:
        number, rest = divmod(number - 1, 26)
        letters = chr(65 + rest) + letters
    return letters


def _cell(row_name: str, row: int, column: int, text: str, style: str) -> bytes:
    prefix = row_name[: -len("row")]
    said = escape("".join(letter for letter in text if letter >= " " or letter in "\t\n"))
    look = f' s="{style}"' if style.isdigit() else ""
    cell = (
        f'<{prefix}c r="{column_letters(column)}{row}"{look} t="inlineStr"><{prefix}is>'
        f'<{prefix}t xml:space="preserve">{said}</{prefix}t></{prefix}is></{prefix}c>'
    )
    return cell.encode("utf-8", "replace")
