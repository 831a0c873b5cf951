"""Uploads by REST: taken in, watched, read row by row, fetched."""

import io

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from ingest.models import Upload
from registry.models import Record
from tests.factories.uploads import as_csv, as_ndjson, as_xlsx, run, wage

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"

pytestmark = pytest.mark.django_db


def finished(machine, content, *args, **headers):
    answer = machine.send(content, *args, **headers)
    assert answer.status_code == 202, answer.content
    run(Upload.objects.get(id=answer.json()["id"]))
    return answer["Location"]


def test_upload_is_accepted_with_its_address(machine):
    answer = machine.send(as_csv([wage(1)]))
    assert (answer.status_code, answer.json()["state"]) == (202, "received")
    assert answer["Location"] == f"/api/v1/uploads/{answer.json()['id']}"


class BrokenLine(io.BytesIO):
    """A body that breaks off after its first bytes."""

    def read(self, size=-1, /):
        if given := super().read(size):
            return given
        raise OSError


@pytest.mark.parametrize(
    ("content_type", "first"),
    [
        ("text/csv", b"name,id_number\n"),
        (
            "multipart/form-data; boundary=x",
            b'--x\r\nContent-Disposition: form-data; name="file"; filename="a"\r\n',
        ),
    ],
)
def test_line_that_breaks_is_told_and_nothing_is_kept(machine, content_type, first):
    line = {"wsgi.input": BrokenLine(first), "CONTENT_LENGTH": "5000"}
    answer = machine.client.post(
        "/api/v1/uploads", b"", content_type=content_type, headers=machine.headers, **line
    )
    assert (answer.status_code, answer.json()["code"]) == (400, "broken_off")
    assert Upload.objects.count() == 0


@pytest.mark.parametrize(
    ("content", "content_type", "kind"),
    [
        (as_csv([wage(1), wage(2)]), "text/csv", "csv"),
        (as_csv([wage(1), wage(2)], "gb18030", ";"), "text/csv", "csv"),
        (as_ndjson([wage(1), wage(2)]), "application/x-ndjson", "ndjson"),
        (as_xlsx([wage(1), wage(2)]), XLSX, "xlsx"),
    ],
)
def test_every_format_ends_as_records(machine, content, content_type, kind):
    told = machine.get(finished(machine, content, content_type)).json()
    assert (told["state"], told["format"], told["type"], told["progress"]) == ("done", kind, "wage", 1.0)
    assert told["counts"] == {
        "accepted": 2,
        "unchanged": 0,
        "corrected": 0,
        "held_for_review": 0,
        "refused": 0,
    }
    assert Record.objects.count() == 2


def test_form_and_body_are_the_same_upload(machine):
    content = as_csv([wage(1)])
    first, second = machine.send_form("三月工资.csv", content), machine.send(content)
    assert first.json()["name"] == "三月工资.csv"
    assert first.json()["id"] == second.json()["id"]


def test_type_is_the_one_named_in_the_header_or_the_form(machine):
    assert machine.send(as_csv([wage(1)])).json()["type"] is None
    assert machine.send(as_csv([wage(2)]), Upload_Type="wage").json()["type"] == "wage"
    form = {"file": SimpleUploadedFile("a.csv", as_csv([wage(3)])), "type": "wage"}
    assert machine.client.post("/api/v1/uploads", form, headers=machine.headers).json()["type"] == "wage"
    answer = machine.send(as_csv([wage(4)]), Upload_Type="nothing")
    assert (answer.status_code, answer.json()["code"]) == (422, "record_type_unknown")
    assert Upload.objects.count() == 3


def test_large_form_is_never_written_readably(machine, settings):
    settings.FILE_UPLOAD_MAX_MEMORY_SIZE = 10
    content = as_csv([wage(number) for number in range(1, 40)])
    told = machine.send_form("a.csv", content)
    upload = run(Upload.objects.get(id=told.json()["id"]))
    assert (upload.bytes, upload.status, upload.accepted) == (len(content), "done", 39)


def test_same_key_with_the_same_file_is_the_same_upload(machine):
    content = as_csv([wage(1, signed=False)])
    first = finished(machine, content, Idempotency_Key="k-1")
    assert machine.send(content, Idempotency_Key="k-1")["Location"] == first


def test_same_key_with_another_file_is_refused(machine):
    machine.send(as_csv([wage(1)]), Idempotency_Key="k-1")
    answer = machine.send(as_csv([wage(2)]), Idempotency_Key="k-1")
    assert (answer.status_code, answer.json()["code"]) == (422, "idempotency_key_reused")
    assert Upload.objects.count() == 1


