"""Files in pieces that end, wait too long, are refused, or find no room."""

from datetime import timedelta

import pytest
from django.utils import timezone

from ingest import queries, services
from ingest.models import Incoming, IncomingPart, Upload
from ingest.services import room
from registry import staging
from registry.accounts import licences
from registry.models import LedgerEntry
from tests.factories.organisations import BY as OPERATOR
from tests.factories.tus import CONTENT, bring, call, code, create, metadata, on_disk
from tests.factories.uploads import BY, as_csv, run, wage

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def folder(settings, tmp_path):
    settings.STAGING_DIR = str(tmp_path / "staging")
    return tmp_path / "staging"


def test_termination_destroys_what_has_come(machine, folder, django_capture_on_commit_callbacks):
    path = create(machine)["Location"]
    bring(machine, path, CONTENT[:50], 0)
    with django_capture_on_commit_callbacks(execute=True):
        assert call(machine, "delete", path).status_code == 204
    assert (on_disk(folder), IncomingPart.objects.count()) == ([], 0)
    assert code(bring(machine, path, CONTENT[50:], 50)) == (410, "upload_gone")
    assert call(machine, "head", path).status_code == 410
    entry = LedgerEntry.objects.get(event="staged_file_destroyed")
    assert ('"bytes":50' in entry.body, '"reason":"cancelled"' in entry.body) == (True, True)


def test_plain_delete_stops_it_too(machine):
    path = create(machine)["Location"]
    answer = machine.delete(path)
    assert (answer.status_code, answer.json()["state"]) == (200, "cancelled")


def test_termination_of_a_finished_one_stops_the_upload(machine):
    path = create(machine, body=CONTENT)["Location"]
    assert call(machine, "delete", path).status_code == 204
    assert Upload.objects.get().status == "cancelled"


def test_file_that_waited_too_long_is_gone(machine, folder, django_capture_on_commit_callbacks):
    path = create(machine)["Location"]
    bring(machine, path, CONTENT[:50], 0)
    for hours, state in ((23, "receiving"), (25, "expired")):
        with django_capture_on_commit_callbacks(execute=True):
            services.tidy(by=BY, clock=lambda hours=hours: timezone.now() + timedelta(hours=hours))
        assert Incoming.objects.get().state == state
    assert on_disk(folder) == []
    assert code(bring(machine, path, CONTENT[50:], 50)) == (410, "upload_gone")
    services.tidy(by=BY, clock=lambda: timezone.now() + timedelta(days=9))
    assert call(machine, "head", path).status_code == 404


def test_landing_that_a_crash_cut_off_is_made_up_for(machine):
    path = create(machine)["Location"]
    bring(machine, path, CONTENT[:-1], 0)
    incoming = Incoming.objects.get()
    with staging.create(
        file=(part := IncomingPart(incoming=incoming, offset=len(CONTENT) - 1)).file
    ) as staged:
        staged.write(CONTENT[-1:])
    part.size, part.file_key = 1, staged.wrapped
    part.save()
    Incoming.objects.update(offset=len(CONTENT), state="arrived")
    assert services.tidy(by=BY, clock=timezone.now) == [incoming.id]
    assert run(Upload.objects.get()).status == "done"
    assert services.tidy(by=BY, clock=timezone.now) == []


def test_same_key_gives_the_same_place(machine):
    first = create(machine, Idempotency_Key="k")
    bring(machine, first["Location"], CONTENT[:50], 0)
    again = create(machine, Idempotency_Key="k")
    assert (again["Location"], again["Upload-Offset"]) == (first["Location"], "50")
    assert code(create(machine, length=5, Idempotency_Key="k")) == (422, "idempotency_key_reused")


def test_key_of_another_file_is_refused_once_the_content_is_known(machine, folder):
    machine.send(as_csv([wage(9)]), Idempotency_Key="k")
    path = create(machine, Idempotency_Key="k")["Location"]
    assert code(bring(machine, path, CONTENT, 0)) == (422, "idempotency_key_reused")
    assert (Upload.objects.count(), IncomingPart.objects.count()) == (1, 0)
    assert machine.get(path).json()["error"] == {"code": "idempotency_key_reused"}


