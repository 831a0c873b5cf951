"""XLSX: what cells say, which sheet is read, and what hostile archives meet."""

import io
import zipfile
from datetime import date, datetime
from time import process_time

import pytest

from ingest.errors import (
    DuplicateHeader,
    EmptyFile,
    TextDocument,
    TooLarge,
    TooManyColumns,
    TruncatedFile,
    UnknownFormat,
    UnsafeWorkbook,
)
from ingest.readers import Limits, Row, read
from tests.ingest.readers.workbooks import PROLOGUE, raw_workbook, workbook

HEADER = ["姓名", "月份", "应发工资"]


def table_of(data: bytes, **limits: int):
    return read(io.BytesIO(data), filename="x.xlsx", limits=Limits(**limits))


def rows_of(data: bytes, **limits: int) -> list[Row]:
    return list(table_of(data, **limits).rows)


def test_workbook_as_a_table():
    table = table_of(workbook([HEADER, ["张伟", "2026-03", 8650.5], ["王芳", "2026-03", 100]]))
    assert (table.kind, table.sheet, table.columns, table.header_row) == ("xlsx", "Sheet1", HEADER, 1)
    assert list(table.rows) == [Row(1, ["张伟", "2026-03", "8650.5"]), Row(2, ["王芳", "2026-03", "100"])]


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (1, "1"),
        (1.0, "1"),
        (0.1 + 0.2, "0.3"),
        (1234.5, "1234.5"),
        (0.00001, "0.00001"),
        (-3, "-3"),
        (13800138000, "13800138000"),
        (110105194912310021, "1.10105194912310E+17"),
        (date(2026, 3, 5), "2026-03-05"),
        (datetime.fromisoformat("2026-03-05"), "2026-03-05"),
        (datetime.fromisoformat("2026-03-05 13:45"), "2026-03-05 13:45:00"),
        (True, "true"),
        ("=1+1", "=1+1"),
        ("0123", "0123"),
        (None, ""),
    ],
)
def test_cell_as_text(value, text):
    assert rows_of(workbook([["a", "b"], ["x", value]])) == [Row(1, ["x", text])]


def test_first_visible_sheet_that_is_not_empty_is_read():
    data = workbook([["secret", "b"], [1, 2]], [], [[None, " "]], [["a", "b"], [1, 2]], hidden=[0])
    table = table_of(data)
    assert (table.sheet, table.columns) == ("Sheet4", ["a", "b"])


def test_title_and_blank_rows_above_the_header():
    data = workbook([[None], ["某公司工资表"], HEADER, ["张伟", "2026-03", 1], [], ["王芳", "2026-03", 2]])
    table = table_of(data)
    assert (table.columns, table.header_row) == (HEADER, 3)
    assert [row.number for row in table.rows] == [1, 3]


def test_content_right_of_the_header_makes_the_row_ragged():
    assert rows_of(workbook([["a", "b"], [1, 2, "note"], [3, 4]])) == [
        Row(1, [], "ragged_row"),
        Row(2, ["3", "4"]),
    ]


@pytest.mark.parametrize("sheets", [[[]], [[HEADER]], [[[None, ""]]]])
def test_empty_workbook(sheets):
    with pytest.raises(EmptyFile):
        rows_of(workbook(*sheets))


def test_duplicate_header():
    with pytest.raises(DuplicateHeader):
        rows_of(workbook([["a", "A"], [1, 2]]))


def test_workbook_named_csv_is_recognised_by_its_content():
    data = workbook([["a", "b"], [1, 2]])
    assert read(io.BytesIO(data), filename="people.csv", content_type="text/csv").kind == "xlsx"


def test_workbook_from_a_stream_that_cannot_be_searched():
    class Pipe(io.BytesIO):
        def seekable(self) -> bool:
            return False

        def seek(self, *_: int) -> int:
            raise io.UnsupportedOperation

    assert list(read(Pipe(workbook([["a", "b"], [1, 2]]))).rows) == [Row(1, ["1", "2"])]


def test_truncated_workbook():
    data = workbook([["a", "b"], [1, 2]])
    with pytest.raises(TruncatedFile):
        rows_of(data[:-100])


def test_workbook_with_a_damaged_part():
    data = bytearray(workbook([["a", "b"], [1, 2]] * 50))
    at = data.find(b"xl/worksheets/sheet1.xml") + 60
    data[at : at + 40] = b"\xff" * 40
    with pytest.raises((TruncatedFile, UnknownFormat)):
        rows_of(bytes(data))


def test_archive_that_is_no_workbook():
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("word/document.xml", "<w/>")
    with pytest.raises(TextDocument):
        rows_of(out.getvalue())


def test_zip_bomb_is_refused_by_its_declared_size():
    data = raw_workbook("", extra={"xl/media/bomb.bin": b"\0" * 20_000_000})
    assert len(data) < 50_000
    with pytest.raises(TooLarge):
        rows_of(data, unpacked_bytes=10_000_000)


