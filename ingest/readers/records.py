"""Records of a delimited text one by one, damaged ones too: the careful way where the quick one fails."""

import csv
from collections import deque
from collections.abc import Iterator
from itertools import islice

from ingest.errors import CellTooLong, TruncatedFile


class Lines:
    """Lines that can be looked at ahead and given back; remembers those taken since the last `forget`."""

    def __init__(self, blocks: Iterator[list[str]]) -> None:
        self._blocks = blocks
        self.waiting: deque[str] = deque()
        self.taken: list[str] = []

    def __iter__(self) -> "Lines":
        return self

    def __next__(self) -> str:
        while not self.waiting:
            self.waiting.extend(next(self._blocks))
        line = self.waiting.popleft()
        self.taken.append(line)
        return line + "\n"

    def block(self) -> list[str]:
        """All lines that wait, or the next ones that come; none at the end."""
        while not self.waiting:
            block = next(self._blocks, None)
            if block is None:
                return []
            self.waiting.extend(block)
        block = list(self.waiting)
        self.waiting.clear()
        return block

    def peek(self, count: int) -> list[str]:
        """The next lines, still to be taken."""
        while len(self.waiting) < count and (block := next(self._blocks, None)) is not None:
            self.waiting.extend(block)
        return list(islice(self.waiting, count))

    def back(self, lines: list[str]) -> None:
        """Give lines back, to be taken again in the same order."""
        self.waiting.extendleft(reversed(lines))

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
            cells = taken
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
