"""Result files: whatever the cells, they come back whole, and nothing in them can be executed."""

import csv
import io
import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from openpyxl import load_workbook

from ingest.readers import Row, read
from ingest.results.cells import harmless
from ingest.results.tables import csv_bytes, ndjson_bytes, xlsx_bytes
from ingest.results.together import together
from ingest.services import chunks
from registry.catalogue.writing import clean

CELL = st.text(alphabet="ab,;=+-@'\"\t\n 张é😀", max_size=8)
ROWS = st.lists(st.lists(CELL, min_size=3, max_size=3), max_size=20)
HEADER = ["one", "two", "three"]
DANGEROUS = ("=", "+", "-", "@", "\t", "\r")


@settings(deadline=None)
@given(
    rows=ROWS,
    encoding=st.sampled_from(["utf-8", "utf-8-sig", "gb18030", "utf-16"]),
    mark=st.sampled_from(",;\t|"),
)
def test_csv_comes_back_whole_and_harmless(rows, encoding, mark):
    text = b"".join(csv_bytes(HEADER, rows, encoding=encoding, delimiter=mark)).decode(encoding)
    back = list(csv.reader(io.StringIO(text, newline=""), delimiter=mark))
    assert back == [HEADER, *([harmless(cell) for cell in row] for row in rows)]
    assert not any(cell.startswith(DANGEROUS) for row in back for cell in row)


@settings(deadline=None)
@given(rows=ROWS)
def test_ndjson_comes_back_whole(rows):
    lines = b"".join(ndjson_bytes(HEADER, rows)).decode().splitlines()
    assert [json.loads(line) for line in lines] == [dict(zip(HEADER, row, strict=True)) for row in rows]


@settings(deadline=None, max_examples=30)
@given(rows=ROWS)
def test_workbook_comes_back_whole_and_holds_no_formula(rows):
    book = load_workbook(io.BytesIO(b"".join(xlsx_bytes(HEADER, rows))))
    back = [[cell.value or "" for cell in row] for row in book.active.iter_rows()]
    assert back == [HEADER, *([harmless(cell) for cell in row] for row in rows)]
    kinds = {cell.data_type for row in book.active.iter_rows() for cell in row}
    assert kinds <= {"inlineStr", "s", "n"}
    assert "f" not in kinds


def test_workbook_survives_characters_that_xml_does_not_know():
    rows = list(
        read(io.BytesIO(b"".join(xlsx_bytes(["a", "b"], [["x\x00\x01y", "<&>"]]))), filename="x.xlsx").rows
    )
    assert rows == [Row(1, ["xy", "<&>"])]


@pytest.mark.parametrize(
    ("cell", "written"),
    [
        ("=cmd|' /C calc'!A0", "'=cmd|' /C calc'!A0"),
        ("+8613800138000", "'+8613800138000"),
        ("@SUM(A1)", "'@SUM(A1)"),
        ("-5", "'-5"),
        ('="0123"', "'0123"),
        ("张伟", "张伟"),
        ("", ""),
    ],
)
def test_cell_is_guarded_where_a_spreadsheet_would_execute_it(cell, written):
    assert harmless(cell) == written


@given(cell=st.sampled_from(["+8613800138000", '="0123"', "-5", "2026-03"]))
def test_guarded_cell_means_the_same_when_it_is_sent_again(cell):
    assert clean(harmless(cell)) == clean(cell)


@given(count=st.integers(0, 60), size=st.integers(1, 25))
def test_splitter_loses_and_doubles_no_row(count, size):
    rows = [Row(number, [str(number)]) for number in range(1, count + 1)]
    pieces = list(chunks.pieces(iter(rows), size))
    assert [row for piece in pieces for row in piece] == rows
    assert all(len(piece) == size for piece in pieces[:-1])
    assert all(0 < len(piece) <= size for piece in pieces)


def test_splitter_ends_a_piece_that_grows_too_large():
    rows = [Row(number, ["x" * 100]) for number in range(1, 1001)]
    assert [len(piece) for piece in chunks.pieces(iter(rows), 900, chars=40_000)] == [500, 500]


TEXT = st.text(st.characters(codec="utf-8"), max_size=5)
FAULT = st.sampled_from(["", "", "", "ragged_row"])


@given(
    rows=st.lists(st.tuples(st.integers(1, 10**6), st.lists(TEXT, min_size=3, max_size=3), FAULT)),
    used=st.sets(st.integers(0, 2)),
)
def test_chunk_holds_the_cells_in_use_and_no_others(rows, used):
    places = sorted(used)
    back = chunks.load(chunks.dump([Row(*row) for row in rows], places))
    assert back.numbers == [number for number, _cells, _fault in rows]
    assert back.faulty == {place: fault for place, (_number, _cells, fault) in enumerate(rows) if fault}
    sound = [cells for _number, cells, fault in rows if not fault]
    assert [list(column) for column in back.cells] == [[cells[place] for cells in sound] for place in places]


def test_chunk_holds_nothing_of_a_faulty_row():
    data = chunks.dump([Row(7, ["secret"], "ragged_row")], [0])
    assert b"secret" not in data
    assert chunks.load(data) == ([7], {0: "ragged_row"}, [[]])


@given(numbers=st.sets(st.integers(1, 50)), results=st.sets(st.integers(1, 50)))
def test_rows_meet_their_own_results(numbers, results):
    class Result:
        def __init__(self, row):
            self.row = row

    met = together([Row(n, []) for n in sorted(numbers)], [Result(n) for n in sorted(results)])
    wanted = [(n, n if n in results else None) for n in sorted(numbers)]
    assert [(row.number, result and result.row) for row, result in met] == wanted
