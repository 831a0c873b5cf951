"""Who works on what: a lease in the database, so that a message lost or doubled loses or doubles nothing."""

from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction
from django.db.models import F, Q

from ingest.models import Chunk, Upload

READING = timedelta(seconds=60)
WORKING = timedelta(seconds=20)
WOKEN = timedelta(seconds=30)
LONGEST_PAUSE = timedelta(minutes=5)


def take_upload(*, upload: UUID, at: datetime) -> int | None:
    """Hold an upload that is to be read; returns the number of this attempt, None if others are at it."""
    free = Q(status=Upload.Status.RECEIVED) | Q(status=Upload.Status.PARSING, lease_until__lt=at)
    taken = Upload.objects.filter(free, id=upload).update(
        status=Upload.Status.PARSING, lease_until=at + READING, attempts=F("attempts") + 1
    )
    return Upload.objects.values_list("attempts", flat=True).get(id=upload) if taken else None


def keep_upload(*, upload: UUID, attempt: int, at: datetime) -> bool:
    """Prolong the lease; False where the upload was cancelled or taken over meanwhile."""
    own = Upload.objects.filter(id=upload, status=Upload.Status.PARSING, attempts=attempt)
    return bool(own.update(lease_until=at + READING))


def take_chunk(*, chunk: UUID, at: datetime) -> bool:
    """Hold a chunk that waits, or that somebody held and dropped; False if there is nothing to do."""
    free = Q(state=Chunk.State.WAITING) | Q(state=Chunk.State.WORKING, lease_until__lt=at)
    taken = Chunk.objects.filter(free, id=chunk).update(
        state=Chunk.State.WORKING, lease_until=at + WORKING, attempts=F("attempts") + 1
    )
    if taken:
        own = Upload.objects.filter(chunks=chunk, status=Upload.Status.PREVIEWED)
        own.update(status=Upload.Status.PROCESSING)
    return bool(taken)


def drop_chunk(*, chunk: UUID, at: datetime) -> None:
    """Leave a chunk that failed for later: each time twice as long, for five minutes at most."""
    held = Chunk.objects.filter(id=chunk, state=Chunk.State.WORKING)
    attempts = held.values_list("attempts", flat=True).first()
    if attempts is not None:
        pause = min(timedelta(seconds=2 ** min(attempts, 10)), LONGEST_PAUSE)
        held.update(lease_until=at + pause)


def wake_chunks(*, at: datetime, limit: int, upload: UUID | None = None) -> list[UUID]:
    """Chunks that wait and that nobody was woken for lately, or whose lease is over, for the caller to wake.

    They count as woken from now on, so that they are not woken twice while their messages wait their turn.
    """
    due = Q(lease_until__isnull=True) | Q(lease_until__lt=at)
    open_states = (Chunk.State.WAITING, Chunk.State.WORKING)
    workable = (Upload.Status.PREVIEWED, Upload.Status.PROCESSING)
    found = Chunk.objects.filter(due, state__in=open_states, upload__status__in=workable)
    if upload is not None:
        found = found.filter(upload_id=upload)
    with transaction.atomic():
        ordered = found.order_by("upload__received_at", "number")
        locked = ordered.select_for_update(of=("self",), skip_locked=True, no_key=True)
        chunks = [chunk.id for chunk in locked[:limit]]
        # A chunk whose worker is gone goes back to waiting: whoever comes first may take it.
        Chunk.objects.filter(id__in=chunks).update(state=Chunk.State.WAITING, lease_until=at + WOKEN)
    return chunks
