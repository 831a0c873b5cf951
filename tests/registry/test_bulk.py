"""Writing by COPY: whatever goes in comes out the same."""

import io
import json
from datetime import UTC, date, datetime, timedelta, timezone
from uuid import UUID, uuid4

import pytest
from django.db import IntegrityError, connection, transaction
from hypothesis import given, settings
from hypothesis import strategies as some

from registry.models import Message, Organisation
from registry.models.binary import Unwritable, encode, rows_of
from registry.models.bulk import copy_columns, copy_rows

pytestmark = pytest.mark.django_db

AT = datetime(2026, 11, 24, 9, 30, tzinfo=UTC)
# PostgreSQL keeps neither NUL nor half a character.
TEXT = some.text(some.characters(exclude_categories=["Cs"], exclude_characters="\0"))
ZONES = some.sampled_from([UTC, timezone(timedelta(hours=8)), timezone(timedelta(hours=-3, minutes=-30))])
MOMENTS = some.datetimes(datetime(1, 1, 3), datetime(9999, 12, 29), timezones=ZONES)  # noqa: DTZ001  (bounds must be naive)
JSON = some.recursive(
    some.none() | some.booleans() | some.integers(-(10**12), 10**12) | some.floats(-1e12, 1e12) | TEXT,
    lambda inner: some.lists(inner, max_size=3) | some.dictionaries(TEXT, inner, max_size=3),
    max_leaves=8,
)
KINDS = {
    "uuid": some.uuids(),
    "varchar(40)": TEXT.filter(lambda text: len(text) <= 40),
    "text": TEXT,
    "bytea": some.binary(),
    "boolean": some.booleans(),
    "smallint": some.integers(-(2**15), 2**15 - 1),
    "integer": some.integers(-(2**31), 2**31 - 1),
    "bigint": some.integers(-(2**63), 2**63 - 1),
    "double precision": some.floats(allow_nan=False) | some.integers(-(2**53), 2**53),
    "timestamp with time zone": MOMENTS,
    "date": some.dates(date(1, 1, 1), date(9999, 12, 31)),
    "jsonb": some.lists(JSON, max_size=3) | some.dictionaries(TEXT, JSON, max_size=3),
    "text[]": some.lists(TEXT, max_size=4),
    "varchar(40)[]": some.lists(TEXT.filter(lambda text: len(text) <= 40), max_size=4),
}
NAMES = [f"c{place}" for place in range(len(KINDS))]
ROW = some.tuples(*(some.none() | values for values in KINDS.values()))


@pytest.fixture
def table():
    """A table that is no model, with a column of every type."""
    columns = ", ".join(f"{name} {kind}" for name, kind in zip(NAMES, KINDS, strict=True))
    with connection.cursor() as cursor:
        cursor.execute(f"CREATE TEMPORARY TABLE bulk_target (place serial, {columns}) ON COMMIT DROP")
    return "bulk_target"


def read_back():
    """All rows in the order of writing, and none of them is left."""
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {', '.join(NAMES)} FROM bulk_target ORDER BY place")
        rows = cursor.fetchall()
        cursor.execute("DELETE FROM bulk_target")
    return [tuple(map(plain, KINDS, row)) for row in rows]


def plain(kind, value):
    """A value as it was written: the driver gives bytes as a view, and Django JSON as text."""
    if kind == "jsonb" and value is not None:
        return json.loads(value)
    return bytes(value) if isinstance(value, memoryview) else value


def write(rows):
    stream = rows_of(list(KINDS), list(zip(*rows, strict=True)))
    with connection.cursor() as cursor:
        names = ", ".join(NAMES)
        cursor.copy_expert(f"COPY bulk_target ({names}) FROM STDIN (FORMAT binary)", io.BytesIO(stream))


def test_every_value_comes_back_as_it_went_in(table):
    @settings(max_examples=150)
    @given(some.lists(ROW, min_size=1, max_size=6))
    def check(rows):
        write(rows)
        assert read_back() == rows

    check()


