"""A file is read: understood as a table, mapped, cut into chunks. What cannot be read ends here.

1. take the upload, so that nobody else reads it
2. open the staged file as it was confirmed, or as its like was; name its columns, hold its type against the
   licence
3. walk through all rows, a chunk at a time; an error in the last row still ends the whole file
4. store chunks and mapping and give the upload free, all at once: until then nothing of it counts
"""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from itertools import chain, islice
from uuid import UUID

from django.db import transaction

from ingest.errors import UploadError
from ingest.mapping import Mapping
from ingest.models import Chunk, Upload
from ingest.readers import Choices, Table
from ingest.services import chunks, pacing, previewing
from ingest.services.collecting import collection_paused
from ingest.services.finishing import reject
from ingest.services.leases import keep_upload, take_upload
from ingest.services.licensing import require_type
from ingest.services.looking import HEAD, chosen_of, open_table
from registry import staging
from registry.staging import StagedFileGone

Clock = Callable[[], datetime]


class _Overtaken(Exception):
    """Another worker reads this upload now, or it was cancelled."""


def split(*, upload: UUID, by: str, clock: Clock, rows: int | None = None) -> bool:
    """Read a received file into chunks of `rows` rows; True if they wait to be worked on now.

    None makes them as large as two seconds' work, going by the files before (`pacing`). An unreadable file
    becomes a rejected upload, of which nothing is kept. While too much lies staged already, the file is left
    for later. `clock` gives the time, since reading may take many minutes.
    """
    if not pacing.room_for(upload):
        return False
    attempt = take_upload(upload=upload, at=clock())  # 1
    if attempt is None:
        return False
    found = Upload.objects.select_related("organisation").get(id=upload)
    made: list[Chunk] = []
    try:
        read = _split(found, attempt, made, clock, rows)
        kept = _keep(found, attempt, made, *read, at=clock())  # 4
    except UploadError as error:
        _destroy(made)
        reject(upload=upload, error=error, by=by, at=clock())
        return False
    except BaseException as error:
        _destroy(made)
        if isinstance(error, _Overtaken | StagedFileGone):
            return False
        raise
    if not kept:
        _destroy(made)
    return kept


def _split(
    upload: Upload, attempt: int, made: list[Chunk], clock: Clock, size: int | None
) -> tuple[Mapping, Table, Choices]:
    assert upload.file_key is not None
    planned = previewing.plan(upload)
    staged = staging.open_staged(file=upload.file, wrapped=bytes(upload.file_key))
    with collection_paused(), staged as stream:  # 2
        table = open_table(upload, stream, planned.choices)
        head = list(islice(table.rows, HEAD))
        mapping = previewing.columns_of(upload, planned, table.columns, head)
        require_type(mapping.record_type, upload.organisation, at=clock())
        size = size or pacing.rows_a_chunk(mapping.record_type)
        for number, piece in enumerate(chunks.pieces(chain(head, table.rows), size), 1):  # 3
            made.append(chunks.stage(piece, mapping.used, upload=upload.id, number=number))
            if not keep_upload(upload=upload.id, attempt=attempt, at=clock()):
                raise _Overtaken
        return mapping, table, planned.choices


def _keep(
    upload: Upload,
    attempt: int,
    made: list[Chunk],
    mapping: Mapping,
    table: Table,
    choices: Choices,
    *,
    at: datetime,
) -> bool:
    with transaction.atomic():
        own = Upload.objects.filter(id=upload.id, status=Upload.Status.PARSING, attempts=attempt)
        kept = own.update(
            status=Upload.Status.PREVIEWED,
            type=mapping.record_type,
            format=table.kind,
            mapping=staging.seal_note(owner=upload.id, field="mapping", note=mapping.to_json()),
            rows=sum(chunk.rows for chunk in made),
            choices=_as_read(upload, choices),
            lease_until=None,
            started_at=at,
        )
        if kept:
            Chunk.objects.bulk_create(made, batch_size=1_000)
    return bool(kept)


def _as_read(upload: Upload, choices: Choices) -> bytes:
    """How the file was read, sealed: the result file is made from it by reading it in the same way."""
    chosen = replace(chosen_of(upload), reading=choices)
    return staging.seal_note(owner=upload.id, field="choices", note=chosen.to_json())


def _destroy(made: list[Chunk]) -> None:
    for chunk in made:
        staging.destroy(file=chunk.file)
