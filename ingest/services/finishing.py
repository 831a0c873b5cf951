"""How uploads end: done, rejected or cancelled; and how their files are destroyed."""

from collections import Counter
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import Sum

from ingest.errors import UploadError, UploadFinished
from ingest.models import Chunk, Upload
from ingest.queries import open_chunks, summary
from ingest.services.telling import tell_ended
from registry import staging
from registry.errors import NotFound
from registry.ledger import Event, append

KEPT = timedelta(days=7)
"""How long the file of an upload with refused rows waits for its result to be fetched."""
NAMED = timedelta(days=30)
"""How long it is known of an ended upload how its file and its columns were called: they may say anything."""


def finish(*, upload: UUID, by: str, at: datetime) -> bool:
    """End an upload whose chunks are all done; True if this call ended it.

    Without refused rows nobody needs the file any more, and it goes at once.
    """
    if open_chunks().filter(upload_id=upload).exists():
        return False
    with transaction.atomic():
        found = _held(upload)
        working = (Upload.Status.PREVIEWED, Upload.Status.PROCESSING)
        if found is None or found.status not in working or found.awaiting:
            return False
        if open_chunks().filter(upload_id=upload).exists():
            return False
        _count(found)
        found.status = Upload.Status.DONE_WITH_ERRORS if found.refused else Upload.Status.DONE
        found.finished_at = at
        found.save()
        _record(Event.UPLOAD_FINISHED, found, by, at)
        if not found.refused:
            _destroy(found, "finished", by, at)
    return True


def reject(*, upload: UUID, error: UploadError, by: str, at: datetime) -> None:
    """End an upload whose file cannot be taken in. Of the file nothing stays, of the error no value."""
    with transaction.atomic():
        found = _held(upload)
        if found is None or found.status not in Upload.UNREAD:
            return
        found.status = Upload.Status.REJECTED
        found.error_code = error.code
        found.error = staging.seal_note(owner=found.id, field="error", note=error.context)
        found.finished_at = at
        _drop_preview(found)
        found.save()
        _record(Event.UPLOAD_FINISHED, found, by, at, reason=error.code)
        _destroy(found, "rejected", by, at)


def cancel(*, organisation: UUID, upload: UUID, by: str, at: datetime) -> Upload:
    """Stop an upload: rows done by now stay, the others are destroyed unread.

    Raises NotFound for another organisation's upload, UploadFinished for one that has ended.
    """
    with transaction.atomic():
        found = _held(upload)
        if found is None or found.organisation_id != organisation:
            raise NotFound("upload")
        if found.status not in Upload.OPEN:
            raise UploadFinished
        if found.awaiting:
            found.results.all().delete()  # of a dry run
        _drop_chunks(found)
        _count(found)
        found.status = Upload.Status.CANCELLED
        found.finished_at = at
        _drop_preview(found)
        found.save()
        _record(Event.UPLOAD_CANCELLED, found, by, at)
        _destroy(found, "cancelled", by, at)
    return found


def result_fetched(*, upload: UUID, by: str, at: datetime) -> None:
    """The partner has the result file: note when, and destroy the staged file it was made from."""
    with transaction.atomic():
        found = _held(upload)
        if found is None or found.status in Upload.OPEN:
            return
        if found.result_fetched_at is None:
            found.result_fetched_at = at
            found.save(update_fields=["result_fetched_at"])
        _destroy(found, "fetched", by, at)


def destroy_file(*, upload: UUID, by: str, at: datetime) -> None:
    """Destroy the staged file of an upload whose time is over."""
    with transaction.atomic():
        found = _held(upload)
        if found is not None and found.status not in Upload.OPEN:
            _destroy(found, "kept_long_enough", by, at)


def forget_names(*, at: datetime) -> int:
    """Empty the notes of uploads that ended long ago: names, headers, details of errors; returns how many."""
    ended = Upload.objects.filter(finished_at__lt=at - NAMED, file_key__isnull=True)
    nothing = {"name": None, "mapping": None, "error": None, "choices": None}
    return ended.exclude(**nothing).update(**nothing)


def _drop_preview(upload: Upload) -> None:
    """Nobody looks at its first rows any more; the upload is not saved here."""
    upload.preview = upload.choices = upload.lease_until = None
    upload.trial = Upload.Trial.NONE


def _held(upload: UUID) -> Upload | None:
    return Upload.objects.select_for_update(no_key=True).filter(id=upload).first()


def _count(upload: Upload) -> None:
    """Set the counts for good: rows by outcome, reasons by code and field, how full and fresh rows were."""
    sums = {name: Sum(name, default=0) for name in Upload.OUTCOMES}
    for name, count in Chunk.objects.filter(upload_id=upload.id).aggregate(**sums).items():
        setattr(upload, name, count)
    upload.reasons = [
        {
            "code": reason.code,
            "field": reason.field,
            "outcome": reason.outcome,
            "warning": reason.warning,
            "count": reason.count,
        }
        for reason in summary(upload.id).reasons
    ]
    upload.quality = _quality(upload.id)


def _quality(upload: UUID) -> dict[str, Any]:
    """The sum of what its chunks counted."""
    numbers: Counter[str] = Counter(rows=0, lag_days=0, dated=0)
    filled: Counter[str] = Counter()
    for counted in Chunk.objects.filter(upload_id=upload).values_list("quality", flat=True).iterator():
        filled.update(counted.get("filled", {}))
        numbers.update({name: counted.get(name, 0) for name in numbers})
    return {**numbers, "filled": dict(filled)}


def _drop_chunks(upload: Upload) -> None:
    """Chunks being worked on right now are waited for: their rows count."""
    left = open_chunks().filter(upload_id=upload.id).select_for_update(no_key=True)
    files = [chunk.file for chunk in left]
    open_chunks().filter(upload_id=upload.id).delete()
    _destroy_after_commit(*files)


def _destroy(upload: Upload, reason: str, by: str, at: datetime) -> None:
    """The key goes with this transaction, so the file is unreadable even where unlinking fails."""
    if upload.file_key is None:
        return
    upload.file_key = None
    upload.save(update_fields=["file_key"])
    details = {"upload": upload.id, "bytes": upload.bytes, "reason": reason}
    append(Event.STAGED_FILE_DESTROYED, by=by, at=at, organisation=upload.organisation_id, details=details)
    _destroy_after_commit(upload.file)


def _destroy_after_commit(*files: UUID) -> None:
    def unlink() -> None:
        for file in files:
            staging.destroy(file=file)

    transaction.on_commit(unlink)


def _record(event: Event, upload: Upload, by: str, at: datetime, **more: Any) -> None:
    counts = {name: getattr(upload, name) for name in Upload.OUTCOMES}
    details = {"upload": upload.id, "status": upload.status, "rows": upload.rows, **counts, **more}
    append(event, by=by, at=at, organisation=upload.organisation_id, details=details)
    tell_ended(upload, at=at)
