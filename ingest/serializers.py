"""What the partner's API answers, and the shapes of what it reads. No value of a row stands in an answer."""

import json
from collections.abc import Iterable, Mapping
from typing import IO, Any
from uuid import UUID

from django.utils.translation import get_language
from django.utils.translation import gettext as _
from rest_framework.exceptions import ParseError
from rest_framework.parsers import BaseParser

from ingest import pipeline, queries
from ingest.errors import ROW_FAULTS, example_of
from ingest.models import Incoming, RowResult, Upload
from registry import webhooks
from registry.errors import InvalidRequest, RegistryError
from registry.models import WebhookAttempt, WebhookDelivery, WebhookEndpoint

MOST = 1_000
BODY = 4 * 1024 * 1024


class PlainJSONParser(BaseParser):
    """Reads JSON whose numbers stay texts as written: an amount is no floating-point number."""

    media_type = "application/json"

    def parse(self, stream: IO[Any], media_type: Any = None, parser_context: Any = None) -> Any:
        """The body's value. Raises ParseError."""
        data = stream.read(BODY + 1)
        if len(data) > BODY:
            raise InvalidRequest("body", fields={"": [_("The body is larger than 4 MiB: send a file.")]})
        try:
            return json.loads(data, parse_float=str, parse_int=str, parse_constant=_no_constant)
        except (ValueError, RecursionError):
            raise ParseError from None


class RawParser(BaseParser):
    """Leaves the body unread, whatever its type: the view streams it."""

    media_type = "*/*"

    def parse(self, stream: IO[Any], media_type: Any = None, parser_context: Any = None) -> Any:
        """The stream itself."""
        return stream


def upload_out(upload: Upload, progress: queries.Progress) -> dict[str, Any]:
    """An upload and how far it is."""
    rejection = queries.rejection_of(upload)
    return {
        "id": upload.id,
        "state": upload.status,
        "type": upload.type or None,
        "format": upload.format or None,
        "name": queries.name_of(upload),
        "bytes": upload.bytes,
        "rows": progress.rows,
        "counts": progress.counts,
        "progress": progress.share,
        "seconds_left": progress.seconds_left,
        "stalled": progress.stalled,
        "awaiting": upload.awaiting,
        "trial": trial_out(upload),
        "received_at": upload.received_at,
        "finished_at": upload.finished_at,
        "error": rejection
        and {
            "code": rejection.code,
            "detail": rejection.sentence,
            "cure": rejection.cure,
            "context": rejection.context,
        },
        "links": links(upload),
    }


def trial_out(upload: Upload) -> dict[str, Any] | None:
    """How far a dry run is, or what it came to; None where there was none."""
    if upload.trial == Upload.Trial.NONE:
        return None
    told = upload.trial_counts
    return {
        "state": upload.trial,
        "rows": told.get("rows", 0),
        "counts": {name: told.get(name, 0) for name in Upload.OUTCOMES},
        "reasons": told.get("reasons", []),
        "error": told.get("error") or None,
    }


def incoming_out(incoming: Incoming) -> dict[str, Any]:
    """A file of which a part is still to come, in the shape of an upload; `received` counts its bytes."""
    return {
        "id": incoming.id,
        "state": incoming.state,
        "type": incoming.type or None,
        "format": None,
        "name": queries.told_of(incoming)["name"],
        "bytes": incoming.length,
        "received": incoming.offset,
        "rows": 0,
        "counts": dict.fromkeys(Upload.OUTCOMES, 0),
        "progress": 0.0,
        "seconds_left": None,
        "stalled": False,
        "received_at": incoming.begun_at,
        "expires_at": incoming.expires_at if incoming.under_way else None,
        "finished_at": None,
        "error": {"code": incoming.error_code} if incoming.error_code else None,
        "links": links(incoming),
    }


def links(upload: Upload | Incoming) -> dict[str, str]:
    """Where the rest of an upload is."""
    own = f"/api/v1/uploads/{upload.id}"
    return {"self": own, "rows": f"{own}/rows", "result": f"{own}/result"}


def row_out(row: RowResult) -> dict[str, Any]:
    """What became of one row."""
    return {
        "row": row.row,
        "outcome": row.outcome,
        "errors": [fault_out(*fault) for fault in row.errors],
        "warnings": [fault_out(*fault) for fault in row.warnings],
    }


def result_out(place: int, result: pipeline.Result) -> dict[str, Any]:
    """What became of one record of a batch; `index` counts from 0."""
    return {
        "index": place,
        "outcome": result.outcome,
        "errors": [fault_out(*fault) for fault in result.errors],
        "warnings": [fault_out(*fault) for fault in result.warnings],
    }


def stream_row_out(result: pipeline.Result) -> dict[str, Any]:
    """What became of one line of a stream; `row` counts lines from 1, blank ones included."""
    return {
        "row": result.row,
        "outcome": result.outcome,
        "errors": [fault_out(*fault) for fault in result.errors],
        "warnings": [fault_out(*fault) for fault in result.warnings],
    }


