"""A furnisher takes back a file or single records, by the API: what it answers, and what is left."""

from datetime import timedelta
from uuid import uuid4

import pytest
from django.utils import timezone

from ingest.models import Upload
from registry import profiles
from registry.accounts import licences
from registry.models import Identity, LedgerEntry, Record, Resident
from tests.factories import residents as make
from tests.factories.organisations import BY, make_furnisher, make_person, signed_in
from tests.factories.uploads import as_csv, ingest, outcomes, person, wage

pytestmark = pytest.mark.django_db


def undo(machine, upload):
    return machine.post(f"/api/v1/uploads/{upload}/undo", {})


def retract(machine, *records, type="wage", **more):
    return machine.post("/api/v1/records:retract", {"type": type, "records": list(records)} | more)


def results(answer):
    return [
        (one["outcome"], [(fault["code"], fault["field"]) for fault in one["errors"]])
        for one in answer.json()["results"]
    ]


def statuses():
    return sorted(Record.objects.values_list("status", flat=True))


class TestUndo:
    def test_files_records_go_and_what_they_replaced_is_in_force_again(self, machine):
        ingest(machine.organisation, [wage(1)])
        upload = ingest(machine.organisation, [wage(1, gross="9.00"), wage(2)])
        answer = undo(machine, upload.id)
        assert (answer.status_code, answer.json()) == (
            200,
            {
                "upload": str(upload.id),
                "withdrawn": 2,
                "restored": 1,
                "kept_as_history": 0,
                "stays": {"disputed": 0, "superseded": 0},
            },
        )
        assert statuses() == ["active", "withdrawn", "withdrawn"]
        upload.refresh_from_db()
        assert (upload.status, upload.undone_by.partition(":")[0]) == ("done", "api_key")
        assert LedgerEntry.objects.filter(event="upload_undone").count() == 1

    def test_same_file_can_be_sent_again_as_a_new_one(self, machine):
        upload = ingest(machine.organisation, [wage(1)])
        undo(machine, upload.id)
        again = ingest(machine.organisation, [wage(1)])
        assert again.id != upload.id
        assert outcomes(again) == {1: ("accepted", [])}

    def test_second_time_is_refused(self, machine):
        upload = ingest(machine.organisation, [wage(1)])
        undo(machine, upload.id)
        answer = undo(machine, upload.id)
        assert (answer.status_code, answer.json()["code"]) == (409, "nothing_to_undo")

    def test_upload_that_is_under_way_is_refused(self, machine):
        upload = ingest(machine.organisation, [wage(1)])
        Upload.objects.update(status="processing")
        assert undo(machine, upload.id).status_code == 409
        assert statuses() == ["active"]

    def test_another_organisations_upload_is_not_there(self, machine):
        upload = ingest(make_furnisher(), [wage(1)])
        assert undo(machine, upload.id).status_code == 404
        assert statuses() == ["active"]


class TestRetract:
    def test_record_is_found_by_the_person_and_its_natural_key(self, machine):
        ingest(machine.organisation, [wage(1), wage(1, month="2026-04"), wage(2)])
        answer = retract(machine, person(1) | {"month": "2026-04"})
        assert (answer.status_code, results(answer)) == (200, [("retracted", [])])
        assert list(Record.objects.filter(status="withdrawn").values_list("period", flat=True)) == ["2026-04"]

    def test_record_is_found_by_its_row(self, machine):
        upload = ingest(machine.organisation, [wage(1), wage(2)])
        assert results(retract(machine, {"upload": str(upload.id), "row": 2})) == [("retracted", [])]
        assert Record.objects.get(status="withdrawn").row == 2

    def test_each_has_an_outcome_of_its_own(self, machine):
        upload = ingest(machine.organisation, [wage(1)])
        answer = retract(
            machine,
            person(9) | {"month": "2026-03"},
            person(1) | {"month": "2026-05"},
            person(1) | {"month": "soon"},
            {"name": "某人"},
            {"upload": str(uuid4()), "row": 1},
            {"upload": str(upload.id), "row": 1, "month": "2026-03"},
            person(1) | {"month": "2026-03"},
        )
        assert results(answer) == [
            ("refused", [("record_not_found", "")]),
            ("refused", [("record_not_found", "")]),
            ("refused", [("month_format", "month")]),
            ("refused", [("required", "month"), ("identity_insufficient", "id_number")]),
            ("refused", [("record_not_found", "")]),
            ("refused", [("json_unknown_key", "")]),
            ("retracted", []),
        ]

    def test_disputed_record_stays(self, machine):
        ingest(machine.organisation, [wage(1)])
        Record.objects.update(status="disputed")
        answer = retract(machine, person(1) | {"month": "2026-03"})
        assert results(answer) == [("refused", [("record_disputed", "")])]

    def test_another_organisations_record_is_not_found(self, machine):
        ingest(make_furnisher(), [wage(1)])
        assert results(retract(machine, person(1) | {"month": "2026-03"})) == [
            ("refused", [("record_not_found", "")])
        ]
        assert statuses() == ["active"]

    def test_stranger_is_not_kept(self, machine):
        retract(machine, person(9) | {"month": "2026-03"})
        assert (Identity.objects.count(), Resident.objects.count()) == (0, 0)

    def test_unknown_reason_is_refused(self, machine):
        answer = retract(machine, person(1) | {"month": "2026-03"}, reason="because")
        assert (answer.status_code, answer.json()["code"]) == (422, "invalid_request")

    def test_reason_stands_in_the_ledger(self, machine):
        ingest(machine.organisation, [wage(1)])
        retract(machine, person(1) | {"month": "2026-03"}, reason="wrong_person")
        assert '"reason":"wrong_person"' in LedgerEntry.objects.get(event="records_retracted").body


