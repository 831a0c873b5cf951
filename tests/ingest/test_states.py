"""No state is a dead end: whatever was left in it, by whom and without which file, somebody moves it on.

What a worker that was killed and a broker that was emptied leave behind is an open state whose lease runs out
and a message that is gone: the sweep finds it. What was lost with a disk, a person stops and sends again.
"""

import io
import os
from collections.abc import Callable
from contextlib import suppress
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from django.core.signals import request_finished
from django.db import close_old_connections
from django.utils import timezone

from ingest import pipeline, services, tasks
from ingest.models import Chunk, Incoming, KeptAnswer, Upload
from ingest.results import result_file
from ingest.results.lacking import people_lacking
from ingest.services import confirming, leases, streams, trying
from ingest.services.arriving import Told
from ingest.views.results import send_result
from registry.models import Organisation, Record
from registry.staging import StagedFileGone
from tests.factories.organisations import make_furnisher
from tests.factories.previews import act, confirm, held
from tests.factories.uploads import BY, as_csv, ingest, outcomes, receive, run, wage

pytestmark = pytest.mark.django_db
CONTENT = as_csv([wage(1), wage(2)])
PAST = timedelta(seconds=1)


@pytest.fixture
def folder(settings, tmp_path):
    settings.STAGING_DIR = str(tmp_path)
    return tmp_path


@pytest.fixture
def employer() -> Organisation:
    return make_furnisher()


def received(employer: Organisation) -> Upload:
    return receive(employer, CONTENT)


def parsing(employer: Organisation) -> Upload:
    upload = receive(employer, CONTENT)
    assert leases.take_upload(upload=upload.id, at=timezone.now())
    return upload


def looked_at(employer: Organisation) -> Upload:
    upload = receive(employer, CONTENT, hold=True)
    assert leases.take_upload(upload=upload.id, at=timezone.now())
    return upload


def confirmed(employer: Organisation) -> Upload:
    return confirm(held(employer, CONTENT))


def split(employer: Organisation) -> Upload:
    upload = receive(employer, CONTENT)
    assert services.split(upload=upload.id, by=BY, clock=timezone.now, rows=1)
    return upload


def half_done(employer: Organisation) -> Upload:
    upload = split(employer)
    first, second = Chunk.objects.filter(upload=upload).order_by("number")
    for chunk in (first, second):
        assert services.take_chunk(chunk=chunk.id, at=timezone.now())
    pipeline.work(chunk=first.id, by=BY, at=timezone.now())
    return upload


def all_done(employer: Organisation) -> Upload:
    upload = split(employer)
    for chunk in Chunk.objects.filter(upload=upload):
        assert services.take_chunk(chunk=chunk.id, at=timezone.now())
        pipeline.work(chunk=chunk.id, by=BY, at=timezone.now())
    return upload


ABANDONED: list[Callable[[Organisation], Upload]] = [received, parsing, confirmed, split, half_done, all_done]


def time_passes() -> None:
    """Every lease has run out."""
    Upload.objects.exclude(lease_until=None).update(lease_until=timezone.now() - PAST)
    Chunk.objects.exclude(lease_until=None).update(lease_until=timezone.now() - PAST)
    Incoming.objects.exclude(holder=None).update(held_until=timezone.now() - PAST)


def swept(upload: Upload, rounds: int = 6) -> Upload:
    """The upload after some sweeps and what they wake workers for."""
    for _ in range(rounds):
        time_passes()
        woken = services.sweep(by=BY, at=timezone.now())
        for each in woken.uploads:
            tasks.parse(str(each))
        for each in woken.chunks:
            tasks.work(str(each))
        for each in woken.trials:
            tasks.trial(str(each))
    upload.refresh_from_db()
    return upload


def test_every_open_state_is_among_those_that_are_left_behind():
    for leave in ABANDONED:
        leave(make_furnisher())
    assert set(Upload.objects.values_list("status", flat=True)) == set(Upload.OPEN)


@pytest.mark.parametrize("leave", ABANDONED)
def test_what_a_worker_left_behind_comes_to_its_end(leave, employer):
    upload = swept(leave(employer))
    assert (upload.status, upload.accepted, Record.objects.count()) == ("done", 2, 2)
    assert {outcome for outcome, _ in outcomes(upload).values()} == {"accepted"}


def test_look_that_was_broken_off_is_made_up_for(employer):
    assert swept(looked_at(employer)).awaiting


def test_dry_run_that_was_broken_off_is_made_up_for(employer):
    upload = held(employer, CONTENT)
    trying.ask(**act(upload))
    assert trying.take(upload=upload.id, at=timezone.now())
    assert (swept(upload).trial, upload.trial_counts["accepted"], Record.objects.count()) == ("done", 2, 0)


@pytest.mark.parametrize(
    "opened", [timedelta(minutes=-3), timedelta(days=2)], ids=["long ago", "clock ahead"]
)
def test_stream_whose_process_died_ends_with_what_was_kept(opened, employer):
    stream = streams.open_stream(
        organisation=employer.pk,
        type="wage",
        name="",
        idempotency_key="",
        as_of=None,
        by=BY,
        at=timezone.now() + opened,
    )
    assert swept(stream, rounds=1).status == "done"


# --- files that are gone


