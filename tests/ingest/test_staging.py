"""Staged files: sealed on disk, gone when destroyed, nothing left of one that failed."""

import errno
import io
import os
from datetime import timedelta
from pathlib import Path
from uuid import uuid4

import pytest
from django.db import DatabaseError, IntegrityError, transaction
from django.utils import timezone

from ingest import pipeline, services
from ingest.models import Upload
from registry import staging
from registry.errors import RegistryError
from registry.ledger import Event
from registry.models import LedgerEntry, Licence, Organisation
from registry.staging import StagedFileGone, StagingFull
from registry.staging.arriving import SealedUploadHandler
from registry.vault import SealBroken
from tests.factories.organisations import make_furnisher
from tests.factories.uploads import BY, as_csv, ingest, receive, wage

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def folder(settings, tmp_path):
    settings.STAGING_DIR = str(tmp_path / "staging")
    return tmp_path / "staging"


def on_disk(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file()]


def stage(content: bytes):
    file = uuid4()
    with staging.create(file=file) as staged:
        staged.write(content)
    return file, staged.wrapped


def stage_and_fail(error: Exception) -> None:
    with staging.create(file=uuid4()) as staged:
        staged.write(b"x" * 100)
        raise error


def test_file_is_sealed_on_disk_and_opens_with_its_key(folder):
    file, wrapped = stage("魑魅魍魉".encode() * 1000)
    (path,) = on_disk(folder)
    assert "魑魅".encode() not in path.read_bytes()
    assert path.stat().st_mode & 0o777 == 0o600
    with staging.open_staged(file=file, wrapped=wrapped) as stream:
        assert stream.read() == "魑魅魍魉".encode() * 1000


def test_key_of_another_file_does_not_open_it():
    (one, _), (_, other) = stage(b"one"), stage(b"other")
    with pytest.raises(SealBroken):
        staging.open_staged(file=one, wrapped=other)


def test_destroyed_file_is_gone(folder):
    file, wrapped = stage(b"x")
    assert staging.destroy(file=file) > 0
    assert (staging.destroy(file=file), on_disk(folder)) == (0, [])
    with pytest.raises(StagedFileGone):
        staging.open_staged(file=file, wrapped=wrapped)


def test_full_disk_is_told_and_leaves_nothing(folder):
    with pytest.raises(StagingFull):
        stage_and_fail(OSError(errno.ENOSPC, "no space"))
    assert on_disk(folder) == []


def test_connection_that_breaks_is_no_full_disk_and_leaves_nothing(folder):
    with pytest.raises(ConnectionResetError):
        stage_and_fail(ConnectionResetError())
    assert on_disk(folder) == []


def test_orphans_are_unlinked_and_others_stay(folder):
    orphan, _ = stage(b"orphan")
    known, _ = stage(b"known")
    young, _ = stage(b"young")
    now = timezone.now()
    for path in on_disk(folder):
        written = (now - timedelta(hours=0 if path.stem == str(young) else 2)).timestamp()
        os.utime(path, (written, written))
    assert staging.destroy_orphans(known={known}, before=now - timedelta(hours=1)) == 1
    assert sorted(path.stem for path in on_disk(folder)) == sorted([str(known), str(young)])
    assert orphan not in {known, young}


def test_note_opens_in_its_own_place_alone():
    owner = uuid4()
    sealed = staging.seal_note(owner=owner, field="name", note={"a": "张伟"})
    assert staging.open_note(owner=owner, field="name", sealed=sealed) == {"a": "张伟"}
    with pytest.raises(SealBroken):
        staging.open_note(owner=owner, field="mapping", sealed=sealed)
    with pytest.raises(SealBroken):
        staging.open_note(owner=uuid4(), field="name", sealed=sealed)


def test_file_of_a_form_is_sealed_while_it_arrives(folder):
    handler = SealedUploadHandler()
    handler.new_file("file", "a.csv", "text/csv", None)
    handler.receive_data_chunk("魑魅".encode() * 10, 0)
    (path,) = on_disk(folder)
    arrived = handler.file_complete(60)
    assert (on_disk(folder), path.exists()) == ([], False)
    assert (arrived.read(), arrived.size) == ("魑魅".encode() * 10, 60)


