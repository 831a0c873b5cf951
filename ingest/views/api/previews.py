"""Held files by REST: what was seen, what to change about it, a dry run, the go-ahead. No value of a row.

A program that sends `Upload-Hold: true` decides itself, for instance after somebody has seen the columns.
"""

from typing import Any
from uuid import UUID

from django.utils import timezone
from django.utils.translation import gettext as _
from rest_framework.request import Request
from rest_framework.response import Response

from ingest import queries, tasks
from ingest.models import Upload
from ingest.readers import Choices
from ingest.serializers import fault_out, upload_out
from ingest.services import choosing, confirming, previewing, trying
from ingest.services.previews import Preview, preview_of
from ingest.views.api.base import PartnerView, caller
from registry.errors import InvalidRequest

_TEXTS = ("encoding", "delimiter", "sheet")


class PreviewView(PartnerView):
    """`GET /api/v1/uploads/{id}/preview`."""

    scope = "uploads"

    def get(self, request: Request, upload: UUID) -> Response:
        """How the file is understood, and which of its first rows would be refused and why."""
        found = queries.upload_of(organisation=caller(request).organisation, upload=upload)
        seen = preview_of(found)
        return Response(preview_out(found, seen, previewing.check(found, seen, at=timezone.now())))


class ChoicesView(PartnerView):
    """`PUT /api/v1/uploads/{id}/choices`, and `DELETE` to forget what was chosen now and the last time."""

    scope = "uploads"

    def put(self, request: Request, upload: UUID) -> Response:
        """Have the file understood otherwise; what is left out stays as it was chosen before."""
        return _answer(choosing.choose(**_who(request, upload), **choices_in(request.data)))

    def delete(self, request: Request, upload: UUID) -> Response:
        """Look at the file as if it were the first of its kind."""
        return _answer(choosing.forget(**_who(request, upload)))


class TrialView(PartnerView):
    """`POST /api/v1/uploads/{id}/trial`."""

    scope = "uploads"

    def post(self, request: Request, upload: UUID) -> Response:
        """Try the whole file; what would become of it stands in the upload's `trial` when it is done."""
        found = trying.ask(**_who(request, upload))
        tasks.wake_trial(found.id)
        return _answer(found)


class ConfirmView(PartnerView):
    """`POST /api/v1/uploads/{id}/confirm`."""

    scope = "uploads"

    def post(self, request: Request, upload: UUID) -> Response:
        """Take the file in as its preview shows it, and remember how for the next one with these columns."""
        return _answer(confirming.confirm(**_who(request, upload)))


def preview_out(upload: Upload, seen: Preview, sample: previewing.Sample) -> dict[str, Any]:
    """A preview without any cell: names of columns and fields, row numbers, codes."""
    mapping, head = seen.mapping, seen.head
    return {
        "id": upload.id,
        "format": head.kind if head else None,
        "found": head
        and {
            "encoding": head.encoding,
            "delimiter": head.delimiter,
            "sheet": head.sheet,
            "sheets": head.sheets,
            "header_row": head.header_row,
        },
        "error": seen.error or None,
        "as_last_time": seen.memory_at if seen.memory else None,
        "type": (mapping.record_type if mapping else "") or None,
        "columns": _columns(seen),
        "problems": [
            {"code": each.code, "column": each.column, "field": each.field}
            for each in (mapping.problems if mapping else ())
        ],
        "sample": {
            "rows": len(sample.rows),
            "refused": len(sample.rows) if sample.fault else sample.refused,
            "errors": [
                {"row": row.number, "errors": [fault_out(*fault) for fault in checked.errors]}
                for row, checked in sample.rows
                if checked.errors
            ],
        },
    }


def _columns(seen: Preview) -> list[dict[str, Any]]:
    mapping = seen.mapping
    if mapping is None:
        return []
    return [
        {
            "place": place,
            "name": name,
            "field": field or None,
            "matched": mapping.match(place).how or None,
            "sure": mapping.match(place).sure,
        }
        for place, (name, field) in enumerate(zip(mapping.columns, mapping.fields, strict=True))
    ]


def choices_in(data: Any) -> dict[str, Any]:
    """The body of a choice: texts `encoding`, `delimiter`, `sheet`, `type`; `header_row`; `fields` by place.

    Raises InvalidRequest.
    """
    if not isinstance(data, dict):
        raise InvalidRequest("body", fields={"": [_("Send an object.")]})
    unknown = sorted(set(data) - {*_TEXTS, "header_row", "type", "fields"})
    wrong = [name for name in (*_TEXTS, "type") if not isinstance(data.get(name, ""), str)]
    row = str(data.get("header_row", "0"))
    wrong += [] if row.isascii() and row.isdigit() and len(row) < 6 else ["header_row"]
    if unknown or wrong:
        raise InvalidRequest(
            fields={name: [_("This value cannot be used here.")] for name in unknown + wrong}
        )
    reads = any(name in data for name in (*_TEXTS, "header_row"))
    encoding, delimiter, sheet = (data.get(name, "") for name in _TEXTS)
    reading = Choices(encoding, delimiter, sheet, int(row)) if reads else None
    return {"reading": reading, "record_type": data.get("type"), "fields": _fields_in(data)}


def _fields_in(data: dict[str, Any]) -> dict[int, str] | None:
    fields = data.get("fields")
    if fields is None:
        return None
    sound = isinstance(fields, dict) and all(
        place.isascii() and place.isdigit() and len(place) < 6 and isinstance(field, str | None)
        for place, field in fields.items()
    )
    if not sound:
        raise InvalidRequest(fields={"fields": [_("Send an object of field names by column, from 0.")]})
    return {int(place): field or "" for place, field in fields.items()}


def _who(request: Request, upload: UUID) -> dict[str, Any]:
    who = caller(request)
    return {"organisation": who.organisation, "upload": upload, "by": who.by, "at": timezone.now()}


def _answer(found: Upload) -> Response:
    """The upload as it stands now; a worker is woken where it must be read."""
    if found.status in Upload.UNREAD:
        tasks.wake_parse(found.id)
    return Response(upload_out(found, queries.progress(found, at=timezone.now())), status=202)