def test_zip_bomb_that_lies_about_its_size_is_refused_all_the_same():
    rows = "".join(f'<row r="{n}"><c r="A{n}" t="str"><v>a{n}</v></c></row>' for n in range(1, 200_000))
    data = raw_workbook(rows)
    size = zipfile.ZipFile(io.BytesIO(data)).getinfo("xl/worksheets/sheet1.xml").file_size
    lying = data.replace(size.to_bytes(4, "little"), (1000).to_bytes(4, "little"))
    assert lying != data
    with pytest.raises(TooLarge):
        rows_of(lying, unpacked_bytes=size // 2)


def test_part_that_nobody_needs_is_never_unpacked():
    bomb = {"xl/media/bomb.bin": b"\0" * 20_000_000}
    cells = "<row><c><v>1</v></c><c t='str'><v>b</v></c></row>"
    data = raw_workbook(cells.replace("1", "a").replace("<c><v>a", "<c t='str'><v>a") + cells, extra=bomb)
    lying = data.replace((20_000_000).to_bytes(4, "little"), (1000).to_bytes(4, "little"))
    assert rows_of(lying, unpacked_bytes=1_000_000) == [Row(1, ["1", "b"])]


def test_cells_far_apart_take_no_room_for_all_between():
    head = '<row r="1"><c r="A1" t="str"><v>a</v></c><c r="B1" t="str"><v>b</v></c></row>'
    far = '<row r="1048576"><c r="A1048576"><v>1</v></c><c r="B1048576"><v>2</v></c></row>'
    assert rows_of(raw_workbook(head + far)) == [Row(1_048_575, ["1", "2"])]
    with pytest.raises(TooManyColumns):
        rows_of(raw_workbook(head + far.replace("B1048576", "XFD1048576")))


@pytest.mark.parametrize("reference", ["ZZZZ1", "zzzz1", "AAAAA1"])
def test_columns_beyond_the_format_are_refused(reference):
    with pytest.raises(TooManyColumns):
        rows_of(raw_workbook(f"<row><c t='n' r = '{reference}'><v>1</v></c></row>"))


def test_rows_out_of_order_get_numbers_of_their_own():
    rows = "".join(
        f'<row r="{n}"><c t="str"><v>{n}</v></c><c t="str"><v>b</v></c></row>' for n in (1, 9, 5, 5)
    )
    assert [row.number for row in rows_of(raw_workbook(rows))] == [8, 9, 10]


@pytest.mark.parametrize(
    "doctype",
    [
        '<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]>',
        '<!DOCTYPE x SYSTEM "http://198.51.100.1/x.dtd">',
        '<!DOCTYPE x [<!ENTITY a "ha"><!ENTITY e "&a;&a;&a;&a;&a;&a;&a;&a;">]>',
    ],
)
def test_workbook_with_entities_is_refused_before_any_is_followed(doctype):
    cells = '<row r="1"><c r="A1" t="str"><v>a</v></c><c r="B1" t="str"><v>&e;</v></c></row>'
    with pytest.raises(UnsafeWorkbook):
        rows_of(raw_workbook(cells, PROLOGUE + doctype))


CELLS = '<row r="1"><c r="A1" t="str"><v>a</v></c></row><row r="2"><c r="A2" t="str"><v>b</v></c></row>'


@pytest.mark.parametrize("token", ['<row r="3" x="{}"/>', "<!--{}-->", "<?x {}?>", "<{}/>"])
def test_endless_token_is_refused_before_it_is_kept(token):
    with pytest.raises(UnsafeWorkbook):
        rows_of(raw_workbook(CELLS + token.format("A" * 3 * 1024**2)))


@pytest.mark.parametrize("text", ["A", " ", "\n", "&#65;"])
def test_long_text_that_is_no_cell_is_passed_over(text):
    assert rows_of(raw_workbook(CELLS + f"<x>{text * 3 * 1024**2}</x>")) == [Row(1, ["b"])]


@pytest.mark.parametrize("word", ["<mergeCell ", "<mergeCell ref "])
def test_unfinished_words_in_comments_take_no_time(word):
    begun = process_time()
    comment = f"<!--{word * 40_000}-->"
    assert rows_of(raw_workbook(CELLS + comment)) == [Row(1, ["b"])]
    assert process_time() - begun < 2


def test_too_large_workbook():
    with pytest.raises(TooLarge):
        rows_of(workbook([["a", "b"], [1, 2]]), spreadsheet_bytes=100)


def test_workbook_that_is_wider_higher_or_fuller_than_allowed():
    data = workbook([["a", "b"], *[[1, 2]] * 200])
    for limits in ({"rows": 100}, {"spreadsheet_cells": 300}):
        with pytest.raises(TooLarge):
            rows_of(data, **limits)
    with pytest.raises(TooManyColumns):
        rows_of(workbook([[f"c{n}" for n in range(30)]]), columns=10)
