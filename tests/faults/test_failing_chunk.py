"""A chunk that fails each time through a fault of ours: nothing is lost, people are told, it goes on."""

import os
import re
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from django.utils import timezone

from ingest import queries, services, tasks
from ingest.models import Chunk, Upload
from registry.models import Record
from registry.staging import StagedFileGone
from tests.factories.organisations import make_furnisher, make_person, signed_in
from tests.factories.uploads import as_csv, receive, wage

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def broken() -> Iterator[tuple[Upload, Path, Path]]:
    """A file of three chunks, the first one's bytes out of reach; where they are, and where they were."""
    upload = receive(make_furnisher(), as_csv([wage(number) for number in range(1, 7)]))
    services.split(upload=upload.id, by=tasks.BY, clock=timezone.now, rows=2)
    file = next(Path(os.environ["STAGING_DIR"]).rglob(f"*{Chunk.objects.get(number=1).file}*"))
    away = file.rename(file.with_suffix(".away"))
    yield upload, away, file
    away.unlink(missing_ok=True)


def attempt(number: int) -> None:
    """Work on a chunk as a worker does whose turn has come."""
    chunk = Chunk.objects.get(number=number)
    Chunk.objects.filter(id=chunk.id).update(lease_until=timezone.now() - timedelta(seconds=1))
    tasks.work(str(chunk.id))


def fail(times: int) -> None:
    """Let the first chunk fail so many times."""
    for _ in range(times):
        with pytest.raises(StagedFileGone):
            attempt(1)


def stalled(upload: Upload) -> bool:
    """Whether whoever asks is told."""
    upload.refresh_from_db()
    return queries.progress(upload, at=timezone.now()).stalled


@pytest.mark.parametrize(("attempts", "pause"), [(1, 2), (2, 4), (5, 32), (8, 256), (9, 300), (30_000, 300)])
def test_chunk_that_failed_waits_twice_as_long_each_time_and_five_minutes_at_most(
    broken: tuple[Upload, Path, Path], attempts: int, pause: int
) -> None:
    chunk, now = Chunk.objects.get(number=1), timezone.now()
    Chunk.objects.filter(id=chunk.id).update(state="working", attempts=attempts)
    services.drop_chunk(chunk=chunk.id, at=now)
    chunk.refresh_from_db()
    assert chunk.lease_until == now + timedelta(seconds=pause)


def test_other_chunks_are_done_meanwhile(broken: tuple[Upload, Path, Path]) -> None:
    fail(1)
    attempt(2)
    attempt(3)
    assert Record.objects.count() == 4
    assert not stalled(broken[0])


def test_partner_is_told_after_five_failures_and_not_before(broken: tuple[Upload, Path, Path]) -> None:
    upload, _away, _file = broken
    fail(4)
    assert not stalled(upload)
    fail(1)
    assert stalled(upload)
    browser = signed_in(make_person("viewer", upload.organisation_id))
    page = re.sub(
        r"\s+", " ", browser.get(f"/desk/uploads/{upload.id}", headers={"accept-language": "en"}).text
    )
    assert "This file is held up" in page
    assert str(upload.id) in page


def test_file_goes_on_by_itself_once_the_fault_is_mended(broken: tuple[Upload, Path, Path]) -> None:
    upload, away, file = broken
    fail(6)
    away.rename(file)
    for number in (1, 2, 3):
        attempt(number)
    upload.refresh_from_db()
    assert (upload.status, upload.accepted, Record.objects.count()) == ("done", 6, 6)
    assert not stalled(upload)
