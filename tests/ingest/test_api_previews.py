"""Held files by REST: columns, problems and codes, never a cell; choices, a dry run and the go-ahead."""

import json

import pytest

from ingest.models import RememberedMapping, Upload
from ingest.services.previews import preview_of
from tests.factories.previews import held, peeked, tried, upload_of
from tests.factories.uploads import as_csv, run, wage

pytestmark = pytest.mark.django_db


def path(upload, rest="preview"):
    return f"/api/v1/uploads/{upload.id}/{rest}"


def put(machine, upload, body):
    return machine.client.put(
        path(upload, "choices"), json.dumps(body), content_type="application/json", headers=machine.headers
    )


def one(machine, *rows, **options):
    return held(machine.organisation, as_csv(rows or [wage(1), wage(2, month="March")]), **options)


def test_preview_names_columns_and_codes_and_no_cell(machine):
    answer = machine.get(path(one(machine)))
    seen = answer.json()
    assert (seen["type"], seen["found"]["encoding"], seen["problems"]) == ("wage", "utf-8", [])
    assert seen["columns"][0] == {
        "place": 0,
        "name": "name",
        "field": "name",
        "matched": "name",
        "sure": 100,
    }
    assert (seen["sample"]["rows"], seen["sample"]["refused"]) == (2, 1)
    assert [each["row"] for each in seen["sample"]["errors"]] == [2]
    assert seen["sample"]["errors"][0]["errors"][0]["code"] == "month_format"
    for fault in seen["sample"]["errors"][0]["errors"]:
        assert fault.pop("example")  # a right value of the catalogue's, which may be like one of theirs
    assert [value for value in (*wage(1).values(), "March") if f'"{value}"' in json.dumps(seen)] == []
    assert answer["Cache-Control"] == "no-store"


def test_upload_says_that_it_waits(machine):
    upload = one(machine)
    told = machine.get(f"/api/v1/uploads/{upload.id}").json()
    assert (told["state"], told["awaiting"], told["trial"]) == ("previewed", True, None)


def test_field_is_chosen_by_the_columns_place(machine):
    upload = one(machine, {"姓名": "张伟", "月份": "2026-03", "甲": "1.00"}, type="wage")
    assert put(machine, upload, {"fields": {"2": "gross"}}).status_code == 202
    assert preview_of(upload_of(upload.id)).mapping.fields == ("name", "month", "gross")


def test_chosen_reading_goes_back_to_a_worker(machine, django_capture_on_commit_callbacks):
    upload = one(machine)
    with django_capture_on_commit_callbacks() as callbacks:
        answer = put(machine, upload, {"encoding": "gb18030", "header_row": 1})
    assert (answer.status_code, answer.json()["state"], len(callbacks)) == (202, "parsing", 1)
    assert preview_of(peeked(upload_of(upload.id))).choices.encoding == "gb18030"


@pytest.mark.parametrize(
    "body",
    [
        [],
        {"horoscope": "x"},
        {"encoding": 7},
        {"header_row": "first"},
        {"fields": ["name"]},
        {"fields": {"x": "name"}},
        {"fields": {"0": "horoscope"}},
        {"type": "horoscope"},
        {"delimiter": "abc"},
    ],
)
def test_choice_that_makes_no_sense_is_refused(machine, body):
    upload = one(machine)
    assert put(machine, upload, body).status_code == 422
    assert upload_of(upload.id).choices is None


def test_dry_run_is_told_with_the_upload(machine, django_capture_on_commit_callbacks):
    upload = one(machine)
    with django_capture_on_commit_callbacks() as callbacks:
        answer = machine.post(path(upload, "trial"), {})
    assert (answer.status_code, answer.json()["trial"]["state"], len(callbacks)) == (202, "running", 1)
    assert put(machine, upload, {"encoding": "gb18030"}).json()["code"] == "trial_running"
    Upload.objects.filter(id=upload.id).update(trial="")
    tried(upload)
    told = machine.get(f"/api/v1/uploads/{upload.id}").json()["trial"]
    assert (told["state"], told["rows"], told["counts"]["refused"]) == ("done", 2, 1)
    rows = machine.get(path(upload, "rows")).json()["rows"]
    assert [(row["row"], row["outcome"]) for row in rows] == [(2, "refused")]


def test_confirmed_file_goes_in_and_is_remembered(machine, django_capture_on_commit_callbacks):
    upload = one(machine, wage(1), wage(2))
    with django_capture_on_commit_callbacks() as callbacks:
        answer = machine.post(path(upload, "confirm"), {})
    assert (answer.status_code, answer.json()["state"], len(callbacks)) == (202, "parsing", 1)
    done = run(upload_of(upload.id))
    assert (done.status, done.accepted, RememberedMapping.objects.count()) == ("done", 2, 1)
    assert machine.get(path(upload)).json()["code"] == "not_previewed"
    assert machine.post(path(upload, "confirm"), {}).status_code == 409


def test_what_is_remembered_is_forgotten(machine):
    machine.post(path(one(machine, wage(1)), "confirm"), {})
    upload = one(machine, wage(2))
    assert machine.get(path(upload)).json()["as_last_time"]
    assert machine.delete(path(upload, "choices")).status_code == 202
    assert RememberedMapping.objects.count() == 0


def test_unusable_preview_is_not_confirmed(machine):
    upload = one(machine, {"姓名": "张伟", "应发工资": "1"}, type="wage")
    answer = machine.post(path(upload, "confirm"), {})
    assert (answer.status_code, answer.json()["code"]) == (422, "columns_missing")


def test_another_organisations_file_is_not_there(machine, make_machine):
    upload = one(machine)
    other = make_machine()
    answers = [other.get(path(upload)), put(other, upload, {}), other.delete(path(upload, "choices"))]
    answers += [other.post(path(upload, deed), {}) for deed in ("trial", "confirm")]
    assert {answer.status_code for answer in answers} == {404}


def test_key_without_the_scope_is_refused(machine, make_machine):
    weak = make_machine("employer", "records")
    assert weak.get(path(one(machine))).status_code == 403
