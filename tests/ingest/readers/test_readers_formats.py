"""XLS, XLSB and ODS: the same table in each, errors and formulas by name, what is damaged or too much."""

import io
from datetime import date

import pytest
import xlwt

from ingest.errors import (
    UPLOAD_ERRORS,
    ProtectedWorkbook,
    TooLarge,
    TooManyColumns,
    UnsafeWorkbook,
    UploadError,
)
from ingest.readers import Choices, Limits, Row, read
from tests.ingest.readers.sheets import ods, ods_cell, ods_table, xls, xlsb
from tests.ingest.readers.workbooks import PROLOGUE, workbook

HEADER = ["姓名", "月份", "应发工资"]
TABLE = [HEADER, ["张伟", "2026-03", 8650.5], ["王芳", date(2026, 3, 5), 110105194912310021.0]]
ROWS = [
    Row(1, ["张伟", "2026-03", "8650.5"]),
    Row(2, ["王芳", "2026-03-05", "1.10105194912310E+17"]),
]
FORMATS = {
    "xls": lambda rows: xls(rows),
    "ods": lambda rows: ods(ods_table(rows)),
    "xlsx": lambda rows: workbook(rows),
}


def table_of(data: bytes, name: str = "wages.csv", sheet: str = "", **limits: int):
    return read(io.BytesIO(data), filename=name, limits=Limits(**limits), choices=Choices(sheet=sheet))


def rows_of(data: bytes, **limits: int) -> list[Row]:
    return list(table_of(data, **limits).rows)


@pytest.mark.parametrize("kind", FORMATS)
def test_workbook_is_recognised_by_its_content(kind):
    table = table_of(FORMATS[kind](TABLE))
    assert (table.kind, table.columns, list(table.rows)) == (kind, HEADER, ROWS)


def test_xlsb_is_recognised_by_its_content():
    table = table_of(xlsb([HEADER, ["张伟", "2026-03", 8650.5]]))
    assert (table.kind, table.sheet, table.columns) == ("xlsb", "Data", HEADER)
    assert list(table.rows) == [Row(1, ["张伟", "2026-03", "8650.5"])]


