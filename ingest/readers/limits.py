"""How much one file may hold and how long it may take to read, and what of its reading somebody chose."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from time import monotonic
from typing import TypeVar

from ingest.errors import TooSlow

T = TypeVar("T")


@dataclass(frozen=True)
class Limits:
    """How much one file may hold. Bytes as received; unpacked bytes of one part of an archive; characters of
    one cell or line; cells that are filled in a workbook; `seconds` of reading, without the time that whoever
    walks the rows takes for them. Workbooks of the binary formats are opened whole: `binary_bytes` as
    received (four times as many unpacked), `binary_cells` between the first and the last that is filled.

    `keep_faulty` gives the cells of faulty rows too, as far as there are any, to hand a file back.
    """

    bytes: int = 2 * 1024**3
    rows: int = 10_000_000
    columns: int = 500
    cell_chars: int = 10_000
    line_chars: int = 2_000_000
    spreadsheet_bytes: int = 200 * 1024**2
    binary_bytes: int = 48 * 1024**2
    binary_cells: int = 4_000_000
    unpacked_bytes: int = 1024**3
    texts_bytes: int = 128 * 1024**2
    spreadsheet_cells: int = 20_000_000
    merged_areas: int = 100_000
    seconds: float = 900
    keep_faulty: bool = False


@dataclass(frozen=True)
class Choices:
    """What somebody chose about the reading of a file; "" and 0 mean: find out.

    `encoding` is one of `ENCODINGS`, `delimiter` one character, `header_row` the row from 1 as the
    spreadsheet program shows it (of a text: the record). Of a header over two rows it is the lower one.
    """

    encoding: str = ""
    delimiter: str = ""
    sheet: str = ""
    header_row: int = 0


def within(limits: Limits, blocks: Iterable[T]) -> Iterator[T]:
    """The blocks, as long as making them takes no longer than allowed. Raises TooSlow."""
    rest, spent = iter(blocks), 0.0
    while True:
        begun = monotonic()
        try:
            block = next(rest)
        except StopIteration:
            return
        spent += monotonic() - begun
        if spent > limits.seconds:
            raise TooSlow(limit=limits.seconds)
        yield block
