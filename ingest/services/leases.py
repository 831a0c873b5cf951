"""Who works on what: a lease in the database, so that a message lost or doubled loses or doubles nothing."""

from datetime import datetime, timedelta
from uuid import UUID

from django.db import connection, transaction
from django.db.models import F, Q

from ingest.models import Chunk, Upload
from ingest.queries import FAR, free_at, run_out, waiting_uploads

READING = timedelta(seconds=60)
WORKING = timedelta(seconds=20)
WOKEN = timedelta(seconds=30)
LONGEST_PAUSE = timedelta(minutes=5)
AHEAD = 4
"""So many messages are on their way to workers at once; each that is taken lets another follow."""

_NEXT = """
SELECT due.id FROM (
    SELECT u.id, u.received_at, (
        SELECT count(*) FROM ingest_chunk c
        WHERE c.upload_id = u.id AND c.state IN ('waiting', 'working')
            AND c.lease_until BETWEEN %(at)s AND %(far)s
    ) AS busy
    FROM ingest_upload u WHERE u.status IN ('previewed', 'processing')
) AS file
CROSS JOIN LATERAL (
    SELECT id, row_number() OVER (ORDER BY number) AS turn FROM (
        SELECT id, number FROM ingest_chunk c
        WHERE c.upload_id = file.id AND c.state IN ('waiting', 'working')
            AND (c.lease_until IS NULL OR c.lease_until NOT BETWEEN %(at)s AND %(far)s)
        ORDER BY number LIMIT %(limit)s
    ) AS first
) AS due
ORDER BY file.busy + due.turn, file.received_at, due.turn LIMIT %(limit)s
"""


def take_upload(*, upload: UUID, at: datetime) -> int | None:
    """Hold an upload that is to be read; returns the number of this attempt, None if others are at it."""
    free = Q(status=Upload.Status.RECEIVED) | Q(run_out(at), status=Upload.Status.PARSING)
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
    free = Q(state=Chunk.State.WAITING) | Q(run_out(at), state=Chunk.State.WORKING)
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


def wake_uploads(*, at: datetime, limit: int = AHEAD) -> list[UUID]:
    """Files to be read that nobody holds and that nobody was woken for lately, for the caller to wake."""
    found = waiting_uploads(at=at, limit=limit)
    Upload.objects.filter(id__in=found, status=Upload.Status.RECEIVED).update(lease_until=at + WOKEN)
    return found


def wake_chunks(*, at: datetime, limit: int = AHEAD) -> list[UUID]:
    """The next chunks to be worked on, for the caller to wake, until `limit` messages are on their way.

    The file of which the fewest chunks are under way comes first, then the one that came first; so files take
    turns, and however many chunks wait, few messages do. What is woken counts as woken from now on, and is
    woken again if nobody takes it for half a minute.
    """
    woken = Chunk.objects.filter(state=Chunk.State.WAITING, lease_until__range=(at, at + FAR)).count()
    if woken >= limit:
        return []
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute(_NEXT, {"at": at, "far": at + FAR, "limit": limit - woken})
            found = [row[0] for row in cursor.fetchall()]
        held = Chunk.objects.filter(free_at(at), id__in=found).exclude(state=Chunk.State.DONE)
        locked = held.select_for_update(skip_locked=True, no_key=True).values_list("id", flat=True)
        free = [chunk for chunk in found if chunk in set(locked)]
        # A chunk whose worker is gone goes back to waiting: whoever comes first may take it.
        Chunk.objects.filter(id__in=free).update(state=Chunk.State.WAITING, lease_until=at + WOKEN)
    return free