@pytest.mark.parametrize("step", [licences.suspend, licences.end])
def test_licence_that_is_over_keeps_nobody_from_taking_back(machine, step):
    upload = ingest(machine.organisation, [wage(1), wage(2)])
    licence = machine.organisation.licences.get()
    step(licence=licence.pk, reason="own_wish", by=BY, at=timezone.now())
    assert machine.send(as_csv([wage(3)])).json()["code"] == "licence_required"
    assert results(retract(machine, person(1) | {"month": "2026-03"})) == [("retracted", [])]
    browser = signed_in(make_person("clerk", machine.organisation.pk))
    assert browser.get(f"/desk/uploads/{upload.pk}/undo").status_code == 200
    assert undo(machine, upload.pk).json()["withdrawn"] == 1
    assert statuses() == ["withdrawn", "withdrawn"]


def test_older_file_changes_nothing_and_says_so(machine):
    now = timezone.now()
    ingest(machine.organisation, [wage(1, gross="9002.00"), wage(2)], as_of=now - timedelta(days=1))
    older = ingest(machine.organisation, [wage(1, gross="9001.00"), wage(2)], as_of=now - timedelta(days=2))
    assert outcomes(older) == {1: ("unchanged", []), 2: ("unchanged", [])}
    rows = machine.get(f"/api/v1/uploads/{older.id}/rows?outcome=unchanged").json()["rows"]
    assert [[each["code"] for each in row["warnings"]] for row in rows] == [["newer_on_file"], []]
    assert statuses() == ["active", "active"]


def test_file_of_the_same_moment_corrects(machine):
    at = timezone.now() - timedelta(days=1)
    ingest(machine.organisation, [wage(1, gross="2.00")], as_of=at)
    assert outcomes(ingest(machine.organisation, [wage(1, gross="1.00")], as_of=at)) == {1: ("corrected", [])}


def test_file_that_says_the_same_again_makes_it_as_fresh(machine):
    """January says 1, March says 1 as well: February, which says 2 and comes late, must not win."""
    now = timezone.now()
    for days, gross in ((90, "1.00"), (30, "1.00")):
        ingest(machine.organisation, [wage(1, gross=gross), wage(days)], as_of=now - timedelta(days=days))
    late = ingest(machine.organisation, [wage(1, gross="2.00")], as_of=now - timedelta(days=60))
    assert outcomes(late) == {1: ("unchanged", [])}


def test_row_of_an_earlier_chunk_does_not_win_over_a_later_one_that_said_the_same(machine):
    """Chunk by chunk in the wrong order: what the file says last stands, though it was on file already."""
    organisation = machine.organisation.id
    who, upload = make.make_resident(1, organisation=organisation), uuid4()
    make.store(make.bill(who, "2026-01", "1.00", row=3), organisation=organisation, upload=upload)
    make.store(make.bill(who, "2026-01", "1.00", row=9000), organisation=organisation, upload=upload)
    (between,) = make.store(
        make.bill(who, "2026-01", "2.00", row=5000), organisation=organisation, upload=upload
    )
    assert between == profiles.Stored(Record.objects.get().id, "unchanged")
