"""Bad input: each gets its error, and nothing of it is left anywhere."""

from datetime import timedelta

import opencc
import pytest
from django.utils import timezone

from consent.models import Consent
from ingest.errors import example_of
from ingest.models import Chunk, Upload
from ingest.queries import rejection_of
from registry.ledger import Event
from registry.models import Identifier, Identity, LedgerEntry, Licence, Record, Resident
from tests.factories.organisations import make_furnisher
from tests.factories.uploads import as_csv, employment, evidence, ingest, outcomes, receive, run, wage
from tests.ingest.readers.sheets import ods, ods_table, xls
from tests.ingest.readers.workbooks import workbook

pytestmark = pytest.mark.django_db(transaction=True)


def staged(settings):
    from pathlib import Path

    return [path for path in Path(settings.STAGING_DIR).rglob("*") if path.is_file()]


@pytest.fixture(autouse=True)
def own_staging(settings, tmp_path):
    settings.STAGING_DIR = str(tmp_path / "staging")


def nothing_is_kept():
    tables = (Record, Resident, Identity, Identifier, Consent, Chunk)
    return {table.__name__: table.objects.count() for table in tables if table.objects.exists()}


FORBIDDEN = [wage(1) | {"宗教信仰": "佛教"}]


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "empty_file"),
        ("姓名,身份证号,月份,应发工资\n".encode(), "empty_file"),
        (as_csv([wage(1)]).replace(b"SQ", b"\xff\xff\x81"), "encoding_broken"),
        (as_csv(FORBIDDEN), "forbidden_column"),
        (as_csv([wage(1) | {"血型": "A"}]), "forbidden_column"),
        (as_csv([wage(1) | {"blood type": "A"}]), "forbidden_column"),
        (as_csv([{"name": "x", "month": "2026-03"}]), "columns_missing"),
        (as_csv([wage(1)]).replace(b"month", b"name"), "duplicate_header"),
        (b"%PDF-1.7 not a table", "text_document"),
        (as_csv([wage(number) for number in range(1, 50)]) + b'"never closed', "truncated_file"),
    ],
)
def test_unreadable_file_is_rejected_and_leaves_nothing(settings, content, code):
    upload = run(receive(make_furnisher(), content), rows=10)
    assert (upload.status, upload.error_code) == ("rejected", code)
    assert rejection_of(upload).cure
    assert (upload.file_key, upload.mapping, nothing_is_kept(), staged(settings)) == (None, None, {}, [])
    reasons = LedgerEntry.objects.filter(organisation=upload.organisation_id).values_list("event", flat=True)
    wanted = [Event.UPLOAD_RECEIVED, Event.UPLOAD_FINISHED, Event.STAGED_FILE_DESTROYED]
    assert [event for event in reasons.order_by("id") if event in wanted] == wanted


def test_values_of_a_forbidden_column_stand_nowhere(settings):
    upload = run(receive(make_furnisher(), as_csv(FORBIDDEN)))
    assert rejection_of(upload).context == {"column": "宗教信仰", "group": "religion"}
    assert "佛教" not in str(Upload.objects.values())


def test_ragged_row_is_refused_and_the_others_go_on(settings):
    content = as_csv([wage(1), wage(2), wage(3)]).decode().splitlines()
    content[2] = content[2].rsplit(",", 3)[0]
    upload = run(receive(make_furnisher(), "\n".join(content).encode()))
    assert outcomes(upload) == {
        1: ("accepted", []),
        2: ("refused", [("ragged_row", "")]),
        3: ("accepted", []),
    }
    assert (upload.status, Record.objects.count()) == ("done_with_errors", 2)


def test_row_without_consent_leaves_nothing(settings):
    upload = ingest(make_furnisher(), [wage(1, signed=False)])
    assert outcomes(upload) == {1: ("refused", [("consent_missing", "")])}
    assert nothing_is_kept() == {"Chunk": 1}
    assert Chunk.objects.get().file_key is None
    assert len(staged(settings)) == 1  # the file itself, sealed, until its result is fetched


def test_unknown_reference_is_refused():
    upload = ingest(make_furnisher(), [wage(1, signed=False, consent_reference="SQ-9")])
    assert outcomes(upload) == {1: ("refused", [("consent_missing", "consent_reference")])}


def test_income_needs_separate_consent():
    upload = ingest(make_furnisher(), [wage(1) | {"consent_separate": ""}])
    assert outcomes(upload) == {1: ("refused", [("separate_consent_missing", "consent_separate")])}
    assert nothing_is_kept() == {"Chunk": 1}


def test_evidence_that_has_ended_is_no_consent():
    yesterday = (timezone.localdate() - timedelta(days=1)).isoformat()
    upload = ingest(make_furnisher(), [wage(1, consent_until=yesterday)])
    assert outcomes(upload) == {1: ("refused", [("consent_withdrawn", "consent_until")])}
    assert nothing_is_kept() == {"Chunk": 1}


def test_every_fault_of_a_row_is_told():
    upload = ingest(make_furnisher(), [wage(1) | {"month": "never", "gross": "much", "mobile": "1"}])
    assert outcomes(upload)[1] == (
        "refused",
        [("mobile_format", "mobile"), ("month_format", "month"), ("amount_format", "gross")],
    )


def test_expired_licence_is_refused(machine, make_machine):
    today = timezone.localdate()
    late = make_machine(
        "employer", valid_from=today - timedelta(days=90), valid_until=today - timedelta(days=1)
    )
    answer = late.send(as_csv([wage(1)]))
    assert (answer.status_code, answer.json()["code"]) == (403, "licence_required")
    assert (Upload.objects.count(), nothing_is_kept()) == (0, {})


