"""A partner's workbook comes back as it was, with two columns more, and nothing in it can be executed."""

import io
import re
import zipfile

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from openpyxl import Workbook, load_workbook
from openpyxl.styles import Font, PatternFill
from python_calamine import CalamineWorkbook

from ingest.results import workbooks
from ingest.results.ods import ods_bytes
from ingest.results.sheets import Columns, UnusualSheet, column_letters, column_number, spliced
from ingest.results.workbooks import Book

MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
BESIDE = Columns(4, header=2)
CELL = st.text(alphabet="ab<&>'\"\t 张é😀=+", max_size=8)


def workbook() -> Workbook:
    book = Workbook()
    sheet = book.active
    sheet.title = "工资"
    sheet.merge_cells("A1:C1")
    sheet["A1"] = "一月工资表"
    sheet["A1"].font = Font(bold=True, size=18)
    for row in (["姓名", "证件号码", "实发"], ["张伟", "110105", 4000], ["李娜", "310101", 5000]):
        sheet.append(row)
    sheet["C2"].font = Font(italic=True)
    sheet["A3"].fill = PatternFill("solid", fgColor="FFCC00")
    sheet.column_dimensions["A"].width = 40
    other = book.create_sheet("说明")
    other["A1"] = "keep me"
    return book


def packed(book: Workbook) -> io.BytesIO:
    out = io.BytesIO()
    book.save(out)
    return out


def added(row: int) -> tuple[str, ...] | None:
    if row == 2:
        return "处理结果", "处理说明"
    return (f"outcome {row}", "why <&>") if row > 2 else None


def returned(book: Workbook | io.BytesIO, columns: Columns = BESIDE) -> Workbook:
    stream = packed(book) if isinstance(book, Workbook) else book
    return load_workbook(io.BytesIO(b"".join(Book(stream, "工资").with_columns(columns, added))))


def test_outcome_and_reason_stand_beside_each_row():
    rows = [list(row) for row in returned(workbook())["工资"].iter_rows(min_row=2, values_only=True)]
    assert rows == [
        ["姓名", "证件号码", "实发", "处理结果", "处理说明"],
        ["张伟", "110105", 4000, "outcome 3", "why <&>"],
        ["李娜", "310101", 5000, "outcome 4", "why <&>"],
    ]


def test_styles_widths_merged_areas_and_other_sheets_stay():
    book = returned(workbook())
    sheet = book["工资"]
    assert sheet["A1"].font.size == 18
    assert sheet["A3"].fill.fgColor.rgb == "00FFCC00"
    assert sheet.column_dimensions["A"].width == 40
    assert [str(area) for area in sheet.merged_cells.ranges] == ["A1:C1"]
    assert (book.sheetnames, book["说明"]["A1"].value) == (["工资", "说明"], "keep me")


def test_our_headers_look_like_the_header_beside_them():
    assert returned(workbook())["工资"]["D2"].font.italic is True


def test_formula_goes_and_its_value_stays():
    book = workbook()
    book["工资"]["C4"] = "=cmd|'/C calc'!A0"
    book["说明"]["A2"] = "=1+1"
    back = returned(book)
    assert [cell.data_type for row in back["工资"].iter_rows() for cell in row if cell.data_type == "f"] == []
    assert back["说明"]["A2"].value is None  # openpyxl writes no values beside formulas
    assert back["工资"]["D4"].value == "outcome 4"


def test_value_of_a_formula_stays():
    row = '<row r="1"><c r="A1"><f>1+1</f><v>2</v></c></row>'
    sheet = f'<worksheet xmlns="{MAIN}"><sheetData>{row}</sheetData></worksheet>'
    back = b"".join(spliced([sheet.encode()], Columns(9), lambda row: None)).decode()
    assert (back.count("<f>"), back.count('<c r="A1"><v>2</v></c>')) == (0, 1)


def test_columns_of_an_earlier_result_are_replaced():
    book = workbook()
    for row, texts in ((2, ("处理结果", "处理说明")), (3, ("refused", "old")), (4, ("refused", "old"))):
        for place, text in enumerate(texts, 4):
            book["工资"].cell(row, place, text)
    back = returned(book, Columns(4, frozenset({4, 5}), header=2))["工资"]
    assert [cell.value for cell in back[3]] == ["张伟", "110105", 4000, "outcome 3", "why <&>"]


