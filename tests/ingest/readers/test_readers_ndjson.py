"""NDJSON: flat objects, one a line."""

import io

import pytest

from ingest.errors import EmptyFile, HeaderMissing, UnknownFormat
from ingest.readers import Limits, Row, read


def table_of(text: str):
    return read(io.BytesIO(text.encode()), limits=Limits())


def test_objects_as_a_table():
    table = table_of('{"name": "张伟", "gross": 8650.10, "paid": true}\n{"gross": 1e2, "name": null}\n')
    assert (table.kind, table.columns) == ("ndjson", ["name", "gross", "paid"])
    assert list(table.rows) == [Row(1, ["张伟", "8650.10", "true"]), Row(2, ["", "1e2", ""])]


def test_long_numbers_keep_their_digits():
    assert list(table_of('{"id": 110105194912310021, "x": 1}\n').rows) == [
        Row(1, ["110105194912310021", "1"])
    ]


@pytest.mark.parametrize(
    ("line", "fault"),
    [
        ('{"a": [1], "b": 1}', "json_nested"),
        ('{"a": {"x": 1}, "b": 1}', "json_nested"),
        ('{"a": 1, "b"', "json_invalid"),
        ("[1, 2]", "json_invalid"),
        ("null", "json_invalid"),
        ('{"a": NaN, "b": 1}', "json_invalid"),
        ('{"a": "\\u0000", "b": 1}', "json_invalid"),
        ('{"a": 1, "a": 2}', "json_duplicate_key"),
        ('{"a": ' + "[" * 100_000, "json_invalid"),
    ],
)
def test_bad_line_is_a_fault_of_its_row(line, fault):
    text = '{"a": 1, "b": 2}\n' + line + '\n{"a": 3, "b": 4}\n'
    assert list(table_of(text).rows) == [Row(1, ["1", "2"]), Row(2, [], fault), Row(3, ["3", "4"])]


def test_key_that_appears_late_is_a_fault_of_its_row():
    text = '{"a": 1, "b": 2}\n' * 150 + '{"a": 1, "c": 2}\n'
    assert list(table_of(text).rows)[-1] == Row(151, [], "json_unknown_key")


def test_blank_lines_are_counted():
    assert [row.number for row in table_of('{"a": 1, "b": 2}\n\n{"a": 3, "b": 2}\n').rows] == [1, 3]


def test_array_is_not_ndjson():
    with pytest.raises(UnknownFormat):
        table_of('[{"a": 1}]')


def test_text_that_only_begins_like_json():
    with pytest.raises(UnknownFormat):
        table_of("{not json\n{at all\n")


def test_objects_without_keys_have_no_columns():
    with pytest.raises(HeaderMissing):
        table_of("{}\n{}\n")


def test_mark_before_the_first_object():
    assert table_of('\ufeff{"a": 1, "b": 2}\n').columns == ["a", "b"]


def test_empty_text():
    with pytest.raises(EmptyFile):
        table_of("\n \n")
