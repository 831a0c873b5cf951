"""What partners may know about their uploads. Reads only; another organisation's upload is not there."""

from collections.abc import Generator, Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from itertools import islice
from typing import Any
from uuid import UUID

from django.db import connection
from django.db.models import F, Q, QuerySet, Sum
from django.db.models.functions import Now
from django.utils import timezone
from django.utils.translation import gettext as _

from ingest.errors import UPLOAD_ERRORS
from ingest.mapping import Mapping
from ingest.models import Chunk, Incoming, IncomingPart, RowResult, Upload
from ingest.readers import Choices
from registry import staging
from registry.errors import NotFound

PAGE = 100
ROUND = 100
"""Attempts are counted anew from the next hundred when a file goes on to its next state."""
FAR = timedelta(minutes=10)
"""No lease runs for so long: one that ends later was taken by a clock that was ahead, and binds nobody."""
STALLED = 5
"""So many attempts in vain are no accident any more: from then on whoever asks is told."""

_REASONS = """
SELECT r.outcome, e.fault ->> 0, e.fault ->> 1, e.warning, count(*)
FROM ingest_rowresult r CROSS JOIN LATERAL (
    SELECT fault, false FROM jsonb_array_elements(r.errors) AS fault
    UNION ALL SELECT fault, true FROM jsonb_array_elements(r.warnings) AS fault
) AS e(fault, warning)
WHERE r.upload_id = %s GROUP BY 1, 2, 3, 4 ORDER BY 5 DESC, 2, 3
"""


@dataclass(frozen=True, slots=True)
class Progress:
    """How far an upload is: rows in all and done, outcomes so far, share 0 to 1, estimated seconds left.

    `stalled` says that some of it failed `STALLED` times; it is tried again, and may need the operator.
    """

    rows: int
    done: int
    counts: dict[str, int]
    share: float
    seconds_left: int | None
    stalled: bool = False


@dataclass(frozen=True, slots=True)
class Reason:
    """How many rows of one outcome have one fault in one field; `warning` for faults that refuse nothing."""

    outcome: str
    code: str
    field: str
    warning: bool
    count: int


@dataclass(frozen=True, slots=True)
class Summary:
    """An upload's rows by outcome and by reason, the most frequent reason first."""

    counts: dict[str, int]
    reasons: list[Reason]


@dataclass(frozen=True, slots=True)
class Rejection:
    """Why a file was rejected, in words: code, sentence, cure, and names of columns and fields."""

    code: str
    sentence: str
    cure: str
    context: dict[str, Any]


def uploads_of(organisation: UUID) -> QuerySet[Upload]:
    """An organisation's uploads, the newest first."""
    return Upload.objects.filter(organisation_id=organisation)


def history(
    organisation: UUID,
    *,
    state: str = "",
    type: str = "",
    who: str = "",
    since: date | None = None,
    until: date | None = None,
) -> QuerySet[Upload]:
    """An organisation's uploads of this state, type, sender and these days; the newest first.

    `state` may also be "undone"; files that were undone are in no other state.
    """
    named = {"status": "" if state == "undone" else state, "type": type, "by": who}
    found = uploads_of(organisation).filter(**{name: value for name, value in named.items() if value})
    if state:
        found = found.filter(undone_at__isnull=state != "undone")
    if since:
        found = found.filter(received_at__gte=_start_of(since))
    if until:
        found = found.filter(received_at__lt=_start_of(until + timedelta(days=1)))
    return found


def senders(organisation: UUID) -> list[str]:
    """Whoever sent one of an organisation's files, as the ledger writes it."""
    return list(uploads_of(organisation).order_by("by").values_list("by", flat=True).distinct())


def upload_of(*, organisation: UUID, upload: UUID) -> Upload:
    """One of an organisation's uploads. Raises NotFound."""
    found = uploads_of(organisation).filter(id=upload).first()
    if found is None:
        raise NotFound("upload")
    return found


def incoming_of(*, organisation: UUID, incoming: UUID) -> Incoming:
    """One of an organisation's files that come in pieces, also after it has ended. Raises NotFound."""
    own = Incoming.objects.filter(organisation_id=organisation).select_related("upload")
    found = own.filter(id=incoming).first()
    if found is None:
        raise NotFound("incoming file")
    return found


