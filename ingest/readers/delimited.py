"""CSV and its kin: comma, semicolon, tab or bar between cells; quoted cells may run over several lines."""

import csv
from collections import Counter
from collections.abc import Iterator
from contextlib import suppress
from itertools import chain, islice

from ingest.errors import EmptyFile, TooLarge
from ingest.readers.header import HEADER_SEARCH, find_header, read_header
from ingest.readers.known import known_among
from ingest.readers.limits import Choices, Limits, within
from ingest.readers.records import Lines, Records
from ingest.readers.source import Source
from ingest.readers.table import Row, Table, blank, faulty, fitted
from ingest.readers.text import Text

DELIMITERS = (",", "\t", ";", "|")
_SAMPLE_LINES = 60
_new = tuple.__new__


def read_delimited(source: Source, limits: Limits, choices: Choices, *, hint: str = "") -> Table:
    """The table in a text; `hint` is the delimiter to take where the text does not tell.

    Raises the errors of `Text.blocks`, `find_header` and `read_header`, at once or while rows are walked.
    """
    text = Text(source, choices.encoding)
    lines = Lines(text.blocks())
    delimiter = choices.delimiter[:1] or sniff_delimiter(lines.peek(_SAMPLE_LINES), hint)
    records = Records(lines, delimiter)
    search = max(HEADER_SEARCH, choices.header_row)
    above = [[] if fault else cells for cells, fault in islice(records, search)]
    header = find_header(above, choices.header_row - 1)
    columns = read_header(header.names, limits)
    records.width = len(columns)
    # The records below the header are read again, now that the width is known.
    lines.back(records.start_of(header.place + 1))
    table = Table("csv", columns, iter(()), text.encoding, delimiter, header_row=header.place + 1)
    table.rows = chain.from_iterable(within(limits, _blocks(table, text, lines, records, limits)))
    return table


def _blocks(table: Table, text: Text, lines: Lines, records: Records, limits: Limits) -> Iterator[list[Row]]:
    """Rows below the header, as many at a time as the text gives lines."""
    number, found = 0, False
    while block := lines.block():
        read = _one_a_line(block, table.delimiter)
        if read is not None:
            rows = _rows(read, number, len(table.columns), limits, max(map(len, block)))
            number += len(read)
        else:
            lines.back(block)
            rows, number = _one_by_one(records, lines, number, limits)
        if number > limits.rows:
            raise TooLarge(limit=limits.rows)
        table.encoding = text.encoding
        found = found or bool(rows)
        yield rows
    if not found:
        raise EmptyFile


def _one_a_line(block: list[str], delimiter: str) -> list[list[str]] | None:
    """The records of a block in which every line is one; None if any is damaged or has several lines."""
    try:
        read = list(csv.reader(block, delimiter=delimiter, strict=True))
    except csv.Error:
        return None
    return read if len(read) == len(block) else None


def _rows(read: list[list[str]], number: int, width: int, limits: Limits, longest: int) -> list[Row]:
    rows: list[Row] = []
    short = longest <= limits.cell_chars
    for at, cells in enumerate(read, number + 1):
        if short and len(cells) == width:
            first = cells[0]
            if (first and not first.isspace()) or not blank(cells):
                rows.append(_new(Row, (at, cells, "")))
        elif not blank(cells):
            rows.append(fitted(at, cells, width, limits))
    return rows


def _one_by_one(records: Records, lines: Lines, number: int, limits: Limits) -> tuple[list[Row], int]:
    """The rows of all lines that wait, damaged ones with their fault, and the number of the last record."""
    rows: list[Row] = []
    while lines.waiting:
        cells, fault = next(records)
        number += 1
        if fault:
            rows.append(faulty(number, cells, fault, limits))
        elif not blank(cells):
            rows.append(fitted(number, cells, records.width, limits))
    return rows, number


def sniff_delimiter(sample: list[str], hint: str = "") -> str:
    """The delimiter between most names of columns that the catalogue knows, or that cuts the sample into the
    most columns most evenly; else `hint`, else a comma.
    """
    scores = {mark: _fitness(sample, mark) for mark in DELIMITERS}
    best = max(DELIMITERS, key=lambda mark: scores[mark])
    return best if scores[best] > (1, 0) else hint or ","


def _fitness(sample: list[str], delimiter: str) -> tuple[int, float]:
    """Known names beside each other, at least 1, and how evenly the records are cut."""
    records: list[list[str]] = []
    reader = csv.reader((line + "\n" for line in sample), delimiter=delimiter, strict=True)
    # A quoted cell may run on beyond the sample, or be damaged: the records before it are enough to judge by.
    with suppress(csv.Error):
        records.extend(cells for cells in reader if cells)
    if not records:
        return 1, 0.0
    known = max(1, *map(known_among, records[:HEADER_SEARCH]))
    width, count = Counter(map(len, records)).most_common(1)[0]
    return known, (width - 1) * (count / len(records)) ** 4