def test_form_that_breaks_off_leaves_nothing(folder):
    handler = SealedUploadHandler()
    handler.new_file("file", "a.csv", "text/csv", None)
    handler.receive_data_chunk(b"x", 0)
    handler.upload_interrupted()
    assert on_disk(folder) == []


def test_file_with_refused_rows_is_destroyed_after_seven_days(folder, django_capture_on_commit_callbacks):
    upload = ingest(make_furnisher(), [wage(1, signed=False)])
    for days, kept in ((6, True), (8, False)):
        with django_capture_on_commit_callbacks(execute=True):
            services.sweep(by=BY, at=timezone.now() + timedelta(days=days))
        assert (Upload.objects.get().file_key is not None, (path_of(folder, upload)).exists()) == (kept, kept)
    entry = LedgerEntry.objects.get(event=Event.STAGED_FILE_DESTROYED)
    assert '"reason":"kept_long_enough"' in entry.body


def in_two_pieces() -> Upload:
    """A file of two pieces, the first of them done."""
    upload = receive(make_furnisher(), as_csv([wage(1), wage(2)]))
    services.split(upload=upload.id, by=BY, clock=timezone.now, rows=1)
    pipeline.work(chunk=upload.chunks.get(number=1).id, by=BY, at=timezone.now())
    return upload


def told_to_have_ended(upload: Upload) -> list[str]:
    """The entries that say that nothing of an upload is staged any more."""
    ends = LedgerEntry.objects.filter(event__in=(Event.UPLOAD_FINISHED, Event.UPLOAD_CANCELLED))
    return list(ends.filter(body__contains=str(upload.id)).values_list("event", flat=True))


def test_upload_is_told_to_have_ended_when_its_last_piece_is_destroyed_and_not_before(
    folder, django_capture_on_commit_callbacks
):
    with django_capture_on_commit_callbacks(execute=True):
        upload = in_two_pieces()
        assert services.finish(upload=upload.id, by=BY, at=timezone.now()) is False
        assert (told_to_have_ended(upload), upload.chunks.filter(file_key__isnull=False).count()) == ([], 1)
        pipeline.work(chunk=upload.chunks.get(number=2).id, by=BY, at=timezone.now())
        assert services.finish(upload=upload.id, by=BY, at=timezone.now()) is True
    assert told_to_have_ended(upload) == [Event.UPLOAD_FINISHED]
    assert (upload.chunks.filter(file_key__isnull=False).count(), on_disk(folder)) == (0, [])


def test_upload_that_is_cancelled_leaves_no_piece(folder, django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks(execute=True):
        upload = in_two_pieces()
        services.cancel(organisation=upload.organisation_id, upload=upload.id, by=BY, at=timezone.now())
    assert told_to_have_ended(upload) == [Event.UPLOAD_CANCELLED]
    assert (upload.chunks.filter(file_key__isnull=False).count(), on_disk(folder)) == (0, [])


def test_piece_that_is_done_cannot_keep_its_key():
    waiting = in_two_pieces().chunks.filter(number=2)
    with pytest.raises(IntegrityError, match="chunk_done_without_file"), transaction.atomic():
        waiting.update(state="done")


def path_of(folder: Path, upload: Upload) -> Path:
    return folder / upload.file.hex[:2] / f"{upload.file}.sealed"


def test_nothing_is_received_without_its_ledger_entry(refusing_ledger, folder):
    organisation = Organisation.objects.create(name="x", kind="employer", credit_code="x")
    today = timezone.localdate()
    Licence.objects.create(
        organisation=organisation,
        number="x",
        role="furnisher",
        categories=["income"],
        valid_from=today,
        valid_until=today,
        status="active",
    )
    with pytest.raises((DatabaseError, RegistryError)):
        services.receive(
            organisation=organisation.id,
            stream=io.BytesIO(b"a,b\n"),
            filename="",
            content_type="",
            type="",
            idempotency_key="",
            by=BY,
            at=timezone.now(),
        )
    assert (Upload.objects.count(), on_disk(folder)) == (0, [])
