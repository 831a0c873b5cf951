"""What clerks' workbooks look like: merged cells, titles, two-row headers, formats, errors, formulas."""

import io
from datetime import date

import pytest
from openpyxl import Workbook
from openpyxl.utils.datetime import CALENDAR_MAC_1904

from ingest.errors import EmptyFile, SheetMissing
from ingest.readers import Choices, Limits, Row, Table, read
from tests.ingest.readers.sheets import ods, ods_cell, ods_table, xls
from tests.ingest.readers.workbooks import raw_workbook, workbook

HEADER = ["姓名", "身份证号", "月份"]


def table_of(data: bytes, **choices) -> Table:
    return read(io.BytesIO(data), limits=Limits(), choices=Choices(**choices))


def merged(rows, *areas: str) -> bytes:
    """An XLSX workbook with merged areas."""
    book, out = Workbook(), io.BytesIO()
    for row in rows:
        book.active.append(row)
    for area in areas:
        book.active.merge_cells(area)
    book.save(out)
    return out.getvalue()


def shown(value, form: str, *, mac: bool = False) -> str:
    """What is read of a number in an XLSX cell of this format."""
    book, out = Workbook(), io.BytesIO()
    if mac:
        book.epoch = CALENDAR_MAC_1904
    book.active.append(["a", "b"])
    book.active.append(["x", value])
    book.active["B2"].number_format = form
    book.save(out)
    return next(table_of(out.getvalue()).rows).cells[1]


COMMUNITY = [
    ["社区", "姓名", "月份"],
    ["五常", "张伟", "2026-03"],
    [None, "王芳", "2026-03"],
    [None, "李娜", "2026-04"],
]
FILLED = [["五常", "张伟", "2026-03"], ["五常", "王芳", "2026-03"], ["", "李娜", "2026-04"]]


def test_merged_name_down_the_rows_of_xlsx_is_the_name_of_each():
    assert [row.cells for row in table_of(merged(COMMUNITY, "A2:A3")).rows] == FILLED


def test_merged_name_down_the_rows_of_xls_is_the_name_of_each():
    assert [row.cells for row in table_of(xls(COMMUNITY, merged=[(1, 2, 0, 0)])).rows] == FILLED


def test_merged_name_down_the_rows_of_ods_is_the_name_of_each():
    rows = [list(row) for row in COMMUNITY]
    rows[1][0] = ods_cell("五常").replace("cell ", 'cell table:number-rows-spanned="2" ')
    rows[2][0] = "<table:covered-table-cell/>"
    assert [row.cells for row in table_of(ods(ods_table(rows))).rows] == FILLED


def test_rows_that_are_blank_within_a_merged_area_stay_blank():
    rows = [["社区", "姓名"], ["五常", "张伟"], [None, None], [None, "王芳"]]
    assert list(table_of(merged(rows, "A2:A4")).rows) == [Row(1, ["五常", "张伟"]), Row(3, ["五常", "王芳"])]


def test_merged_title_above_the_header_is_passed_over():
    rows = [["某公司工资表", None, None], ["单位:", "某公司", None], HEADER, ["张伟", "1", "2026-03"]]
    table = table_of(merged(rows, "A1:C1"))
    assert (table.columns, table.header_row, list(table.rows)) == (
        HEADER,
        3,
        [Row(1, ["张伟", "1", "2026-03"])],
    )


TWO_ROWS = [
    ["姓名", "身份证号", "工资", None, "月份"],
    [None, None, "应发工资", "实发工资", None],
    ["张伟", "x", 1, 2, "2026-03"],
]
TWO_COLUMNS = ["姓名", "身份证号", "应发工资", "实发工资", "月份"]


@pytest.mark.parametrize("areas", [(), ("A1:A2", "B1:B2", "C1:D1", "E1:E2")])
def test_header_over_two_rows(areas):
    table = table_of(merged(TWO_ROWS, *areas))
    assert (table.columns, table.header_row) == (TWO_COLUMNS, 2)
    assert list(table.rows) == [Row(1, ["张伟", "x", "1", "2", "2026-03"])]


def test_header_over_two_rows_of_csv():
    data = "姓名,身份证号,工资,,月份\n,,应发工资,实发工资,\n张伟,x,1,2,2026-03\n".encode()
    table = table_of(data)
    assert (table.columns, table.header_row) == (TWO_COLUMNS, 2)


def test_names_that_stand_under_two_groups_are_told_apart():
    rows = [
        ["姓名", "养老保险", None, "医疗保险", None],
        [None, "基数", "月份", "基数", "个人"],
        ["张伟", 1, 2, 3, 4],
    ]
    assert table_of(merged(rows)).columns == [
        "姓名",
        "养老保险 基数",
        "月份",
        "医疗保险 基数",
        "医疗保险 个人",
    ]


def test_group_that_may_not_be_asked_for_stays_in_the_names_below_it():
    rows = [["姓名", "病史", None], [None, "月份", "身份证号"], ["张伟", "2026-03", "x"]]
    assert table_of(merged(rows)).columns == ["姓名", "病史 月份", "病史 身份证号"]


def test_table_that_begins_further_right_and_down():
    data = workbook([[], [], [None, None, *HEADER], [None, None, "张伟", "x", "2026-03"]])
    table = table_of(data)
    assert (table.header_row, table.first_column, table.columns) == (3, 3, HEADER)
    assert list(table.rows) == [Row(1, ["张伟", "x", "2026-03"])]


