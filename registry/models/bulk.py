"""Writing many rows at once: PostgreSQL's COPY, for tables whose rows no longer need the ORM."""

import io
import json
from collections.abc import Iterable, Sequence
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
    match value:
        case None:
            return "\\N"
        case bytes():
            return "\\\\x" + value.hex()
        case str():
            return value.translate(_ESCAPES)
        case bool():
            return "t" if value else "f"
        case int() | float() | UUID():
            return str(value)
        case datetime() | date():
            return value.isoformat()
        case list() | dict() | tuple():
            return json.dumps(value, ensure_ascii=False).translate(_ESCAPES)
    raise TypeError(f"COPY knows no {type(value).__name__}")
