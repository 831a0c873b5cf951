"""Writing many rows at once: PostgreSQL's COPY, for tables whose rows no longer need the ORM.

Rows go in COPY's binary format, which costs both sides about half of what its text does.
"""

import io
from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from typing import Any

from django.apps import apps
from django.db import connection

from registry.models.binary import rows_of

_BUFFER = 1 << 16


def copy_rows(table: str, columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> int:
    """Append `rows` to a model's `table` by COPY, in the acting transaction; returns their count.

    Values are of the class that the ORM gives for their column. Raises Unwritable for others, and Django's
    database errors, such as IntegrityError for a key that is taken.
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
    kinds = [_kinds(table)[name] for name in names]
    listed = ", ".join(f'"{name}"' for name in names)
    statement = f'COPY "{table}" ({listed}) FROM STDIN (FORMAT binary)'
    stream = rows_of(kinds, columns)
    # The driver's own method is not one of those whose errors Django translates by itself.
    with connection.cursor() as cursor, connection.wrap_database_errors:
        cursor.copy_expert(statement, io.BytesIO(stream), _BUFFER)


@cache
def _kinds(table: str) -> Mapping[str, str]:
    """The types of a model's columns by name."""
    models = apps.get_models(include_auto_created=True)
    fields = next(each._meta.concrete_fields for each in models if each._meta.db_table == table)
    return {str(field.column): str(field.db_type(connection)) for field in fields}