def test_licence_that_ends_under_way_refuses_what_is_left():
    employer = make_furnisher()
    upload = receive(employer, as_csv([wage(1)]))
    Licence.objects.update(status=Licence.Status.SUSPENDED)
    assert (run(upload).status, upload.error_code) == ("rejected", "licence_ended")


def test_category_outside_the_licence_is_refused():
    employer = make_furnisher(licensed=False)
    from tests.factories.organisations import make_furnisher_licence

    make_furnisher_licence(employer.pk, categories=["employment"])
    upload = ingest(employer, [wage(1)])
    assert (upload.status, upload.error_code) == ("rejected", "category_not_licensed")


def test_type_of_another_kind_of_furnisher_is_refused():
    upload = ingest(make_furnisher("utility"), [wage(1)])
    assert (upload.status, upload.error_code) == ("rejected", "record_type_not_yours")


def test_reference_of_another_person_is_refused():
    employer = make_furnisher()
    ingest(employer, [wage(1)])
    upload = ingest(employer, [wage(2) | evidence(1, separate="yes")])
    assert outcomes(upload) == {1: ("refused", [("identity_mismatch", "consent_reference")])}
    assert Resident.objects.count() == 1


def test_wrong_check_character_follows_the_licence():
    from registry.accounts import licences

    employer = make_furnisher()
    number = wage(1)["id_number"]
    wrong = wage(1) | {"id_number": number[:-1] + ("1" if number[-1] != "1" else "2")}
    assert outcomes(ingest(employer, [wrong])) == {1: ("refused", [("id_number_check", "id_number")])}
    licences.set_number_policy(
        licence=Licence.objects.get().pk, policy="accept_with_warning", by="system:test", at=timezone.now()
    )
    upload = ingest(employer, [wrong])
    assert (upload.accepted, upload.results.get().warnings) == (1, [["id_number_check", "id_number"]])


def test_employment_needs_no_separate_consent():
    upload = ingest(make_furnisher(), [employment(1)], type="employment")
    assert outcomes(upload) == {1: ("accepted", [])}


def as_workbook(kind, rows):
    columns = list(dict.fromkeys(key for row in rows for key in row))
    table = [columns, *([row.get(column, "") for column in columns] for row in rows)]
    return {"xls": xls, "xlsx": workbook, "ods": lambda cells: ods(ods_table(cells))}[kind](table)


@pytest.mark.parametrize("kind", ["xls", "ods", "xlsx"])
def test_number_that_a_spreadsheet_damaged_is_named_and_links_nobody(kind):
    rows = [wage(1) | {"id_number": 110105194912310021.0}, wage(2)]
    upload = run(receive(make_furnisher(), as_workbook(kind, rows), filename="wages.csv"))
    assert (upload.format, outcomes(upload)) == (
        kind,
        {1: ("refused", [("id_number_damaged", "id_number")]), 2: ("accepted", [])},
    )
    assert Resident.objects.count() == 1


@pytest.mark.parametrize(
    ("encoding", "script"),
    [("utf-8-sig", "s2s"), ("gb18030", "s2s"), ("big5", "s2t"), ("utf-16", "s2s"), ("utf-16-le", "s2s")],
)
def test_file_in_every_encoding_is_taken_in(encoding, script):
    text = as_csv([wage(1), wage(2)]).decode()
    content = (opencc.OpenCC("s2t").convert(text) if script == "s2t" else text).encode(encoding)
    assert outcomes(run(receive(make_furnisher(), content))) == {1: ("accepted", []), 2: ("accepted", [])}


@pytest.mark.parametrize(
    ("field", "cell", "code"),
    [
        ("gross", "#REF!", "cell_error"),
        ("paid_on", "#N/A", "cell_error"),
        ("gross", "=SUM(A1:A9)", "cell_formula"),
        ("name", "=cmd|'/C calc'!A0", "cell_formula"),
        ("gross", "1E+15", "number_damaged"),
        ("gross", "99999999999", "amount_absurd"),
        ("month", "2199-13", "month_format"),
        ("month", "1066-10", "date_absurd"),
        ("paid_on", "2026-02-30", "date_impossible"),
        ("paid_on", "9999-01-01", "date_absurd"),
        ("name", "\u202e13800138000", "name_format"),
        ("name", "张\x07伟", "name_format"),
    ],
)
def test_absurd_or_hostile_cell_refuses_its_row_and_names_the_column(field, cell, code):
    upload = ingest(make_furnisher(), [wage(1) | {field: cell}])
    assert outcomes(upload) == {1: ("refused", [(code, field)])}
    assert example_of(code, field)


def test_unseen_marks_in_a_name_make_no_other_person():
    employer = make_furnisher()
    row = wage(1)
    ingest(employer, [row])
    name = "\u202a" + "\u200b".join(row["name"]) + "\ufeff\u202c"
    assert outcomes(ingest(employer, [row | {"name": name}])) == {1: ("unchanged", [])}


def test_error_of_a_file_says_in_which_line_it_shows():
    content = as_csv([wage(1), wage(2)]).replace(b"SQ", b"\xff\xff\x81")
    rejected = rejection_of(run(receive(make_furnisher(), content)))
    assert (rejected.code, rejected.context["line"]) == ("encoding_broken", 2)
    assert "2" in rejected.sentence
