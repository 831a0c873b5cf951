"""CSV and its kin: comma, semicolon, tab or bar between cells; quoted cells may run over several lines."""

import csv
from collections import Counter, deque
from collections.abc import Iterator
from contextlib import suppress
from itertools import islice

from ingest.errors import CellTooLong, EmptyFile, TooLarge, TruncatedFile
from ingest.readers.source import Source, Text
from ingest.readers.table import (
    HEADER_SEARCH,
    Limits,
    Row,
    Table,
    blank,
    faulty,
    find_header,
    fitted,
    read_header,
)

DELIMITERS = (",", "\t", ";", "|")
_SAMPLE_LINES = 60


def read_delimited(source: Source, limits: Limits, *, hint: str = "") -> Table:
    """The table in a text; `hint` is the delimiter to take where the text does not tell.

    Raises the errors of `Text.lines`, `find_header` and `read_header`, at once or while rows are walked.
    """
    text = Text(source)
    lines = Lines(text.lines())
    delimiter = sniff_delimiter(lines.peek(_SAMPLE_LINES), hint)
    records = Records(lines, delimiter)
    above = [[] if fault else cells for cells, fault in islice(records, HEADER_SEARCH)]
    at = find_header(above)
    columns = read_header(above[at], limits)
    records.width = len(columns)
    # The records below the header are read again, now that the width is known.
    lines.back(records.start_of(at + 1))
    table = Table("csv", columns, iter(()), text.encoding, delimiter, header_row=at + 1)
    table.rows = _rows(table, text, records, limits)
    return table


def _rows(table: Table, text: Text, records: "Records", limits: Limits) -> Iterator[Row]:
    width = len(table.columns)
    number, found = 0, False
    for number, (cells, fault) in enumerate(records, 1):
        if number > limits.rows:
            raise TooLarge(limit=limits.rows)
        table.encoding = text.encoding
        if fault:
            found = True
            yield faulty(number, cells, fault, limits)
        elif not blank(cells):
            found = True
            yield fitted(number, cells, width, limits)
    if not found:
        raise EmptyFile


class Lines:
    """Lines that can be looked at ahead and given back; remembers those taken since the last `forget`."""

    def __init__(self, lines: Iterator[str]) -> None:
        self._lines = lines
        self._waiting: deque[str] = deque()
        self.taken: list[str] = []

    def __iter__(self) -> "Lines":
        return self

    def __next__(self) -> str:
        line = self._waiting.popleft() if self._waiting else next(self._lines)
        self.taken.append(line)
        return line

    def peek(self, count: int) -> list[str]:
        """The next lines, still to be taken."""
        self._waiting.extend(islice(self._lines, max(0, count - len(self._waiting))))
        return list(islice(self._waiting, count))

    def back(self, lines: list[str]) -> None:
        """Give lines back, to be taken again in the same order."""
        self._waiting.extendleft(reversed(lines))

    def forget(self) -> list[str]:
        """The lines taken since the last time, which are then forgotten."""
        taken, self.taken = self.taken, []
        return taken


class Records:
    """Records of a delimited text as (cells, fault); of a damaged record the cells are its line as it stands.

    A quotation mark that is never closed would swallow the rows after it. Where a record over several
    lines turns out damaged or ragged, only its first line is the faulty row and the others are read
    anew.
    """

    def __init__(self, lines: Lines, delimiter: str) -> None:
        self._lines = lines
        self._reader = csv.reader(lines, delimiter=delimiter, strict=True)
        self._above: list[list[str]] | None = []
        self.width = 0

    def __iter__(self) -> "Records":
        return self

    def __next__(self) -> tuple[list[str], str]:
        fault = ""
        try:
            cells = next(self._reader)
        except csv.Error as error:
            cells, fault = [], self._fault(error)
        taken = self._lines.forget()
        if len(taken) > 1 and (fault or (self.width and len(cells) != self.width)):
            fault = "quote_damaged"
            self._lines.back(taken[1:])
            taken = taken[:1]
        if fault:
            cells = [line.rstrip("\n") for line in taken]
        if self._above is not None:
            self._above.append(taken)
        return cells, fault

    def start_of(self, index: int) -> list[str]:
        """All lines read so far from the record at this index on; from now on lines are no longer kept."""
        kept, self._above = self._above or [], None
        return [line for lines in kept[index:] for line in lines]

    def _fault(self, error: csv.Error) -> str:
        alone = len(self._lines.taken) <= 1
        if alone and "unexpected end" in str(error):
            raise TruncatedFile from None
        if alone and "limit" in str(error):
            raise CellTooLong from None
        return "quote_damaged"


def sniff_delimiter(sample: list[str], hint: str = "") -> str:
    """The delimiter that cuts the sample into the most columns most evenly; else `hint`, else a comma."""
    scores = {mark: _evenness(sample, mark) for mark in DELIMITERS}
    best = max(DELIMITERS, key=lambda mark: scores[mark])
    return best if scores[best] > 0 else hint or ","


def _evenness(sample: list[str], delimiter: str) -> float:
    widths: list[int] = []
    reader = csv.reader(sample, delimiter=delimiter, strict=True)
    # A quoted cell may run on beyond the sample, or be damaged: the records before it are enough to judge by.
    with suppress(csv.Error):
        widths.extend(len(cells) for cells in reader if cells)
    if not widths:
        return 0.0
    width, count = Counter(widths).most_common(1)[0]
    return (width - 1) * (count / len(widths)) ** 2
