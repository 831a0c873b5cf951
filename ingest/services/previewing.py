"""Before anything is stored: what a file seems to hold, shown to the clerk, who may say otherwise.

`peek` looks at the head of a file that is held, and keeps what it saw (`ingest.services.previews`); `check`
holds its rows against the rules. A file that is not held, or is confirmed, is read by its `plan`.
"""

from collections import Counter
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import NamedTuple
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from ingest.errors import ForbiddenColumn
from ingest.mapping import Mapping as Columns
from ingest.mapping import guess
from ingest.models import Upload
from ingest.queries import mapping_of
from ingest.readers import Choices, Row
from ingest.services import remembering
from ingest.services.finishing import reject
from ingest.services.leases import take_upload
from ingest.services.licensing import allowed_type
from ingest.services.looking import Look, chosen_of, look
from ingest.services.previews import Preview, next_round, preview_of, seal
from ingest.validation import Checked, validate
from registry import staging
from registry.catalogue import jurisdiction

KEPT = timedelta(hours=24)
"""How long the first rows of a file are kept readable to the clerk, sealed like everything else."""
_CURABLE = frozenset(
    ("empty_file", "unknown_encoding", "encoding_broken", "nul_bytes", "header_missing", "duplicate_header",
     "sheet_missing")
)  # fmt: skip
Clock = Callable[[], datetime]


class Sample(NamedTuple):
    """The first rows, checked: `refused` of them have errors. `fault` refuses every row of this type.

    `reasons` are (code, field, warning, how many rows), the most frequent first.
    """

    rows: list[tuple[Row, Checked]]
    refused: int
    reasons: list[tuple[str, str, bool, int]]
    fault: str


class Plan(NamedTuple):
    """How to read a whole file: by which choices, and with which mapping where that is settled."""

    choices: Choices
    mapping: Columns | None


def peek(*, upload: UUID, by: str, clock: Clock) -> bool:
    """Look at the head of a received file that is held; False if this file is none of those.

    What can be cured by a choice stands in the preview; any other fault rejects the file.
    """
    held = Q(hold=True, confirmed_at__isnull=True, status__in=Upload.UNREAD)
    if not Upload.objects.filter(held, id=upload).exists():
        return False
    attempt = take_upload(upload=upload, at=clock())
    if attempt is None:
        return True
    found = Upload.objects.select_related("organisation").get(id=upload)
    try:
        seen = look(found)
    except staging.StagedFileGone:
        return True
    except ForbiddenColumn as error:
        reject(upload=upload, error=error, by=by, at=clock())
        return True
    if seen.error is not None and seen.error.code not in _CURABLE and seen.choices == Choices():
        reject(upload=upload, error=seen.error, by=by, at=clock())
        return True
    _keep(found, attempt, seen, at=clock())
    return True


def check(upload: Upload, preview: Preview, *, at: datetime) -> Sample:
    """The preview's rows held against all rules that one row alone can break; consents are not asked."""
    if preview.head is None or preview.mapping is None:
        return Sample([], 0, [], "")
    allowed = allowed_type(preview.mapping.record_type, upload.organisation, upload.licence_id, at=at)
    rows = preview.head.rows
    checked = validate(
        rows,
        mapping=preview.mapping,
        number_policy=allowed.number_policy,
        today=timezone.localdate(at),
        rules=jurisdiction(settings.JURISDICTION),
    )
    told = Counter(
        (*fault, warning)
        for row in checked
        for faults, warning in ((row.errors, False), (row.warnings, True))
        for fault in dict.fromkeys(faults)
    )
    reasons = [(code, field, warning, count) for (code, field, warning), count in told.most_common()]
    refused = sum(1 for row in checked if row.errors)
    return Sample(list(zip(rows, checked, strict=True)), refused, reasons, allowed.fault)


def fade(*, at: datetime) -> int:
    """Destroy previews whose day is over; the files stay, and can be looked at anew. Returns how many."""
    late = Upload.objects.filter(Upload.AWAITING, preview__isnull=False, previewed_at__lt=at - KEPT)
    return late.exclude(trial=Upload.Trial.RUNNING).update(preview=None)


def plan(upload: Upload) -> Plan:
    """How to read the whole of a file: as it was confirmed, else as its like was confirmed the last time."""
    if upload.confirmed_at is not None:
        return Plan(chosen_of(upload).reading, mapping_of(upload))
    if upload.awaiting:
        seen = preview_of(upload)
        return Plan(seen.choices, seen.mapping)
    if upload.hold or not remembering.anything(upload.organisation_id):
        return Plan(Choices(), None)
    seen_now = look(upload, propose=False)
    return Plan(seen_now.choices, seen_now.mapping) if seen_now.memory else Plan(Choices(), None)


def columns_of(upload: Upload, planned: Plan, columns: Sequence[str], head: Sequence[Row]) -> Columns:
    """The mapping for a whole file with these columns, by its plan or else by its headers alone.

    Nobody is there to look at a guess by content, so none is made; `head`, the first rows, only gives
    forbidden columns away. Raises what `Mapping.require_usable` raises.
    """
    mapping = planned.mapping
    if mapping is None or mapping.columns != tuple(columns):
        mapping = guess(
            columns,
            record_type=upload.type or None,
            furnisher_kind=upload.organisation.kind,
            sample=[row.cells for row in head if not row.fault],
            propose=False,
            rules=jurisdiction(settings.JURISDICTION),
        )
    mapping.require_usable()
    return mapping


def _keep(upload: Upload, attempt: int, seen: Look, *, at: datetime) -> None:
    """The preview, unless the upload was cancelled or taken over meanwhile."""
    with transaction.atomic():
        own = Upload.objects.select_for_update(no_key=True).select_related("organisation")
        found = own.filter(id=upload.id, status=Upload.Status.PARSING, attempts=attempt).first()
        if found is None:
            return
        memory, error = seen.memory, seen.error
        found.status, found.lease_until, found.previewed_at = Upload.Status.PREVIEWED, None, at
        found.attempts = next_round(found)
        found.format = seen.head.kind if seen.head else ""
        preview = Preview(
            seen.headers,
            seen.choices,
            seen.head,
            seen.mapping,
            memory.id if memory else None,
            memory.at if memory else None,
            error.code if error else "",
            error.context if error else {},
        )
        seal(found, preview)
        found.save()
