"""A preview as it is kept: a sealed note of its upload, until somebody has decided or its day is over."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

from ingest.errors.requests import NotPreviewed, TrialRunning
from ingest.mapping import Mapping as Columns
from ingest.models import RowResult, Upload
from ingest.queries import ROUND
from ingest.readers import Choices, Row
from ingest.services.looking import Head
from registry import staging
from registry.errors import NotFound


class Preview(NamedTuple):
    """What a look at a file's head found, as it was kept.

    `headers` are the columns' names as the file shows them by itself; `choices` say how it was read. `head`
    is None where it could not be read, and `error` and `context` say why; `mapping` is None then. `memory`
    is the remembered mapping that was used, `memory_at` when that was confirmed.
    """

    headers: list[str]
    choices: Choices
    head: Head | None
    mapping: Columns | None
    memory: UUID | None
    memory_at: datetime | None
    error: str = ""
    context: Mapping[str, Any] = {}


def preview_of(upload: Upload) -> Preview:
    """What was seen of a file that waits for a decision. Raises NotPreviewed."""
    if not upload.awaiting or upload.preview is None:
        raise NotPreviewed
    return _from_note(staging.open_note(owner=upload.id, field="preview", sealed=bytes(upload.preview)))


def held(organisation: UUID, upload: UUID) -> Upload:
    """A file that waits for a decision, locked. Raises NotFound, NotPreviewed, TrialRunning."""
    locked = Upload.objects.select_for_update(of=("self",), no_key=True).select_related("organisation")
    found = locked.filter(id=upload, organisation_id=organisation).first()
    if found is None:
        raise NotFound("upload")
    if not found.awaiting:
        raise NotPreviewed
    if found.trial == Upload.Trial.RUNNING:
        raise TrialRunning
    return found


def drop_trial(upload: Upload) -> None:
    """Forget a dry run whose ground has changed; the upload is not saved here."""
    upload.trial, upload.trial_counts = Upload.Trial.NONE, {}
    RowResult.objects.filter(upload_id=upload.id).delete()


def next_round(upload: Upload) -> int:
    """A number of attempts from which counting starts anew, and which no attempt before has had."""
    return (upload.attempts // ROUND + 1) * ROUND


def seal(upload: Upload, preview: Preview) -> None:
    """Keep a preview with its upload, and its mapping beside it, which outlives the rows."""
    mapping = preview.mapping
    upload.preview = staging.seal_note(owner=upload.id, field="preview", note=_to_note(preview))
    note = None if mapping is None else mapping.to_json()
    upload.mapping = note and staging.seal_note(owner=upload.id, field="mapping", note=note)


def _to_note(preview: Preview) -> dict[str, Any]:
    choices = preview.choices
    return {
        "headers": preview.headers,
        "choices": [choices.encoding, choices.delimiter, choices.sheet, choices.header_row],
        "head": preview.head,
        "mapping": preview.mapping and preview.mapping.to_json(),
        "memory": str(preview.memory) if preview.memory else "",
        "memory_at": preview.memory_at.isoformat() if preview.memory_at else "",
        "error": preview.error,
        "context": preview.context,
    }


def _from_note(note: dict[str, Any]) -> Preview:
    head = None
    if note["head"] is not None:
        *read, rows, more = note["head"]
        head = Head._make([*read, [Row(*row) for row in rows], more])
    return Preview(
        note["headers"],
        Choices(*note["choices"]),
        head,
        Columns.from_json(note["mapping"]) if note["mapping"] else None,
        UUID(note["memory"]) if note["memory"] else None,
        datetime.fromisoformat(note["memory_at"]) if note["memory_at"] else None,
        note["error"],
        note["context"],
    )