def test_file_with_refused_rows_may_be_sent_again(machine):
    content = as_csv([wage(1, signed=False)])
    assert finished(machine, content) != finished(machine, content)


def test_rows_are_paged_and_hold_no_values(machine):
    rows = [wage(1, signed=False), wage(2), wage(3, signed=False) | {"month": "never"}, wage(4, signed=False)]
    path = finished(machine, as_csv(rows))
    first = machine.get(f"{path}/rows?outcome=refused&limit=2").json()
    assert [(row["row"], row["outcome"]) for row in first["rows"]] == [(1, "refused"), (3, "refused")]
    assert first["rows"][1]["errors"] == [
        {
            "code": "month_format",
            "field": "month",
            "detail": "This is not a month.",
            "cure": "Write year and month.",
            "example": "2026-03",
        }
    ]
    second = machine.get(f"{path}/rows?outcome=refused&limit=2&cursor={first['next_cursor']}").json()
    assert ([row["row"] for row in second["rows"]], second["next_cursor"]) == ([4], None)


@pytest.mark.parametrize("query", ["outcome=nothing", "cursor=x", "limit=0", "limit=1001", "cursor=-1"])
def test_rows_refuse_odd_parameters(machine, query):
    path = finished(machine, as_csv([wage(1)]))
    answer = machine.get(f"{path}/rows?{query}")
    assert (answer.status_code, answer.json()["code"]) == (422, "invalid_request")


def test_result_is_the_own_file_with_reasons_and_then_the_file_is_gone(machine):
    rows = [wage(1), wage(2, signed=False)]
    path = finished(machine, as_csv(rows, "gb18030", ";"))
    answer = machine.get(f"{path}/result", Accept="text/csv")
    lines = b"".join(answer.streaming_content).decode("gb18030").splitlines()
    assert (
        lines[0] == as_csv(rows, delimiter=";").decode().splitlines()[0] + ";Registry outcome;Registry reason"
    )
    assert lines[1] == as_csv(rows, delimiter=";").decode().splitlines()[1] + ";Accepted;"
    assert lines[2].startswith(as_csv(rows, delimiter=";").decode().splitlines()[2] + ";Refused;")
    again = b"".join(machine.get(f"{path}/result").streaming_content).decode("utf-8-sig").splitlines()
    assert again[0] == "Row,Registry outcome,Registry reason"
    assert again[1].startswith("2,Refused,")
    assert Upload.objects.get().file_key is None


def test_result_of_an_unfinished_upload_is_not_ready(machine):
    path = machine.send(as_csv([wage(1)]))["Location"]
    answer = machine.get(f"{path}/result")
    assert (answer.status_code, answer.json()["code"]) == (409, "result_not_ready")


def test_another_organisations_upload_is_not_there(machine, make_machine):
    path = finished(machine, as_csv([wage(1)]))
    stranger = make_machine()
    answers = [stranger.get(path), stranger.get(f"{path}/rows"), stranger.get(f"{path}/result")]
    assert [answer.status_code for answer in [*answers, stranger.delete(path)]] == [404] * 4


def test_cancelled_upload_leaves_nothing_to_do(machine):
    path = machine.send(as_csv([wage(1)]))["Location"]
    assert machine.delete(path).json()["state"] == "cancelled"
    run(Upload.objects.get())
    assert (Upload.objects.get().status, Record.objects.count()) == ("cancelled", 0)
    assert machine.delete(path).status_code == 409


def test_stranger_is_told_how_to_sign_in():
    answer = Client().post("/api/v1/uploads", b"a,b\n", content_type="text/csv")
    assert (answer.status_code, answer["Content-Type"]) == (401, "application/problem+json")
    assert (answer["WWW-Authenticate"], answer.json()["code"]) == ('Bearer realm="juxin"', "api_key_required")


def test_key_for_something_else_is_refused(make_machine):
    answer = make_machine("employer", "consents").send(as_csv([wage(1)]))
    assert (answer.status_code, answer.json()["code"]) == (403, "scope_missing")


def test_two_files_in_one_form_are_refused(machine):
    from django.core.files.uploadedfile import SimpleUploadedFile

    form = {"a": SimpleUploadedFile("a.csv", b"a,b\n1,2\n"), "b": SimpleUploadedFile("b.csv", b"a,b\n1,2\n")}
    answer = machine.client.post("/api/v1/uploads", form, headers=machine.headers)
    assert answer.status_code == 422


def test_file_over_the_limit_is_refused_and_leaves_nothing(machine, settings):
    settings.UPLOAD_MAX_BYTES = 100
    answer = machine.send(as_csv([wage(1)]))
    assert (answer.status_code, answer.json()["code"]) == (413, "too_large")
    assert Upload.objects.count() == 0
