"""What a partner gets back: his own workbook, or only the rows to mend; and the mended file once more."""

import csv
import io

import pytest
from openpyxl import Workbook, load_workbook
from openpyxl.styles import PatternFill

from ingest.results import result_file
from registry.models import Record
from tests.factories.organisations import make_furnisher
from tests.factories.uploads import as_csv, as_ndjson, columns_of, receive, run, wage

pytestmark = pytest.mark.django_db

ROWS = [wage(1), wage(2, signed=False), wage(3, month="March")]


@pytest.fixture
def employer():
    return make_furnisher()


def workbook(rows, *, title="三月工资"):
    """A clerk's workbook: a title above the table, a coloured row, a second sheet."""
    book = Workbook()
    sheet = book.active
    sheet.title = title
    sheet.append(["某某公司三月工资表"])
    columns = columns_of(rows)
    sheet.append(columns)
    for row in rows:
        sheet.append([row.get(column, "") for column in columns])
    sheet["A4"].fill = PatternFill("solid", fgColor="FFCC00")
    book.create_sheet("备注")["A1"] = "not for the registry"
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def result(upload, **options):
    made = result_file(upload=upload, language="en", **options)
    return made.name, b"".join(made.content)


def test_workbook_comes_back_with_its_sheets_and_colours_and_a_reason_beside_each_row(employer):
    name, content = result(run(receive(employer, workbook(ROWS))))
    book = load_workbook(io.BytesIO(content))
    sheet = book["三月工资"]
    added = [[cell.value for cell in row[-2:]] for row in sheet.iter_rows(min_row=2)]
    assert name.endswith(".xlsx")
    assert (book.sheetnames, book["备注"]["A1"].value) == (["三月工资", "备注"], "not for the registry")
    assert (sheet["A1"].value, sheet["A4"].fill.fgColor.rgb) == ("某某公司三月工资表", "00FFCC00")
    assert [outcome for outcome, _reason in added] == ["Registry outcome", "Accepted", "Refused", "Refused"]
    assert "consent" in added[2][1]
    assert added[3][1].startswith("month: This is not a month. Write year and month. For example: 2026-03 | ")


def test_mended_workbook_is_sent_again_and_nothing_counts_twice(employer):
    _name, content = result(run(receive(employer, workbook(ROWS))))
    book = load_workbook(io.BytesIO(content))
    sheet = book["三月工资"]
    for cell in sheet[5]:
        cell.value = str(cell.value or "").replace("March", "2026-03")
    mended = io.BytesIO()
    book.save(mended)
    upload = run(receive(employer, mended.getvalue()))
    assert (upload.unchanged, upload.accepted, upload.refused) == (1, 1, 1)
    assert Record.objects.filter(status="active").count() == 2


def test_second_result_replaces_the_columns_of_the_first(employer):
    _name, first = result(run(receive(employer, workbook(ROWS))))
    _name, second = result(run(receive(employer, first)))
    header = [cell.value for cell in load_workbook(io.BytesIO(second))["三月工资"][2]]
    assert header.count("Registry outcome") == 1


@pytest.mark.parametrize("make", [as_csv, workbook], ids=["csv", "xlsx"])
def test_only_refused_rows_come_back_if_wished(employer, make):
    name, content = result(run(receive(employer, make(ROWS))), only_refused=True)
    if name.endswith(".csv"):
        rows = list(csv.reader(io.StringIO(content.decode("utf-8-sig"))))
    else:
        rows = [[cell.value for cell in row] for row in load_workbook(io.BytesIO(content)).active.iter_rows()]
    place = rows[0].index("id_number")
    assert [row[place] for row in rows[1:]] == [wage(2)["id_number"], wage(3)["id_number"]]


def test_only_refused_rows_of_ndjson(employer):
    _name, content = result(run(receive(employer, as_ndjson(ROWS))), only_refused=True)
    assert len(content.decode().splitlines()) == 2


def test_refused_rows_mended_alone_are_taken_in(employer):
    _name, content = result(run(receive(employer, as_csv(ROWS))), only_refused=True)
    mended = content.decode("utf-8-sig").replace("March", "2026-03").encode()
    upload = run(receive(employer, mended))
    assert (upload.accepted, upload.refused, Record.objects.count()) == (1, 1, 2)


def test_long_workbook_comes_back_with_every_outcome_at_its_row(employer):
    """The sheet is read and copied at once, from one staged file."""
    rows = [wage(number, signed=number % 97 != 0) for number in range(1, 2_001)]
    _name, content = result(run(receive(employer, workbook(rows))))
    sheet = load_workbook(io.BytesIO(content), read_only=True)["三月工资"]
    found = [(row[1], row[-2]) for row in sheet.iter_rows(min_row=3, values_only=True)]
    wanted = [
        (each["id_number"], "Accepted" if place % 97 else "Refused") for place, each in enumerate(rows, 1)
    ]
    assert found == wanted