def test_values_that_are_easily_mistaken_come_back_as_they_went_in(table):
    odd = ["\\", "\\N", "\\.", "a\tb\r\nc", "'\"{},", "NULL", "", " ", "聚信 🧾", "\\x41", "\x01\x7f\u2028"]
    row = (uuid4(), None, "x", b"\\.\n\0\xff", True, -1, 0, 2**40, -0.5, AT, date(1999, 12, 31))
    rows = [(*row[:2], text, *row[3:], {text: [text, None, 1.5, True]}, [text, text], [text]) for text in odd]
    write(rows)
    assert read_back() == rows


def test_nul_in_a_text_is_refused_by_the_database(table):
    rows = [(*[None] * 2, "a\0b", *[None] * (len(NAMES) - 3))]
    with pytest.raises(Exception, match="0x00"), transaction.atomic():
        write(rows)


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        ("smallint", 2**15),
        ("integer", True),
        ("boolean", 1),
        ("date", AT),
        ("date", "2026-11-24"),
        ("timestamp with time zone", datetime(2026, 11, 24)),  # noqa: DTZ001  (that is the point)
        ("uuid", "79fe7196-30ac-4913-8421-dfecf93fbdd4"),
        ("varchar(40)", 7),
        ("numeric(5, 1)", 7),
        ("", "x"),
        ("bytea", memoryview(b"x")),
    ],
)
def test_value_that_its_column_does_not_take_is_a_mistake_of_the_program(kind, value):
    with pytest.raises(Unwritable):
        encode(kind, [value])
    with pytest.raises(Unwritable):
        encode(kind, [None, value])


MESSAGE = ("id", "kind", "sealed", "state", "attempts", "created_at", "due_at")


def test_rows_of_a_model_are_appended_and_counted():
    ids = [uuid4() for _ in range(3)]
    rows = [(row, "a", bytes([place]), Message.State.SENT, place, AT, AT) for place, row in enumerate(ids)]
    assert copy_rows("registry_message", MESSAGE, iter(rows)) == 3
    found = list(Message.objects.order_by("attempts").values_list(*MESSAGE))
    assert [(*row[:2], bytes(row[2]), *row[3:]) for row in found] == rows
    assert (copy_rows("registry_message", MESSAGE, []), Message.objects.count()) == (0, 3)


def test_columns_are_rows_turned_over():
    ids = [uuid4() for _ in range(3)]
    columns = {"id": ids, "kind": ["a"] * 3, "sealed": [None, b"x", None], "state": ["queued"] * 3}
    columns |= {"attempts": [0, 1, 2], "created_at": [AT] * 3, "due_at": [AT] * 3}
    assert copy_columns("registry_message", columns) == 3
    assert set(Message.objects.values_list("id", "attempts")) == set(zip(ids, range(3), strict=True))
    with pytest.raises(ValueError, match="one length"):
        copy_columns("registry_message", columns | {"attempts": [0]})


def test_key_that_is_taken_raises_integrity_error():
    row = (uuid4(), "a", None, "queued", 0, AT, AT)
    with pytest.raises(IntegrityError), transaction.atomic():
        copy_rows("registry_message", MESSAGE, [row, row])
    assert Message.objects.count() == 0


def test_mistaken_row_leaves_nothing_behind():
    good, bad = [(uuid4(), "a", None, "queued", count, AT, AT) for count in (0, 2**20)]
    with pytest.raises(Unwritable):
        copy_rows("registry_message", MESSAGE, [good, bad])
    assert Message.objects.count() == 0


def test_columns_of_a_table_are_read_from_its_model():
    row = ("id", "name", "name_en", "credit_code", "kind", "created_at")
    made = (UUID(int=7), "甲", "", "91350100M000100Y43", "bank", AT)
    copy_rows("registry_organisation", row, [made])
    assert Organisation.objects.values_list(*row).get(id=UUID(int=7)) == made
