"""Writing many rows at once: PostgreSQL's COPY, for tables whose rows no longer need the ORM."""

import io
import json
from collections.abc import Callable, Iterable, Sequence
from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.db import connection

_ESCAPES = str.maketrans({"\\": "\\\\", "\t": "\\t", "\n": "\\n", "\r": "\\r"})


def copy_rows(table: str, columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> int:
    """Append `rows` to `table` by COPY in text format, in the acting transaction; returns their count.

    Values may be None, str, bytes, bool, int, float, UUID, date, datetime, or list and dict (as JSON).
    Raises Django's database errors, such as IntegrityError for a key that is taken.
    """
    buffer = io.StringIO()
    count = 0
    for row in rows:
        buffer.write("\t".join(map(_field, row)))
        buffer.write("\n")
        count += 1
    if count:
        buffer.seek(0)
        names = ", ".join(f'"{name}"' for name in columns)
        # The driver's own method is not one of those whose errors Django translates by itself.
        with connection.cursor() as cursor, connection.wrap_database_errors:
            cursor.copy_expert(f'COPY "{table}" ({names}) FROM STDIN', buffer)
    return count


def _field(value: Any) -> str:
    write = _WRITERS.get(type(value)) or _writer(value)
    return write(value)


def _writer(value: Any) -> Callable[[Any], str]:
    """How to write a value of a class derived from one we know, such as a text choice."""
    for kind, write in _WRITERS.items():
        if isinstance(value, kind):
            return write
    raise TypeError(f"COPY knows no {type(value).__name__}")


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False).translate(_ESCAPES)


# By exact class, since a chunk has some hundred thousand values.
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
    tuple: lambda value: _json(value) if value else "[]",
}
