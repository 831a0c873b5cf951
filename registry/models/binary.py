"""Columns of values in the shape that PostgreSQL's binary COPY takes: each value behind its length.

Lengths and numbers are big-endian. A value or a column that this page does not know raises `Unwritable`.
"""

import json
import struct
from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, date, datetime, timedelta
from functools import partial
from itertools import chain, repeat
from operator import is_
from typing import Any
from uuid import UUID

HEADER = b"PGCOPY\n\xff\r\n\0" + b"\0\0\0\0" + b"\0\0\0\0"
TRAILER = b"\xff\xff"
_NULL = b"\xff\xff\xff\xff"
_EPOCH = datetime(2000, 1, 1, tzinfo=UTC)
_FIRST_DAY = date(2000, 1, 1).toordinal()
_MICROSECOND = timedelta(microseconds=1)
_TEXT_OID, _VARCHAR_OID = 25, 1043

_length = struct.Struct("!i").pack
_SIXTEEN = _length(16)
Encode = Callable[[Any], bytes]


class Unwritable(TypeError):
    """There is no binary form for such a value in such a column: a mistake of the program."""


def rows_of(kinds: Sequence[str], columns: Sequence[Sequence[Any]]) -> bytes:
    """The whole COPY stream for these columns of equal length; `kinds` are their types in PostgreSQL.

    A column of one and the same object is encoded once, and next to others like it copied with them.
    """
    width = struct.pack("!h", len(columns))
    parts: list[bytes | list[bytes]] = [width]
    for kind, values in zip(kinds, columns, strict=True):
        encoded = encode(kind, values)
        if isinstance(encoded, bytes) and isinstance(parts[-1], bytes):
            parts[-1] += encoded
        else:
            parts.append(encoded)
    if len(parts) == 1 and isinstance(parts[0], bytes):
        return HEADER + parts[0] * len(columns[0]) + TRAILER
    woven = zip(*(repeat(part) if isinstance(part, bytes) else part for part in parts), strict=False)
    return b"".join((HEADER, *chain.from_iterable(woven), TRAILER))


def encode(kind: str, values: Sequence[Any]) -> bytes | list[bytes]:
    """A column's values one by one, or the one value that all of them are. Raises Unwritable."""
    base = kind.partition("(")[0].removesuffix("[]") + ("[]" if kind.endswith("[]") else "")
    try:
        writers = _WRITERS[base]
        first = values[0]
        if values[-1] is first and all(map(is_, values, repeat(first))):
            return _NULL if first is None else writers[type(first)](first)
        types = set(map(type, values))
        if len(types) == 1:
            return _alike(writers[types.pop()], values)
        by_type = {each: (lambda _: _NULL) if each is type(None) else writers[each] for each in types}
        return [by_type[type(value)](value) for value in values]
    except (KeyError, struct.error, ValueError, TypeError, OverflowError):
        raise Unwritable(kind) from None


def _alike(write: Encode, values: Sequence[Any]) -> list[bytes]:
    """Values of one class: several at once, or each object once, where that is what they look like."""
    if write is _bytes and len(set(map(len, values))) == 1:
        head = _length(len(values[0]))
        return [head + value for value in values]
    if len(set(map(id, values[:64]))) <= 32:
        return _each_object_once(write, values)
    if write is _uuid:
        return [_SIXTEEN + value.int.to_bytes(16, "big") for value in values]
    if write in _WORTH_REMEMBERING and not isinstance(values[0], list) and len(set(values[:64])) <= 32:
        known = {value: write(value) for value in set(values)}
        return [known[value] for value in values]
    return list(map(write, values))


def _each_object_once(write: Encode, values: Sequence[Any]) -> list[bytes]:
    """For values that stand in the column again and again: ids of who is meant, or one empty document."""
    known: dict[int, bytes] = {}
    for value in values:
        if id(value) not in known:
            known[id(value)] = write(value)
    return [known[id(value)] for value in values]


def _text(value: str) -> bytes:
    raw = value.encode()
    return _length(len(raw)) + raw


def _bytes(value: bytes) -> bytes:
    return _length(len(value)) + value


def _uuid(value: UUID) -> bytes:
    return _SIXTEEN + value.int.to_bytes(16, "big")


def _number(write: Callable[[Any], bytes], head: bytes, value: float) -> bytes:
    return head + write(value)


def _bool(value: bool) -> bytes:
    return b"\0\0\0\x01\x01" if value else b"\0\0\0\x01\0"


def _moment(value: datetime) -> bytes:
    return _LONG((value - _EPOCH) // _MICROSECOND)


def _day(value: date) -> bytes:
    return _INT(value.toordinal() - _FIRST_DAY)


def _json(value: Any) -> bytes:
    return _jsonb(json.dumps(value, ensure_ascii=False))


def _jsonb(value: str) -> bytes:
    raw = value.encode()
    return _length(len(raw) + 1) + b"\x01" + raw


def _array(oid: int, value: Iterable[str]) -> bytes:
    items = [_text(item) for item in value]
    if not items:
        return _bytes(struct.pack("!iii", 0, 0, oid))
    return _bytes(struct.pack("!iiiii", 1, 0, oid, len(items), 1) + b"".join(items))


_SHORT = partial(_number, struct.Struct("!h").pack, _length(2))
_INT = partial(_number, struct.Struct("!i").pack, _length(4))
_LONG = partial(_number, struct.Struct("!q").pack, _length(8))
_DOUBLE = partial(_number, struct.Struct("!d").pack, _length(8))
_TEXTS = partial(_array, _TEXT_OID)
_VARCHARS = partial(_array, _VARCHAR_OID)
_DOCUMENTS: dict[type, Encode] = {str: _jsonb, list: _json, dict: _json, tuple: _json}
_WORTH_REMEMBERING = frozenset({_text, _moment, _day, _TEXTS, _VARCHARS})


class _Kinds(dict[type, Encode]):
    """Writers by exact class; one derived from a class we know, such as a text choice, is written as it."""

    def __missing__(self, kind: type) -> Encode:
        for known, write in tuple(self.items()):
            if issubclass(kind, known) and kind is not bool and not issubclass(kind, datetime):
                self[kind] = write
                return write
        raise KeyError(kind)


# By the column's type in PostgreSQL, without its length: what may be written there, and how.
_WRITERS: dict[str, _Kinds] = {
    "uuid": _Kinds({UUID: _uuid}),
    "varchar": _Kinds({str: _text}),
    "text": _Kinds({str: _text}),
    "bytea": _Kinds({bytes: _bytes}),
    "boolean": _Kinds({bool: _bool}),
    "smallint": _Kinds({int: _SHORT}),
    "integer": _Kinds({int: _INT}),
    "bigint": _Kinds({int: _LONG}),
    "double precision": _Kinds({float: _DOUBLE, int: _DOUBLE}),
    "timestamp with time zone": _Kinds({datetime: _moment}),
    "date": _Kinds({date: _day}),
    "jsonb": _Kinds(_DOCUMENTS),
    "text[]": _Kinds({list: _TEXTS, tuple: _TEXTS}),
    "varchar[]": _Kinds({list: _VARCHARS, tuple: _VARCHARS}),
}