def test_content_that_is_here_already_is_that_upload(machine):
    known = machine.send(CONTENT)["Location"]
    path = create(machine, body=CONTENT)["Location"]
    assert path != known
    assert machine.get(path).json()["links"]["self"] == known
    assert Upload.objects.count() == 1


def test_without_a_licence_nothing_begins_and_nothing_goes_on(machine):
    path = create(machine)["Location"]
    licence = licences.furnisher_licence(organisation=machine.organisation.pk, at=timezone.now())
    licences.suspend(licence=licence.pk, reason="breach", by=OPERATOR, at=timezone.now())
    assert code(create(machine)) == (403, "licence_required")
    assert code(bring(machine, path, CONTENT, 0)) == (403, "licence_required")
    assert (Incoming.objects.count(), IncomingPart.objects.count()) == (1, 0)


def test_unknown_record_type_is_refused_before_the_first_byte(machine):
    answer = create(machine, Upload_Metadata=metadata(type="horoscope"))
    assert code(answer) == (422, "record_type_unknown")


def test_content_type_in_the_place_of_a_record_type_is_understood(machine):
    create(machine, body=CONTENT, Upload_Metadata=metadata(name="a.csv", type="text/csv"))
    upload = Upload.objects.get()
    assert (upload.type, upload.content_type, queries.name_of(upload)) == ("", "text/csv", "a.csv")


def test_hold_and_day_are_passed_on(machine):
    create(machine, body=CONTENT, Upload_Hold="true", Upload_As_Of="2026-03-31")
    upload = Upload.objects.get()
    assert (upload.hold, timezone.localdate(upload.as_of).isoformat()) == (True, "2026-03-31")


@pytest.mark.parametrize(
    "day",
    ["2999-01-01", "soon", "2026-13-01", "2026-03-31T10:00:00", "1969-12-31", "0001-01-01T00:00:00+14:00"],
)
def test_day_that_cannot_be_is_refused(machine, day):
    assert code(create(machine, Upload_As_Of=day)) == (422, "invalid_request")
    assert code(machine.send(CONTENT, Upload_As_Of=day)) == (422, "invalid_request")


def test_one_organisation_has_only_so_much_room(machine, make_machine, settings):
    largest = settings.UPLOAD_MAX_BYTES
    for _ in range(room.FILES):
        assert create(machine, length=largest).status_code == 201
    assert code(create(machine, length=1)) == (507, "staging_full")
    assert code(machine.send(CONTENT)) == (507, "staging_full")
    assert create(make_machine(), length=largest).status_code == 201


def test_only_so_many_files_are_on_their_way(machine, monkeypatch):
    monkeypatch.setattr(room, "MOST_OPEN", 2)
    named = {"Idempotency_Key": "a"}
    assert [create(machine, **named).status_code, create(machine).status_code] == [201, 201]
    assert code(create(machine)) == (507, "staging_full")
    assert create(machine, **named).status_code == 201


def test_held_file_takes_its_room(machine, settings):
    settings.UPLOAD_MAX_BYTES = len(CONTENT)
    for number in range(room.FILES):
        assert machine.send(CONTENT[:-1] + str(number).encode(), Upload_Hold="true").status_code == 202
    assert code(machine.send(CONTENT)) == (507, "staging_full")


def test_another_organisations_file_is_not_there(machine, make_machine):
    path = create(machine)["Location"]
    stranger = make_machine()
    answers = [call(stranger, method, path) for method in ("head", "delete")]
    answers += [bring(stranger, path, CONTENT, 0), stranger.get(path), stranger.delete(path)]
    assert [answer.status_code for answer in answers] == [404] * 5


def test_empty_file_is_an_upload_that_is_refused_when_read(machine):
    assert create(machine, length=0).status_code == 201
    assert run(Upload.objects.get()).error_code == "empty_file"
