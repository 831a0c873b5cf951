"""What goes in and out at each address: content types, headers, statuses beyond those that all share."""

from typing import Any, NamedTuple

from ingest.models import Upload
from ingest.openapi.shapes import COUNT, FLAG, ID, TEXT, Json, one_of, ref
from registry.catalogue import RECORD_TYPES

BYTES: Json = {"type": "string", "format": "binary"}
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
NDJSON = "application/x-ndjson"


class Operation(NamedTuple):
    """One method at one address. `answers` has (content type, schema) by status, None for no body."""

    answers: dict[int, tuple[str, Json] | None]
    body: dict[str, Json] | None = None
    parameters: tuple[Json, ...] = ()
    errors: tuple[int, ...] = ()
    headers: tuple[str, ...] = ()
    needed: bool = True


def header(name: str, schema: Json, description: str) -> Json:
    """A header of a request."""
    return {"name": name, "in": "header", "schema": schema, "description": description}


def query(name: str, schema: Json, description: str) -> Json:
    """A parameter of a query."""
    return {"name": name, "in": "query", "schema": schema, "description": description}


KEY = header(
    "Idempotency-Key",
    TEXT | {"maxLength": 255, "pattern": "^[!-~]*$"},
    "For a day the same key with the same request gives the same answer, with another request an error.",
)
UPLOAD_HEADERS = (
    KEY,
    header(
        "Upload-Type", one_of(*RECORD_TYPES), "The type of all records; found from the columns without it."
    ),
    header("Upload-Hold", FLAG, "Wait, once read, until somebody confirms."),
    header(
        "Upload-As-Of", TEXT | {"format": "date"}, "The day its rows speak of; the day it came without it."
    ),
)
TUS = (
    header("Tus-Resumable", {"const": "1.0.0"}, "Opens or continues a resumable upload (tus 1.0)."),
    header("Upload-Length", COUNT, "The bytes of the whole file, to open a resumable upload."),
)
LIMIT = query("limit", {"type": "integer", "minimum": 1, "maximum": 1000}, "How many at most.")
CURSOR = query("cursor", {"type": "integer", "minimum": 1}, "`next_cursor` of the page before.")


def _json(name: str) -> tuple[str, Json]:
    return "application/json", ref(name)


def _sent(name: str) -> dict[str, Json]:
    return {"application/json": ref(name)}


_UPLOAD = _json("Upload")
_FILE = {"text/csv": BYTES, NDJSON: BYTES, XLSX: BYTES}
_FORM = {"type": "object", "properties": {"file": BYTES, "type": one_of(*RECORD_TYPES)}, "required": ["file"]}
_NOTHING: dict[str, Json] = {"application/json": {"type": "object"}}

OPERATIONS: dict[str, dict[str, Operation]] = {
    "api_uploads": {
        "post": Operation(
            {202: _UPLOAD, 201: None},
            {**_FILE, "multipart/form-data": _FORM},
            UPLOAD_HEADERS + TUS,
            (400, 409, 411, 412, 413, 415, 422, 507),
            ("Location", "Upload-Offset", "Upload-Expires", "Tus-Resumable"),
        ),
    },
    "api_upload": {
        "get": Operation({200: _UPLOAD}),
        "patch": Operation(
            {204: None},
            {"application/offset+octet-stream": BYTES},
            (*TUS[:1], header("Upload-Offset", COUNT, "Where this piece begins.")),
            (400, 409, 410, 412, 413, 415, 422, 423, 460, 507),
            ("Upload-Offset", "Upload-Expires", "Tus-Resumable"),
        ),
        "delete": Operation({200: _UPLOAD, 204: None}, parameters=TUS[:1], errors=(409, 410, 412)),
    },
    "api_rows": {
        "get": Operation(
            {200: _json("Rows")},
            parameters=(
                query("outcome", one_of(*Upload.OUTCOMES), "Rows of this outcome alone."),
                LIMIT,
                CURSOR,
            ),
            errors=(422,),
        )
    },
    "api_result": {"get": Operation({200: ("*/*", BYTES)}, errors=(409,), headers=("Content-Disposition",))},
    "api_preview": {"get": Operation({200: _json("Preview")}, errors=(409, 422))},
    "api_choices": {
        "put": Operation({202: _UPLOAD}, _sent("ChoicesIn"), errors=(409, 422)),
        "delete": Operation({202: _UPLOAD}, errors=(409,)),
    },
    "api_trial": {"post": Operation({202: _UPLOAD}, _NOTHING, errors=(409, 422), needed=False)},
    "api_confirm": {"post": Operation({202: _UPLOAD}, _NOTHING, errors=(409, 422), needed=False)},
    "api_records": {
        "post": Operation(
            {200: _json("RecordsOut")}, _sent("RecordsIn"), (KEY,), (409, 413, 422), ("Idempotent-Replay",)
        )
    },
    "api_undo": {"post": Operation({200: _json("Undone")}, _NOTHING, errors=(409, 422), needed=False)},
    "api_retract": {
        "post": Operation(
            {200: _json("RetractOut")}, _sent("RetractIn"), (KEY,), (409, 413, 422), ("Idempotent-Replay",)
        )
    },
    "api_stream": {
        "post": Operation(
            {200: (NDJSON, TEXT)},
            {NDJSON: BYTES},
            (*UPLOAD_HEADERS[:2], UPLOAD_HEADERS[3]),
            (409, 415, 422),
            ("Location",),
        )
    },
    "api_consents": {
        "post": Operation(
            {200: _json("ConsentsOut")}, _sent("ConsentsIn"), (KEY,), (409, 413, 422), ("Idempotent-Replay",)
        )
    },
    "api_webhooks": {
        "get": Operation({200: _json("Webhooks")}),
        "post": Operation(
            {201: _json("Webhook")}, _sent("WebhookIn"), (KEY,), (409, 422), ("Location", "Idempotent-Replay")
        ),
    },
    "api_webhook": {
        "get": Operation({200: _json("Webhook")}),
        "patch": Operation({200: _json("Webhook")}, _sent("WebhookChange"), errors=(422,)),
        "delete": Operation({204: None}),
    },
    "api_webhook_rotate": {
        "post": Operation({200: _json("Webhook")}, _NOTHING, (KEY,), (409, 422), needed=False)
    },
    "api_webhook_test": {
        "post": Operation({202: _json("Delivery")}, _NOTHING, (KEY,), (409, 422), needed=False)
    },
    "api_deliveries": {
        "get": Operation(
            {200: _json("Deliveries")},
            parameters=(
                query("limit", {"type": "integer", "minimum": 1, "maximum": 100}, "How many at most."),
                query("cursor", ID, "`next_cursor` of the page before."),
            ),
            errors=(422,),
        )
    },
    "api_replay": {"post": Operation({202: _json("Delivery")}, _NOTHING, (KEY,), (409, 422), needed=False)},
    "api_catalogue": {"get": Operation({200: _json("Catalogue")})},
    "api_template": {"get": Operation({200: (XLSX, BYTES)}, headers=("Content-Disposition",))},
}


def described(name: str, method: str) -> Any:
    """The operation of an address; raises KeyError for one that nobody described."""
    return OPERATIONS[name][method]
