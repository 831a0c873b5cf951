"""A clerk says how a held file is to be understood: its reading, its type, its columns; or starts anew."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext as _

from ingest.mapping import Mapping as Columns
from ingest.models import Upload
from ingest.readers import DELIMITERS, ENCODINGS, Choices
from ingest.services import remembering
from ingest.services.looking import Chosen, chosen_of, understood
from ingest.services.previews import Preview, drop_trial, held, preview_of, seal
from ingest.services.remembering import Memory
from registry import staging
from registry.catalogue import CONSENT_FIELDS, IDENTITY_FIELDS, RECORD_TYPES, jurisdiction
from registry.errors import InvalidRequest

_LAST_HEADER_ROW = 1_000


def choose(
    *,
    organisation: UUID,
    upload: UUID,
    reading: Choices | None = None,
    record_type: str | None = None,
    fields: Mapping[int, str] | None = None,
    by: str,
    at: datetime,
) -> Upload:
    """Have a held file understood otherwise; None leaves that part as it was chosen before.

    `fields` gives columns their field by place ("" leaves one out). Where the file must be read anew, the
    upload goes back to be read and somebody must be woken for it. A dry run before this counts no more.
    Raises NotFound, NotPreviewed, TrialRunning, InvalidRequest.
    """
    with transaction.atomic():
        found = held(organisation, upload)
        before = chosen_of(found)
        seen = preview_of(found) if found.preview is not None else None
        chosen = _chosen(found, before, seen, reading, record_type, fields)
        found.choices = staging.seal_note(owner=found.id, field="choices", note=chosen.to_json())
        drop_trial(found)
        if seen is None or seen.head is None or chosen.reading != before.reading:
            _read_anew(found, at)
        else:
            memory = _still(found, seen, chosen)
            mapping = understood(found, seen.head, chosen, memory)
            used = {"memory": memory.id, "memory_at": memory.at} if memory else {"memory": None}
            seal(found, seen._replace(mapping=mapping, **used))
        found.save()
    return found


def forget(*, organisation: UUID, upload: UUID, by: str, at: datetime) -> Upload:
    """Forget what was remembered of tables like this one, and all that was chosen for it; read it anew.

    Raises NotFound, NotPreviewed, TrialRunning.
    """
    with transaction.atomic():
        found = held(organisation, upload)
        seen = preview_of(found)
        if seen.memory is not None:
            remembering.forget(organisation=organisation, memory=seen.memory, by=by, at=at, upload=upload)
        chosen = Chosen(forgetful=True)
        found.choices = staging.seal_note(owner=found.id, field="choices", note=chosen.to_json())
        drop_trial(found)
        _read_anew(found, at)
        found.save()
    return found


def _read_anew(upload: Upload, at: datetime) -> None:
    upload.status, upload.lease_until, upload.preview = Upload.Status.PARSING, at, None


def _still(upload: Upload, seen: Preview, chosen: Chosen) -> Memory | None:
    """What is remembered for the type that is chosen now, if anything and if it fits."""
    if seen.head is None or chosen.forgetful:
        return None
    record_type = chosen.type or upload.type
    memory = remembering.recall(
        organisation=upload.organisation_id, record_type=record_type, headers=seen.headers
    )
    return memory if memory and memory.is_of(seen.head.columns) else None


def _chosen(
    upload: Upload,
    before: Chosen,
    seen: Preview | None,
    reading: Choices | None,
    record_type: str | None,
    fields: Mapping[int, str] | None,
) -> Chosen:
    """What was chosen before and now together. Raises InvalidRequest."""
    chosen = before
    if reading is not None:
        _require_reading(reading)
        chosen = replace(chosen, reading=reading)
    if record_type is not None:
        if record_type and record_type not in _types(upload):
            raise InvalidRequest("type", fields={"type": [_("This type of record cannot be chosen.")]})
        chosen = replace(chosen, type=record_type)
    if fields and seen is not None and seen.head is not None and seen.mapping is not None:
        chosen = replace(chosen, columns=seen.head.columns, fields=_fields(before, seen.mapping, fields))
    return chosen


def _fields(before: Chosen, mapping: Columns, fields: Mapping[int, str]) -> dict[int, str]:
    """The fields that differ from what was found by itself, and those that were chosen before."""
    known = {"", *IDENTITY_FIELDS, *CONSENT_FIELDS}
    known.update(name for record_type in RECORD_TYPES.values() for name in record_type.fields)
    if any(not 0 <= place < len(mapping.columns) or name not in known for place, name in fields.items()):
        raise InvalidRequest("fields", fields={"fields": [_("There is no such column or field.")]})
    kept = before.fields if before.columns == list(mapping.columns) else {}
    changed = {place: name for place, name in fields.items() if mapping.fields[place] != name}
    return {**kept, **changed}


def _types(upload: Upload) -> tuple[str, ...]:
    return jurisdiction(settings.JURISDICTION).record_types_of(upload.organisation.kind)


def _require_reading(reading: Choices) -> None:
    wrong = {
        "encoding": reading.encoding not in ("", *ENCODINGS),
        "delimiter": reading.delimiter not in ("", *DELIMITERS),
        "sheet": len(reading.sheet) > 255,
        "header_row": not 0 <= reading.header_row <= _LAST_HEADER_ROW,
    }
    if any(wrong.values()):
        faults = {name: [_("This cannot be chosen.")] for name, fault in wrong.items() if fault}
        raise InvalidRequest("reading", fields=faults)