def test_row_numbers_lead_to_the_rows_of_the_sheet():
    data = workbook([["某公司"], HEADER, ["张伟", "x", "2026-03"], [], ["王芳", "y", "2026-03"]])
    table = table_of(data)
    assert [table.header_row + row.number for row in table.rows] == [3, 5]


def test_chosen_header_row():
    data = workbook([HEADER, ["姓名", "乙", "丙"], ["张伟", "x", "2026-03"]])
    assert table_of(data).columns == HEADER
    chosen = table_of(data, header_row=2)
    assert (chosen.columns, chosen.header_row, len(list(chosen.rows))) == (["姓名", "乙", "丙"], 2, 1)


def test_chosen_header_row_and_delimiter_of_csv():
    data = "姓名,月份\na;b;c\n1;2;3\n".encode()
    chosen = table_of(data, header_row=2, delimiter=";")
    assert (chosen.columns, chosen.header_row, list(chosen.rows)) == (
        ["a", "b", "c"],
        2,
        [Row(1, ["1", "2", "3"])],
    )


def test_chosen_header_row_beyond_the_end_is_empty():
    with pytest.raises(EmptyFile):
        table_of(workbook([HEADER, ["张伟", "x", "2026-03"]]), header_row=99)


def test_sheet_that_is_not_there_is_refused_with_those_that_are():
    with pytest.raises(SheetMissing) as caught:
        table_of(workbook([HEADER], [HEADER], hidden=[1]), sheet="Wages")
    assert caught.value.context == {"sheets": ["Sheet1"]}


def test_sheet_that_looks_like_data_is_found_behind_one_of_notes():
    data = workbook([["说明", "版本"], ["请勿修改", "1"]], [HEADER, ["张伟", "x", "2026-03"]])
    assert (table_of(data).sheet, table_of(data).sheets) == ("Sheet2", ["Sheet1", "Sheet2"])


@pytest.mark.parametrize(
    ("value", "form", "text"),
    [
        (46086, "yyyy-mm-dd", "2026-03-05"),
        (46086, 'yyyy"年"m"月"d"日"', "2026-03-05"),
        (46086, '[$-804]yyyy"年"m"月"', "2026-03-05"),
        (46086, "m/d/yy", "2026-03-05"),
        (46086.5, "yyyy/m/d h:mm", "2026-03-05 12:00:00"),
        (0.5, "h:mm", "12:00:00"),
        (59, "yyyy-mm-dd", "1900-02-28"),
        (61, "yyyy-mm-dd", "1900-03-01"),
        (46086, "General", "46086"),
        (12, "0000", "0012"),
        (0.05, "0%", "5%"),
        (0.125, "0.00%", "12.5%"),
        (1234.5, "#,##0.00", "1234.5"),
        (1234.5, '"¥"#,##0.00;[Red]-"¥"#,##0.00', "1234.5"),
        (1234.5, "0.00E+00", "1234.5"),
        (110105194912310021, "0", "1.10105194912310E+17"),
        (3_000_000, "yyyy-mm-dd", "3000000"),
        (-5, "yyyy-mm-dd", "-5"),
    ],
)
def test_number_as_its_format_shows_it(value, form, text):
    assert shown(value, form) == text


def test_day_in_the_1904_calendar():
    assert shown(date(2026, 3, 5), "yyyy-mm-dd", mac=True) == "2026-03-05"
    assert shown(44624, "yyyy-mm-dd", mac=True) == "2026-03-05"


@pytest.mark.parametrize(
    ("cell", "text"),
    [
        ('<c t="e"><v>#N/A</v></c>', "#N/A"),
        ('<c t="e"><f>A9</f><v>#REF!</v></c>', "#REF!"),
        ("<c><f>1+1</f><v>2</v></c>", "2"),
        ("<c><f>1+1</f></c>", "=1+1"),
        ("<c><f>1+1</f><v/></c>", "=1+1"),
        ('<c t="str"><f>""</f><v></v></c>', ""),
        ('<c t="b"><v>1</v></c>', "true"),
        ('<c t="d"><v>2026-03-05T00:00:00Z</v></c>', "2026-03-05"),
        ("<c><v>1.1010519491231002E+17</v></c>", "1.10105194912310E+17"),
        ("<c><v>8650.1000000000004</v></c>", "8650.1"),
        ("<c><v>abc</v></c>", "abc"),
        ('<c t="s"><v>77</v></c>', "#REF!"),
        ('<c t="inlineStr"><is><r><t>张</t></r><rPh><t>zhang</t></rPh><r><t>伟</t></r></is></c>', "张伟"),
        ('<c t="inlineStr"><is><t>a_x000D_b</t></is></c>', "a\rb"),
        ("<c t='str'><v>=cmd|'/C calc'!A0</v></c>", "=cmd|'/C calc'!A0"),
    ],
)
def test_cell_of_xlsx_as_text(cell, text):
    head = '<row><c t="str"><v>a</v></c><c t="str"><v>b</v></c></row>'
    data = raw_workbook(f'{head}<row><c t="str"><v>x</v></c>{cell}</row>')
    assert list(table_of(data).rows) == [Row(1, ["x", text])]