def lose_disk(folder: Path) -> None:
    for path in folder.rglob("*.sealed"):
        path.unlink()


def looking(employer: Organisation) -> Upload:
    return receive(employer, CONTENT, hold=True)


def waiting(employer: Organisation) -> Upload:
    return held(employer, CONTENT)


def in_dry_run(employer: Organisation) -> Upload:
    upload = held(employer, CONTENT)
    trying.ask(**act(upload))
    return upload


@pytest.mark.parametrize("leave", [received, confirmed, split, half_done, looking, waiting, in_dry_run])
def test_file_whose_disk_was_lost_is_stopped_by_a_person_and_sent_again(leave, folder, employer):
    upload = leave(employer)
    lose_disk(folder)
    with suppress(StagedFileGone):  # a piece is tried again and again
        swept(upload)
    upload.refresh_from_db()
    assert upload.status in Upload.OPEN
    services.cancel(organisation=employer.pk, upload=upload.id, by=BY, at=timezone.now())
    again = run(receive(employer, CONTENT))
    assert (again.id != upload.id, again.status, Record.objects.count()) == (True, "done", 2)


@pytest.mark.parametrize("running", [False, True])
def test_held_file_whose_disk_was_lost_lapses_also_in_its_dry_run(running, folder, employer):
    upload = in_dry_run(employer) if running else waiting(employer)
    lose_disk(folder)
    if running:
        tasks.trial(str(upload.id))
    later = upload.received_at + confirming.WAITING + timedelta(minutes=2)
    assert confirming.lapse(by=BY, at=later) == 1
    upload.refresh_from_db()
    assert (upload.status, upload.trial) == ("cancelled", "")


def test_dry_run_that_somebody_is_at_does_not_lapse(employer):
    upload = in_dry_run(employer)
    later = upload.received_at + confirming.WAITING + timedelta(minutes=2)
    assert trying.take(upload=upload.id, at=later)
    assert confirming.lapse(by=BY, at=later + PAST) == 0


@pytest.mark.parametrize("only_refused", [False, True])
def test_result_of_a_file_whose_disk_was_lost_is_the_list_of_its_rows(only_refused, folder, employer):
    upload = ingest(employer, [wage(1), wage(2, gross="much"), wage(3, signed=False)])
    lose_disk(folder)
    made = result_file(upload=upload, language="en", only_refused=only_refused)
    lines = b"".join(made.content).decode("utf-8-sig").splitlines()
    assert (made.name, [line.split(",")[0] for line in lines[1:]]) == (f"{upload.id}.csv", ["2", "3"])
    assert people_lacking(upload, most=9) == []


def sealed_files_open() -> int:
    """How many staged files this process has open."""
    names = [os.path.realpath(entry) for entry in Path("/proc/self/fd").iterdir()]
    return sum(".sealed" in name for name in names)


def test_result_that_nobody_takes_is_let_go(folder, employer):
    upload = ingest(employer, [wage(1), wage(2, gross="much")])
    answer = send_result(upload, by=BY, only_refused=False)
    assert sealed_files_open() == 1
    request_finished.disconnect(close_old_connections)
    answer.close()
    request_finished.connect(close_old_connections)
    upload.refresh_from_db()
    assert (sealed_files_open(), upload.result_fetched_at, upload.file_key is None) == (0, None, False)


# --- one that is broken keeps nobody waiting


def test_upload_that_cannot_be_swept_keeps_no_other_waiting(employer, caplog):
    broken, sound = all_done(employer), all_done(make_furnisher())
    Upload.objects.filter(id=broken.id).update(received_at=timezone.now() - timedelta(days=1))
    Chunk.objects.filter(upload=broken).update(quality={"rows": "none"})
    services.sweep(by=BY, at=timezone.now())
    broken.refresh_from_db()
    sound.refresh_from_db()
    assert (broken.status, sound.status) == ("processing", "done")
    assert [record.upload for record in caplog.records if record.name == "ingest.sweep"] == [str(broken.id)]


# --- files in pieces, kept answers


def arrived(employer: Organisation, at: datetime) -> Incoming:
    made = services.begin(organisation=employer.pk, told=Told(len(CONTENT), type="wage"), by=BY, at=at)
    return services.bring(
        organisation=employer.pk,
        incoming=made.id,
        offset=0,
        stream=io.BytesIO(CONTENT),
        size=len(CONTENT),
        by=BY,
        clock=timezone.now,
    )


def test_arrived_file_whose_process_died_is_landed_by_the_sweep(employer):
    incoming = arrived(employer, timezone.now())
    assert services.tidy(by=BY, clock=timezone.now) == [incoming.id]
    incoming.refresh_from_db()
    assert (incoming.state, Upload.objects.get().status) == ("landed", "received")


def test_answer_whose_process_died_under_a_clock_that_was_ahead_is_given_anew(employer):
    ahead = timezone.now() + timedelta(days=400)
    given = services.Answer(200, {"ok": True}, {})
    asked = {"organisation": employer.pk, "key": "night-1", "request": b"x", "act": lambda: given}
    services.once(**asked, at=ahead)
    KeptAnswer.objects.update(status=None, sealed=None)  # as it is while the act is under way
    assert services.once(**asked, at=timezone.now()) == given