def test_what_stands_beyond_the_table_is_not_overwritten():
    book = workbook()
    book["工资"]["E3"] = "a note of mine"
    book["工资"]["D4"].fill = PatternFill("solid", fgColor="FFCC00")  # an empty cell gives way
    back = returned(book)["工资"]
    assert [cell.value for cell in back[3]][3:] == [None, "a note of mine", "outcome 3", "why <&>"]
    assert [cell.value for cell in back[4]][3:5] == ["outcome 4", "why <&>"]


@pytest.mark.parametrize("size", [1, 2, 3, 7, 64, 1000, 100_000])
def test_sheet_is_the_same_in_pieces_of_any_size(size):
    sheet = zipfile.ZipFile(packed(workbook())).read("xl/worksheets/sheet1.xml")
    whole = b"".join(spliced([sheet], Columns(4, header=2), added))
    pieces = [sheet[start : start + size] for start in range(0, len(sheet), size)]
    assert b"".join(spliced(pieces, Columns(4, header=2), added)) == whole


@settings(deadline=None, max_examples=50)
@given(rows=st.lists(st.lists(CELL, min_size=1, max_size=4), min_size=1, max_size=8), first=st.integers(5, 9))
def test_no_cell_of_the_partner_is_lost_or_moved(rows, first):
    book = Workbook()
    book.active.title = "工资"
    for number, row in enumerate(rows, 1):
        for place, text in enumerate(row, 1):
            book.active.cell(number, place).value = text.replace("=", "-") or None
    before = [[cell.value for cell in row] for row in load_workbook(packed(book)).active.iter_rows(max_col=4)]
    back = returned(book, Columns(first))["工资"]
    after = back.iter_rows(max_row=len(before), max_col=4)
    assert [[cell.value for cell in row] for row in after] == before


def test_sheet_whose_names_have_a_prefix_keeps_it():
    sheet = (
        f'<x:worksheet xmlns:x="{MAIN}"><x:sheetData><x:row r="1"><x:c r="A1" t="str"><x:v>a</x:v></x:c>'
        "</x:row></x:sheetData></x:worksheet>"
    ).encode()
    back = b"".join(spliced([sheet], Columns(2), lambda row: ("yes",))).decode()
    assert '<x:c r="B1" t="inlineStr"><x:is><x:t xml:space="preserve">yes</x:t></x:is></x:c></x:row>' in back


def test_row_in_a_drawing_is_no_row_of_the_sheet():
    sheet = (
        f'<worksheet xmlns="{MAIN}"><sheetData><row r="1"><c r="A1"><v>1</v></c></row></sheetData>'
        "<controls><from><row>5</row><col>1</col></from></controls></worksheet>"
    ).encode()
    back = b"".join(spliced([sheet], Columns(2), lambda row: ("yes",))).decode()
    assert (back.count("yes"), "<row>5</row>" in back) == (1, True)


@pytest.mark.parametrize(
    "sheet",
    [
        f'<worksheet xmlns="{MAIN}"><sheetData/></worksheet>'.encode("utf-16"),
        f'<!DOCTYPE x [<!ENTITY a "b">]><worksheet xmlns="{MAIN}"><sheetData/></worksheet>'.encode(),
        b"<worksheet><sheetData>",
        b'<worksheet><sheetData/><x a="' + b"x" * (3 << 20) + b'"/></worksheet>',
    ],
    ids=["another encoding", "a document type", "cut off", "an element without an end"],
)
@pytest.mark.parametrize("part", ["xl/worksheets/sheet1.xml", "xl/worksheets/sheet2.xml"])
def test_unusual_sheet_is_found_before_anything_is_sent(sheet, part):
    with pytest.raises(UnusualSheet):
        Book(with_part(packed(workbook()), part, sheet), "工资")


@pytest.mark.parametrize("part", ["xl/workbook.xml", "xl/_rels/workbook.xml.rels"])
def test_document_type_is_found_in_any_encoding(part):
    book = packed(workbook())
    said = zipfile.ZipFile(book).read(part).decode()
    typed = f'<!DOCTYPE x [<!ENTITY a "b">]>{said}'.encode("utf-16")
    with pytest.raises(UnusualSheet):
        Book(with_part(book, part, typed), "工资")


def test_part_that_is_mended_as_a_whole_has_a_bound(monkeypatch):
    book = with_part(packed(workbook()), "xl/worksheets/_rels/sheet1.xml.rels", b" " * 10_001)
    monkeypatch.setattr(workbooks, "_SMALL", 10_001)
    assert Book(book, "工资").sheet == "xl/worksheets/sheet1.xml"
    monkeypatch.setattr(workbooks, "_SMALL", 10_000)
    with pytest.raises(UnusualSheet):
        Book(book, "工资")


