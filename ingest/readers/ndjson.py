"""NDJSON: one flat JSON object on each line; the keys of the first lines are the columns."""

import json
from collections.abc import Iterator
from itertools import chain
from typing import Any

from ingest.errors import EmptyFile, TooLarge, UnknownFormat
from ingest.readers.header import read_header
from ingest.readers.limits import Choices, Limits, within
from ingest.readers.records import Lines
from ingest.readers.source import Source
from ingest.readers.table import Row, Table, faulty, fitted
from ingest.readers.text import Text

_SAMPLE_LINES = 100


class _Faulty(ValueError):
    """A line that is no flat object; `code` is the row's fault."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


def read_ndjson(source: Source, limits: Limits, choices: Choices) -> Table:
    """The table in a text of JSON lines. Numbers keep their digits as written; null is an empty cell.

    Raises UnknownFormat when none of the first lines is an object, and the errors of `Text.blocks`.
    """
    text = Text(source, choices.encoding)
    lines = Lines(text.blocks())
    sample = [line.strip() for line in lines.peek(_SAMPLE_LINES)]
    if not any(sample):
        raise EmptyFile
    columns = read_header(_columns(sample), limits)
    table = Table("ndjson", columns, iter(()), text.encoding, header_row=0)
    table.rows = chain.from_iterable(within(limits, _blocks(table, text, lines, limits)))
    return table


def _columns(sample: list[str]) -> list[str]:
    keys: dict[str, None] = {}
    readable = 0
    for line in filter(None, sample):
        try:
            keys |= dict.fromkeys(_parse(line))
            readable += 1
        except _Faulty as fault:
            readable += fault.code != "json_invalid"
    if not readable:
        raise UnknownFormat
    return list(keys)


def _blocks(table: Table, text: Text, lines: Lines, limits: Limits) -> Iterator[list[Row]]:
    places = {name: place for place, name in enumerate(table.columns)}
    number = 0
    while block := lines.block():
        table.encoding = text.encoding
        numbered = enumerate(map(str.strip, block), number + 1)
        rows = [_row(at, line, places, limits) for at, line in numbered if line]
        number += len(block)
        if number > limits.rows:
            raise TooLarge(limit=limits.rows)
        yield rows


def _row(number: int, line: str, places: dict[str, int], limits: Limits) -> Row:
    try:
        values = _parse(line)
        cells = [""] * len(places)
        for key, value in values.items():
            cells[_place(key, places)] = _cell(value)
    except _Faulty as fault:
        return faulty(number, [line], fault.code, limits)
    return fitted(number, cells, len(places), limits)


def _place(key: str, places: dict[str, int]) -> int:
    place = places.get(key)
    if place is None:
        place = places.get(" ".join(key.split()))
    if place is None:
        raise _Faulty("json_unknown_key")
    return place


def _cell(value: Any) -> str:
    if isinstance(value, str):
        if "\0" in value:
            raise _Faulty("json_invalid")
        return value
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    raise _Faulty("json_nested")


def _parse(line: str) -> dict[str, Any]:
    try:
        value = _DECODER.decode(line)
    except (ValueError, RecursionError) as error:
        raise _Faulty(error.code if isinstance(error, _Faulty) else "json_invalid") from None
    if not isinstance(value, dict):
        raise _Faulty("json_invalid")
    return value


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise _Faulty("json_duplicate_key")
    return found


def _no_constant(name: str) -> Any:
    raise _Faulty("json_invalid")


_DECODER = json.JSONDecoder(
    object_pairs_hook=_object, parse_float=str, parse_int=str, parse_constant=_no_constant, strict=True
)
