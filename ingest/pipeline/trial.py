"""The dry run of a whole file: the very pipeline, a chunk at a time, each chunk's transaction undone.

1. take the dry run, so that nobody else does it
2. open the staged file as its preview showed it
3. try every chunk and undo it; note how far it is. Of each row that is not simply accepted, number and codes
4. end with the counts; an error in reading ends it with its code, and the file still waits for a decision

What one chunk would have brought in is not there for the next: people, and consents that stand in one chunk
for rows of another, are judged as if each chunk came alone.
"""

from collections.abc import Callable, Sequence
from datetime import datetime
from uuid import UUID

from ingest.errors import UploadError
from ingest.models import Upload
from ingest.pipeline.chunk import Job, Result, again, process
from ingest.readers import Row
from ingest.services import chunks, trying
from ingest.services.looking import open_table
from ingest.services.previewing import Plan, plan
from registry import staging
from registry.staging import StagedFileGone

CHUNK_ROWS = 2_000
Clock = Callable[[], datetime]


class _Overtaken(Exception):
    """Somebody else does this dry run now, or the upload was cancelled."""


class _Undone(Exception):
    """Ends a chunk's transaction without a trace; carries what came of its rows."""

    def __init__(self, results: list[Result]) -> None:
        super().__init__()
        self.results = results


def rehearse(*, upload: UUID, by: str, clock: Clock, rows: int = CHUNK_ROWS) -> bool:
    """Do a dry run that was asked for; True if this call brought it to its end."""
    attempt = trying.take(upload=upload, at=clock())  # 1
    if attempt is None:
        return False
    found = Upload.objects.select_related("organisation").get(id=upload)
    tally, error = trying.Tally(), ""
    try:
        _try_all(found, attempt, tally, by, clock, rows)
    except (_Overtaken, StagedFileGone):
        return False
    except UploadError as fault:
        error = fault.code
    return trying.end(upload=upload, attempt=attempt, tally=tally, error=error, by=by, at=clock())  # 4


def _try_all(upload: Upload, attempt: int, tally: trying.Tally, by: str, clock: Clock, size: int) -> None:
    planned = plan(upload)
    assert upload.file_key is not None
    with staging.open_staged(file=upload.file, wrapped=bytes(upload.file_key)) as stream:  # 2
        table = open_table(upload, stream, planned.choices)
        for piece in chunks.pieces(table.rows, size):  # 3
            notable = tally.add(attempt_rows(piece, _job(upload, planned, by, clock())))
            if not trying.keep(upload=upload.id, attempt=attempt, tally=tally, notable=notable, at=clock()):
                raise _Overtaken


def attempt_rows(rows: Sequence[Row], job: Job) -> list[Result]:
    """What would become of these rows: processed, and every trace of it undone."""

    def act() -> None:
        raise _Undone(process(rows, job))

    try:
        again(act)
    except _Undone as undone:
        return undone.results
    raise AssertionError("unreachable")


def _job(upload: Upload, planned: Plan, by: str, at: datetime) -> Job:
    assert planned.mapping is not None
    as_of = upload.as_of or upload.received_at
    return Job(upload.organisation, upload.licence_id, planned.mapping, by, at, as_of=as_of)