def upload_or_incoming(*, organisation: UUID, upload: UUID) -> Upload | Incoming:
    """An upload, or the file that will be one, or the upload a file turned out to be. Raises NotFound."""
    found = uploads_of(organisation).filter(id=upload).first()
    if found is not None:
        return found
    incoming = incoming_of(organisation=organisation, incoming=upload)
    return incoming.upload or incoming


def unfinished_incoming(organisation: UUID) -> QuerySet[Incoming]:
    """An organisation's files of which a part is still to come, the newest first."""
    return Incoming.objects.filter(organisation_id=organisation, state__in=Incoming.UNDER_WAY)


def told_of(incoming: Incoming) -> dict[str, str]:
    """What the sender said of a file: its `name`, its `metadata` as they were sent."""
    told: dict[str, str] = staging.open_note(owner=incoming.id, field="told", sealed=bytes(incoming.told))
    return told


def rows(upload: UUID, *, outcome: str | None = None, after: int = 0, limit: int = PAGE) -> list[RowResult]:
    """What became of the rows below row `after`, in order of their numbers.

    A row that was simply accepted has no result of its own: the chunk in which it lay tells it. A dry run has
    no chunks, and tells only of the other rows.
    """
    own = RowResult.objects.filter(upload_id=upload, row__gt=after).order_by("row")
    if outcome and outcome != RowResult.Outcome.ACCEPTED:
        return list(own.filter(outcome=outcome)[:limit])
    done = Chunk.objects.filter(upload_id=upload, state=Chunk.State.DONE, last_row__gt=after).order_by(
        "number"
    )
    if outcome:
        done = done.filter(accepted__gt=0)
    every = (
        result for chunk in done.iterator(chunk_size=20) for result in _rows_of(chunk, after, outcome, limit)
    )
    with closing(every):
        page = list(islice(every, limit))
    return page or list((own.filter(outcome=outcome) if outcome else own)[:limit])


def _rows_of(chunk: Chunk, after: int, outcome: str | None, limit: int) -> Generator[RowResult, None, None]:
    """The results of a chunk's rows above `after`, of one outcome or (None) of all; the first `limit` do."""
    own = RowResult.objects.filter(
        upload_id=chunk.upload_id, row__gt=after, row__range=(chunk.first_row, chunk.last_row)
    )
    stored = {result.row: result for result in (own if outcome else own.order_by("row")[:limit])}
    numbers = stored if chunk.gaps is None else chunk.numbers(after)
    for number in sorted(numbers):
        result = stored.get(number) or RowResult(upload_id=chunk.upload_id, row=number, outcome="accepted")
        if not outcome or result.outcome == outcome:
            yield result


def notable_rows(upload: UUID) -> Generator[RowResult, None, None]:
    """Every row not simply accepted, in order of their numbers; close it if you do not read to its end."""
    found = RowResult.objects.filter(upload_id=upload).exclude(outcome="accepted", warnings=[])
    yield from found.order_by("row").iterator()


def summary(upload: UUID) -> Summary:
    """Counts by outcome and by reason, of the rows done so far."""
    with connection.cursor() as cursor:
        cursor.execute(_REASONS, [upload])
        reasons = [Reason(*row) for row in cursor.fetchall()]
    return Summary(_counts(upload), reasons)


def progress(upload: Upload, *, at: datetime) -> Progress:
    """How far an upload is at this moment."""
    under_way = upload.status in Upload.OPEN
    counts = _counts(upload.id) if under_way else {name: getattr(upload, name) for name in Upload.OUTCOMES}
    done = sum(counts.values())
    share = done / max(upload.rows, 1) if under_way else 1.0
    stalled = under_way and _stalled(upload)
    left = None if stalled else _seconds_left(upload, done, at)
    return Progress(upload.rows, done, counts, round(share, 4), left, stalled)


def name_of(upload: Upload) -> str:
    """The file's name as the partner gave it; "" for none."""
    return _note(upload, "name") or ""


