"""Any bytes give rows or a typed error; nothing else ever leaves a reader."""

import io

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from ingest.errors import ROW_FAULTS, UPLOAD_ERRORS, UnknownFormat, UploadError
from ingest.readers import Limits, read
from tests.ingest.readers.workbooks import workbook

SMALL = Limits(bytes=200_000, rows=500, columns=30, cell_chars=200, line_chars=5_000, unpacked_bytes=500_000)
TABLEISH = st.text(alphabet='ab,;\t|"\n\r 张伟=1{}[]:\ufeff\0', max_size=300)
CODECS = st.sampled_from(["utf-8", "utf-8-sig", "gb18030", "utf-16", "big5"])
BOOK = workbook([["姓名", "月份"], ["张伟", "2026-03"], ["王芳", 3.5]])


def outcome(data: bytes) -> str:
    """What became of a file: the error's code, or nothing; every row is looked at."""
    try:
        table = read(io.BytesIO(data), limits=SMALL)
        for row in table.rows:
            assert (row.fault in ROW_FAULTS) if row.fault else len(row.cells) == len(table.columns)
            assert all(isinstance(cell, str) for cell in row.cells)
    except UploadError as error:
        return error.code
    return ""


@settings(deadline=None, max_examples=300)
@given(data=st.binary(max_size=400))
@example(b"\xff\xfe")
@example(b"\xff\xfea")
@example(b"\xef\xbb\xbf{")
@example(b'"')
@example(b"PK\x03\x04")
def test_any_bytes_are_rows_or_a_typed_error(data):
    assert outcome(data) in {"", *UPLOAD_ERRORS}


@settings(deadline=None, max_examples=300)
@given(text=TABLEISH, codec=CODECS)
def test_any_table_of_text_is_rows_or_a_typed_error(text, codec):
    assert outcome(text.encode(codec, "replace")) in {"", *UPLOAD_ERRORS}


@settings(deadline=None, max_examples=300)
@given(
    cells=st.lists(st.lists(st.text(alphabet='ab,"\n\r;张 ', max_size=6), min_size=2, max_size=2), max_size=6)
)
def test_written_table_is_read_back(cells):
    import csv

    out = io.StringIO()
    csv.writer(out).writerows([["first", "second"], ["x", "y"], *cells])
    rows = list(read(io.BytesIO(out.getvalue().encode()), limits=SMALL).rows)
    wanted = [
        ["x", "y"],
        *([cell.replace("\r\n", "\n").replace("\r", "\n") for cell in row] for row in cells),
    ]
    assert [row.cells for row in rows] == [row for row in wanted if any(cell.strip() for cell in row)]


@settings(deadline=None, max_examples=200)
@given(at=st.integers(0, len(BOOK) - 1), spoiled=st.binary(min_size=1, max_size=8), cut=st.booleans())
def test_damaged_workbook_is_rows_or_a_typed_error(at, spoiled, cut):
    data = BOOK[:at] if cut else BOOK[:at] + spoiled + BOOK[at + len(spoiled) :]
    assert outcome(data) in {"", *UPLOAD_ERRORS}


@pytest.mark.parametrize(
    "head",
    [
        b"%PDF-1.7\n",
        b"\x1f\x8b\x08\x00",
        b"Rar!\x1a\x07",
        b"7z\xbc\xaf\x27\x1c",
        b"\x89PNG\r\n\x1a\n",
        b"\xff\xd8\xff\xe0",
        b"<html><table>",
        b"\xef\xbb\xbf<!DOCTYPE html>",
        b"<?xml version='1.0'?>",
        b"{\\rtf1",
        b"SQLite format 3\0",
        b"[{}]",
    ],
)
def test_other_kind_of_file_with_the_right_name_is_refused(head):
    with pytest.raises(UnknownFormat):
        read(io.BytesIO(head + b"a,b\n1,2\n" * 20), filename="wages.csv", content_type="text/csv")