def test_damaged_part_that_nobody_read_is_found_before_anything_is_sent():
    content = b"a picture, as it was" * 9
    stream = with_part(packed(workbook()), "xl/media/image1.png", content)
    place = zipfile.ZipFile(stream).getinfo("xl/media/image1.png").header_offset + 60
    data = bytearray(stream.getvalue())
    data[place] ^= 0xFF
    with pytest.raises(UnusualSheet):
        Book(io.BytesIO(data), "工资")


def test_rows_and_columns_without_sensible_numbers_break_nothing():
    sheet = (
        f'<worksheet xmlns="{MAIN}"><cols><col min="1" max="many" width="4"/></cols><sheetData>'
        '<row r="first"><c r="A1"><v>1</v></c></row></sheetData></worksheet>'
    ).encode()
    back = b"".join(spliced([sheet], Columns(2), lambda row: (f"row {row}",))).decode()
    assert "row 1<" in back


def test_macros_and_links_to_other_files_are_left_out():
    stream = with_part(packed(workbook()), "xl/vbaProject.bin", b"macros")
    stream = with_part(stream, "xl/externalLinks/externalLink1.xml", b"<externalLink/>")
    stream = edited(
        stream,
        "xl/_rels/workbook.xml.rels",
        b"</Relationships>",
        b'<Relationship Id="r8" Type="t" Target="vbaProject.bin"/>'
        b'<Relationship Id="r9" Type="t" Target="externalLinks/externalLink1.xml"/></Relationships>',
    )
    stream = edited(
        stream,
        "[Content_Types].xml",
        b"</Types>",
        b'<Override PartName="/xl/externalLinks/externalLink1.xml" ContentType="t"/></Types>',
    )
    stream = edited(
        stream,
        "xl/workbook.xml",
        b"</workbook>",
        b'<externalReferences><externalReference r:id="r9" xmlns:r="x"/></externalReferences></workbook>',
    )
    archive = zipfile.ZipFile(io.BytesIO(b"".join(Book(stream, "工资").with_columns(Columns(4), added))))
    said = b"".join(archive.read(name) for name in archive.namelist())
    assert re.findall(rb"vbaProject|externalLink|externalReference", said) == []
    assert [name for name in archive.namelist() if "vba" in name or "external" in name] == []


@pytest.mark.parametrize(
    ("number", "letters"), [(1, "A"), (26, "Z"), (27, "AA"), (703, "AAA"), (16384, "XFD")]
)
def test_columns_have_their_letters(number, letters):
    assert (column_letters(number), column_number(f"{letters}7")) == (letters, number)


@settings(deadline=None, max_examples=40)
@given(
    rows=st.lists(st.lists(st.text(alphabet="ab<&>张 😀", max_size=6), min_size=2, max_size=2), max_size=9)
)
def test_opendocument_comes_back_whole(rows):
    header = ["one", "two"]
    sheet = CalamineWorkbook.from_filelike(io.BytesIO(b"".join(ods_bytes(header, rows)))).get_sheet_by_index(
        0
    )
    wanted = [header, *rows]
    got = [[str(cell) for cell in row] for row in sheet.to_python(skip_empty_area=False)]
    while wanted and not any(wanted[-1]):
        wanted.pop()
    while got and not any(got[-1]):
        got.pop()
    assert got == wanted


def test_formula_in_a_text_of_an_opendocument_is_harmless():
    rows = CalamineWorkbook.from_filelike(
        io.BytesIO(b"".join(ods_bytes(["a"], [["=cmd|' /C calc'!A0"]])))
    ).get_sheet_by_index(0)
    assert rows.to_python()[1] == ["'=cmd|' /C calc'!A0"]


def with_part(stream: io.BytesIO, name: str, content: bytes) -> io.BytesIO:
    parts = {part: zipfile.ZipFile(stream).read(part) for part in zipfile.ZipFile(stream).namelist()}
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for part, data in (parts | {name: content}).items():
            archive.writestr(part, data)
    return out


def edited(stream: io.BytesIO, name: str, before: bytes, after: bytes) -> io.BytesIO:
    return with_part(stream, name, zipfile.ZipFile(stream).read(name).replace(before, after))