def mapping_of(upload: Upload) -> Mapping | None:
    """Which column of the file fills which field; None until the file is read."""
    note = _note(upload, "mapping")
    return Mapping.from_json(note) if note else None


def choices_of(upload: Upload) -> Choices:
    """How the file was read, where that was chosen or remembered; to read it again just so."""
    note = _note(upload, "choices")
    return Choices(*note["reading"]) if note else Choices()


def rejection_of(upload: Upload) -> Rejection | None:
    """Why the file was rejected; None if it was not."""
    if not upload.error_code:
        return None
    error = UPLOAD_ERRORS.get(upload.error_code)
    sentence = _(error.sentence) if error else ""
    cure = _(error.cure) if error else ""
    context = _note(upload, "error") or {}
    if "line" in context:
        sentence = f"{sentence} " + _("It shows in line %(line)s of the file.") % {"line": context["line"]}
    return Rejection(upload.error_code, sentence, cure, context)


def waiting_uploads(*, at: datetime, limit: int) -> list[UUID]:
    """Uploads that are to be read and that nobody holds, the oldest first."""
    found = Upload.objects.filter(free_at(at), status__in=Upload.UNREAD)
    return list(found.order_by("received_at").values_list("id", flat=True)[:limit])


def unfinished_uploads() -> list[UUID]:
    """Uploads whose chunks are all done but which nobody has finished yet; open streams are not over."""
    found = Upload.objects.filter(status__in=(Upload.Status.PREVIEWED, Upload.Status.PROCESSING))
    found = found.exclude(source=Upload.Source.STREAM, lease_until__range=(Now(), Now() + FAR))
    return list(found.exclude(Upload.AWAITING).exclude(chunks__in=open_chunks()).values_list("id", flat=True))


def open_chunks() -> QuerySet[Chunk]:
    """Chunks that are still to be worked on."""
    return Chunk.objects.filter(state__in=(Chunk.State.WAITING, Chunk.State.WORKING))


def known_files() -> set[UUID]:
    """Staged files that some row speaks of."""
    sources = Upload.objects.filter(file_key__isnull=False).values_list("file", flat=True)
    chunks = Chunk.objects.filter(file_key__isnull=False).values_list("file", flat=True)
    return {*sources, *chunks, *IncomingPart.objects.values_list("file", flat=True)}


def uploads_keeping_a_file(*, finished_before: datetime) -> Sequence[UUID]:
    """Finished uploads whose file is still staged though its time is over."""
    late = Q(finished_at__lt=finished_before) | Q(result_fetched_at__isnull=False)
    found = Upload.objects.filter(late, file_key__isnull=False, finished_at__isnull=False)
    return list(found.values_list("id", flat=True))


def _start_of(day: date) -> datetime:
    return timezone.make_aware(datetime.combine(day, time.min))


def free_at(at: datetime) -> Q:
    """What nobody holds: it has no lease, or one that has run out."""
    return Q(lease_until__isnull=True) | run_out(at)


def run_out(at: datetime) -> Q:
    """A lease that has run out, or that lies so far ahead that a clock was wrong."""
    return Q(lease_until__lt=at) | Q(lease_until__gt=at + FAR)


def _counts(upload: UUID) -> dict[str, int]:
    sums = {name: Sum(F(name), default=0) for name in Upload.OUTCOMES}
    return dict(Chunk.objects.filter(upload_id=upload).aggregate(**sums))


def _stalled(upload: Upload) -> bool:
    if upload.status in Upload.UNREAD:
        return upload.attempts % ROUND >= STALLED
    return open_chunks().filter(upload_id=upload.id, attempts__gte=STALLED).exists()


def _seconds_left(upload: Upload, done: int, at: datetime) -> int | None:
    if upload.status not in Upload.OPEN:
        return 0
    if not done or upload.started_at is None:
        return None
    return max(1, round((at - upload.started_at).total_seconds() / done * (upload.rows - done)))


def _note(upload: Upload, field: str) -> Any:
    sealed = getattr(upload, field)
    return None if sealed is None else staging.open_note(owner=upload.id, field=field, sealed=sealed)