@pytest.mark.parametrize("kind", FORMATS)
def test_truncated_workbook_of_every_format(kind):
    data = FORMATS[kind](TABLE * 300)
    with pytest.raises(UploadError) as caught:
        rows_of(data[: len(data) // 2])
    assert caught.value.code == "truncated_file"


@pytest.mark.parametrize("kind", FORMATS)
def test_several_sheets_are_named_and_can_be_chosen(kind):
    notes, first, other = [["说明"], ["请勿修改", "谢谢"]], [["a", "b"], ["1", "2"]], TABLE
    data = {
        "xls": lambda: xls(notes, first, other),
        "xlsx": lambda: workbook(notes, first, other),
        "ods": lambda: ods(
            "".join(ods_table(rows, f"Sheet{n}") for n, rows in enumerate((notes, first, other), 1))
        ),
    }[kind]()
    found = table_of(data)
    assert (found.sheet, found.sheets) == ("Sheet3", ["Sheet1", "Sheet2", "Sheet3"])
    chosen = table_of(data, sheet="Sheet2")
    assert (chosen.columns, list(chosen.rows)) == (["a", "b"], [Row(1, ["1", "2"])])


def test_hidden_sheet_of_xls_and_ods_is_passed_over():
    assert table_of(xls(TABLE, [["a", "b"], ["1", "2"]], hidden=[0])).sheet == "Sheet2"
    display = '<style:table-properties table:display="false"/>'
    style = f'<style:style style:name="h" style:family="table">{display}</style:style>'
    hidden = ods_table(TABLE, "Secret", ' table:style-name="h"')
    assert table_of(ods(hidden + ods_table([["a", "b"], ["1", "2"]], "Shown"), styles=style)).sheets == [
        "Shown"
    ]


def test_days_of_the_1904_calendar():
    assert rows_of(xls([HEADER, ["张伟", 44621, 1]], mac=True))[0].cells[1] == "44621"
    book, out = xlwt.Workbook(), io.BytesIO()
    book.dates_1904 = True
    sheet = book.add_sheet("S")
    for column, name in enumerate(HEADER):
        sheet.write(0, column, name)
    sheet.write(1, 1, 44624, xlwt.easyxf(num_format_str="yyyy-mm-dd"))
    book.save(out)
    assert rows_of(out.getvalue())[0].cells[1] == "2026-03-05"


def test_error_cells_of_xls_are_named():
    data = xls([HEADER, ["张伟", xlwt.Formula("1/0"), "x"]])
    number = bytes.fromhex("0000000000000000")
    assert number in data
    row = (1).to_bytes(2, "little") + (1).to_bytes(2, "little")
    at = data.index(b"\x06\x00", data.index("张伟".encode("utf-16-le")))
    while data[at + 4 : at + 8] != row:
        at = data.index(b"\x06\x00", at + 1)
    spoiled = data[: at + 10] + bytes.fromhex("02002a000000ffff") + data[at + 18 :]
    assert rows_of(spoiled) == [Row(1, ["张伟", "#N/A", "x"])]


def test_error_cells_of_xlsb_are_named():
    assert rows_of(xlsb([["a", "b"], ["x", b"\x17"]])) == [Row(1, ["x", "#REF!"])]


@pytest.mark.parametrize(
    ("kind", "about", "shown", "text"),
    [
        ("percentage", 'office:value="0.05"', "5,00 %", "5%"),
        ("boolean", 'office:boolean-value="true"', "WAHR", "true"),
        ("time", 'office:time-value="PT08H05M00S"', "8:05", "08:05:00"),
        ("date", 'office:date-value="2026-03-05"', "5.3.26", "2026-03-05"),
        ("date", 'office:date-value="2026-03-05T13:45:00"', "5.3.26", "2026-03-05 13:45:00"),
        ("currency", 'office:value="12.5"', "12,50 €", "12.5"),
        ("float", 'office:value="12"', "0012", "0012"),
        ("float", 'office:value="2" table:formula="of:=1+1"', "2", "2"),
        ("string", 'calcext:value-type="error"', "#N/A", "#N/A"),
        ("string", "", 'a<text:s text:c="2"/>b</text:p><text:p>c', "a  b\nc"),
    ],
)
def test_cell_of_ods_as_text(kind, about, shown, text):
    cell = f'<table:table-cell office:value-type="{kind}" {about}><text:p>{shown}</text:p></table:table-cell>'
    assert rows_of(ods(ods_table([["a", "b"], ["x", cell]]))) == [Row(1, ["x", text])]


def test_formula_of_ods_without_a_result_is_given_as_it_stands():
    cell = '<table:table-cell table:formula="of:=1+1"/>'
    assert rows_of(ods(ods_table([["a", "b"], ["x", cell]]))) == [Row(1, ["x", "=1+1"])]


def test_comment_on_a_cell_of_ods_is_no_part_of_it():
    cell = ods_cell("a").replace(
        "<text:p>", "<office:annotation><text:p>note</text:p></office:annotation><text:p>"
    )
    assert rows_of(ods(ods_table([["a", "b"], ["x", cell]]))) == [Row(1, ["x", "a"])]


def test_repeated_rows_and_columns_of_ods():
    blank = '<table:table-cell table:number-columns-repeated="16380"/>'
    again = ods_cell(1).replace("cell ", 'cell table:number-columns-repeated="2" ')
    table = ods_table([["a", "b", "c", blank], ["x", again, blank], ["y", "2", "3"]])
    first = f"<table:table-row>{ods_cell('x')}"
    table = table.replace(first, first.replace("row>", 'row table:number-rows-repeated="2">'))
    rest = '<table:table-row table:number-rows-repeated="1048000"><table:table-cell/></table:table-row>'
    assert rows_of(ods(table.replace("</table:table>", rest + "</table:table>"))) == [
        Row(1, ["x", "1", "1"]),
        Row(2, ["x", "1", "1"]),
        Row(3, ["y", "2", "3"]),
    ]


@pytest.mark.parametrize("attribute", ["rows", "columns"])
def test_content_of_ods_that_is_repeated_beyond_all_bounds(attribute):
    many = f'table:number-{attribute}-repeated="99999999"'
    cell = (
        f'<table:table-cell {many} office:value-type="float" office:value="1"/>'
        if attribute == "columns"
        else ods_cell(1)
    )
    row = f"<table:table-row {many if attribute == 'rows' else ''}>{ods_cell('x')}{cell}</table:table-row>"
    with pytest.raises((TooLarge, TooManyColumns)):
        rows_of(ods(ods_table([["a", "b"]]).replace("</table:table>", row + "</table:table>")))


def test_zip_bomb_in_ods_is_refused():
    rows = ods_table([["a", "b"], *[["x" * 1000, "y"]] * 3_000])
    assert len(ods(rows)) < 50_000
    with pytest.raises(TooLarge):
        rows_of(ods(rows), unpacked_bytes=1_000_000)


def test_entities_in_ods_are_refused_before_any_is_followed():
    doctype = '<!DOCTYPE x [<!ENTITY a "haha"><!ENTITY e "&a;&a;&a;&a;">]>'
    with pytest.raises(UnsafeWorkbook):
        rows_of(
            ods(
                ods_table([["a", "b"], ["x", ods_cell("y").replace("y<", "&e;<")]]),
                prologue=PROLOGUE + doctype,
            )
        )


def test_protected_ods_says_so():
    with pytest.raises(ProtectedWorkbook):
        rows_of(ods(ods_table(TABLE), extra={"META-INF/manifest.xml": "<manifest:encryption-data/>"}))


def test_protected_xls_says_so():
    data = xls(TABLE)
    at = data.index(bytes.fromhex("e10002"))  # INTERFACEHDR of the globals becomes FILEPASS
    with pytest.raises(ProtectedWorkbook):
        rows_of(data[:at] + b"\x2f" + data[at + 1 :])


def test_cells_of_xls_far_apart_are_refused_before_room_is_taken():
    rows = [["a", "b"], *[[]] * 65_000, [*[None] * 200, "x"]]
    with pytest.raises(TooLarge):
        rows_of(xls(rows))


def test_binary_workbook_larger_than_allowed():
    with pytest.raises(TooLarge):
        rows_of(xls(TABLE), binary_bytes=1_000)


@pytest.mark.parametrize("kind", ["xls", "ods", "xlsb"])
def test_damaged_workbook_of_every_format_is_rows_or_a_typed_error(kind):
    data = xlsb([HEADER, ["张伟", "2026-03", 1.0]]) if kind == "xlsb" else FORMATS[kind](TABLE * 20)
    places = range(0, len(data), max(1, len(data) // 60))
    assert {outcome(data[:at] + bytes([data[at] ^ 0xFF]) * 3 + data[at + 3 :]) for at in places} <= {
        "",
        *UPLOAD_ERRORS,
    }


def outcome(data: bytes) -> str:
    try:
        rows_of(data)
    except UploadError as error:
        return error.code
    return ""