def stream_end_out(upload: Upload, refused: RegistryError | None) -> dict[str, Any]:
    """The last line of a stream's answer: its upload with its counts, and the error that ended it early."""
    counts = {name: getattr(upload, name) for name in Upload.OUTCOMES}
    error = None
    if refused is not None:
        error = {"code": refused.code, "detail": _(refused.sentence), "context": refused.context}
    return {
        "upload": str(upload.id),
        "state": upload.status,
        "rows": upload.rows,
        "counts": counts,
        "error": error,
    }


def consent_out(result: pipeline.ConsentResult) -> dict[str, Any]:
    """What became of one consent of a request; `index` counts from 0."""
    return {
        "index": result.place,
        "outcome": "refused" if result.consent is None else "granted",
        "consent_id": result.consent,
        "errors": [fault_out(*fault) for fault in result.errors],
        "warnings": [fault_out(*fault) for fault in result.warnings],
    }


def retracted_out(result: pipeline.Retracted) -> dict[str, Any]:
    """What became of one record to be taken back; `index` counts from 0, `kept`: sealed as history."""
    return {
        "index": result.place,
        "outcome": "refused" if result.errors else "retracted",
        "kept": result.kept,
        "errors": [fault_out(*fault) for fault in result.errors],
    }


def undone_out(upload: UUID, done: Mapping[str, int]) -> dict[str, Any]:
    """What undoing an upload did, in records: taken back, in force again, and what stays and why."""
    return {
        "upload": upload,
        "withdrawn": done["gone"] + done["reported"],
        "restored": done["restored"],
        "kept_as_history": done["reported"],
        "stays": {"disputed": done["disputed"], "superseded": done["superseded"]},
    }


def reason_in(data: Any) -> str:
    """Why records are taken back: one of `pipeline.REASONS`, the first where nothing is said."""
    said = data.get("reason", pipeline.REASONS[0]) if isinstance(data, dict) else None
    if said not in pipeline.REASONS:
        raise InvalidRequest("reason", fields={"reason": [_("This value cannot be used here.")]})
    return str(said)


def fault_out(code: str, field: str) -> dict[str, str]:
    """A fault in words."""
    fault = ROW_FAULTS.get(code)
    said = {"code": code, "field": field}
    if fault is None:
        return said
    example = example_of(code, field, get_language() or "en")
    said |= {"detail": _(fault.sentence), "cure": _(fault.cure)}
    return said | ({"example": example} if example else {})


def batch_in(data: Any, key: str) -> list[Mapping[str, Any]]:
    """The objects under `key`, 1 to 1,000. Raises InvalidRequest."""
    found = data.get(key) if isinstance(data, dict) else None
    if not isinstance(found, list) or not 0 < len(found) <= MOST:
        raise InvalidRequest(key, fields={key: [_("Send a list of 1 to 1,000 objects.")]})
    if not all(isinstance(each, dict) for each in found):
        raise InvalidRequest(key, fields={key: [_("Every entry must be an object.")]})
    return found


def text_in(data: Any, key: str) -> str:
    """The text under `key`. Raises InvalidRequest where there is none."""
    found = data.get(key) if isinstance(data, dict) else None
    if not isinstance(found, str) or not found:
        raise InvalidRequest(key, fields={key: [_("This field is required.")]})
    return found


def webhook_out(endpoint: WebhookEndpoint) -> dict[str, Any]:
    """An endpoint, without its secret."""
    return {
        "id": endpoint.id,
        "url": webhooks.opened(endpoint).url,
        "events": endpoint.events,
        "label": endpoint.label,
        "disabled": endpoint.disabled_at is not None,
        "disabled_for": endpoint.disabled_for or None,
        "failing_since": endpoint.failing_since,
        "created_at": endpoint.created_at,
        "rotated_at": endpoint.rotated_at,
    }


def delivery_out(delivery: WebhookDelivery, tries: Iterable[WebhookAttempt]) -> dict[str, Any]:
    """A message and how each try went; its data are ids and counts."""
    return {
        "id": delivery.id,
        "event": delivery.event,
        "data": delivery.body,
        "state": delivery.state,
        "created_at": delivery.created_at,
        "next_try_at": delivery.due_at if delivery.state == WebhookDelivery.State.QUEUED else None,
        "tries": [
            {"at": one.at, "outcome": one.outcome, "status": one.status, "milliseconds": one.milliseconds}
            for one in tries
        ],
    }


def webhook_in(data: Any, *, needs_url: bool) -> dict[str, Any]:
    """What is said of an endpoint: url, events, label, and (where it is there already) disabled.

    Raises InvalidRequest for other members and for values of another type.
    """
    if not isinstance(data, dict):
        raise InvalidRequest(fields={"": [_("Send one JSON object.")]})
    kinds: dict[str, type] = {"url": str, "events": list, "label": str} | (
        {} if needs_url else {"disabled": bool}
    )
    faults = {name: [_("There is no such field.")] for name in data if name not in kinds}
    for name in data.keys() & kinds.keys():
        fits = isinstance(data[name], kinds[name])
        if not fits or (kinds[name] is list and not all(isinstance(each, str) for each in data[name])):
            faults[name] = [_("This value cannot be used here.")]
    if needs_url and "url" not in data:
        faults["url"] = [_("This field is required.")]
    if faults:
        raise InvalidRequest("webhook", fields=faults)
    return dict(data)


def _no_constant(name: str) -> Any:
    raise ValueError(name)
