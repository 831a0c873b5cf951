"""Writing many rows at once: PostgreSQL's COPY, for tables whose rows no longer need the ORM.

Rows go in COPY's binary format, which costs both sides about half; what has no binary form here (a string
for a date, a table that is no model) goes as text, with the same outcome.
"""

import io
import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date, datetime
from functools import cache
from typing import Any
from uuid import UUID

from django.apps import apps
from django.db import connection

from registry.models.binary import Unwritable, rows_of

_ESCAPES = str.maketrans({"\\": "\\\\", "\t": "\\t", "\n": "\\n", "\r": "\\r"})
_QUOTED = str.maketrans({"\\": "\\\\", '"': '\\"'})
_BUFFER = 1 << 16


def copy_rows(table: str, columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> int:
    """Append `rows` to `table` by COPY, in the acting transaction; returns their count.

    Values may be None, str, bytes, bool, int, float, UUID, date, datetime, or list, tuple and dict (as JSON,
    or as an array of texts where the column is one). Raises Django's database errors, such as IntegrityError
    for a key that is taken.
    """
    kept = list(rows)
    if kept:
        _write(table, columns, list(zip(*kept, strict=True)))
    return len(kept)


def copy_columns(table: str, columns: Mapping[str, Sequence[Any]]) -> int:
    """As `copy_rows`, for whoever has the values column by column, all of one length.

    A column whose values are one and the same object costs next to nothing.
    """
    count = len(next(iter(columns.values())))
    if any(len(values) != count for values in columns.values()):
        raise ValueError("columns of one table have one length")
    if count:
        _write(table, list(columns), list(columns.values()))
    return count


def _write(table: str, names: Sequence[str], columns: Sequence[Sequence[Any]]) -> None:
    kinds = [_kinds(table).get(name, "") for name in names]
    listed = ", ".join(f'"{name}"' for name in names)
    statement = f'COPY "{table}" ({listed}) FROM STDIN'
    try:
        stream = rows_of(kinds, columns)
        statement += " (FORMAT binary)"
    except Unwritable:
        stream = _as_text(kinds, columns)
    # The driver's own method is not one of those whose errors Django translates by itself.
    with connection.cursor() as cursor, connection.wrap_database_errors:
        cursor.copy_expert(statement, io.BytesIO(stream), _BUFFER)


@cache
def _kinds(table: str) -> Mapping[str, str]:
    """The types of a table's columns by name; none for a table that is no model."""
    for model in apps.get_models(include_auto_created=True):
        if model._meta.db_table == table:
            fields = model._meta.concrete_fields
            return {str(field.column): str(field.db_type(connection)) for field in fields}
    return {}


def _as_text(kinds: Sequence[str], columns: Sequence[Sequence[Any]]) -> bytes:
    written = [
        [(_array if kind.endswith("[]") else _field)(value) for value in values]
        for kind, values in zip(kinds, columns, strict=True)
    ]
    return "".join("\t".join(row) + "\n" for row in zip(*written, strict=True)).encode()


def _field(value: Any) -> str:
    write = _WRITERS.get(type(value)) or _writer(value)
    return write(value)


def _array(value: Any) -> str:
    """A list of texts as PostgreSQL writes arrays; a text is taken to be one already."""
    if not isinstance(value, list | tuple):
        return _field(value)
    return _field("{" + ",".join('"' + item.translate(_QUOTED) + '"' for item in value) + "}")


def _writer(value: Any) -> Callable[[Any], str]:
    """How to write a value of a class derived from one we know, such as a text choice."""
    for kind, write in _WRITERS.items():
        if isinstance(value, kind):
            return write
    raise TypeError(f"COPY knows no {type(value).__name__}")


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False).translate(_ESCAPES)


_WRITERS: dict[type, Callable[[Any], str]] = {
    type(None): lambda value: "\\N",
    bytes: lambda value: "\\\\x" + value.hex(),
    str: lambda value: value.translate(_ESCAPES),
    bool: lambda value: "t" if value else "f",
    int: str,
    float: str,
    UUID: str,
    datetime: datetime.isoformat,
    date: date.isoformat,
    list: _json,
    dict: _json,
    tuple: _json,
}
