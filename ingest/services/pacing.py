"""How large chunks are, how many are on their way at once, how much may lie staged.

A chunk should take two seconds: long enough that what it costs by itself does not count, short enough that
files take turns, that a failure costs little and that memory stays small.
"""

from uuid import UUID

from django.conf import settings
from django.db.models import Sum

from ingest.models import Chunk, Upload
from ingest.queries import open_chunks

CHUNK_ROWS = 4_000
"""So many rows make a chunk of a type that nobody has worked on yet."""
LEAST, MOST = 1_000, 4_000
SECONDS = 2.0
_FILES = 5


def rows_a_chunk(record_type: str) -> int:
    """As many rows as were done in two seconds in the last files of this type."""
    files = Upload.objects.filter(type=record_type, started_at__isnull=False)
    last = files.order_by("-received_at").values_list("id", flat=True)[:_FILES]
    timed = Chunk.objects.filter(upload__in=list(last), seconds__isnull=False)
    done = timed.aggregate(rows=Sum("rows"), seconds=Sum("seconds"))
    if not done["rows"] or done["rows"] < LEAST or not done["seconds"]:
        return CHUNK_ROWS
    return int(max(LEAST, min(round(done["rows"] / done["seconds"] * SECONDS), MOST)))


def room_for(upload: UUID) -> bool:
    """Whether this file's rows may be staged now, beside those that wait to be worked on.

    A file larger than all the room there is gets its turn when nothing else waits.
    """
    size = Upload.objects.values_list("bytes", flat=True).get(id=upload)
    staged = open_chunks().aggregate(bytes=Sum("bytes", default=0))["bytes"]
    return bool(staged == 0 or staged + size <= settings.STAGING_MOST_BYTES)
