"""JSON Schemas of what goes in and out at the partner's addresses, with examples that run."""

from typing import Any

from ingest.errors import ROW_FAULTS
from ingest.models import Upload
from ingest.pipeline.retracting import REASONS
from registry.catalogue import CONSENT_FIELDS, IDENTITY_FIELDS, RECORD_TYPES
from registry.models import WebhookAttempt, WebhookDelivery, WebhookEndpoint
from registry.webhooks import EVENTS, PING

Json = dict[str, Any]
TEXT: Json = {"type": "string"}
COUNT: Json = {"type": "integer", "minimum": 0}
ID: Json = {"type": "string", "format": "uuid"}
MOMENT: Json = {"type": "string", "format": "date-time"}
FLAG: Json = {"type": "boolean"}

_MARCH = {
    "name": "张伟",
    "id_number": "11010519491231002X",
    "month": "2026-03",
    "gross": "8000.00",
    "net": "6500.00",
    "currency": "CNY",
    "due_on": "2026-03-15",
    "paid_on": "2026-03-15",
}
_SIGNED = {
    "consent_reference": "SQ-2026-000123",
    "consent_signed_on": "2026-01-15",
    "consent_method": "paper_form",
    "consent_document_sha256": "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
    "consent_separate": "yes",
}
RECORD_EXAMPLE: Json = _MARCH | _SIGNED
CONSENT_EXAMPLE: Json = {
    "name": "张伟",
    "id_number": "11010519491231002X",
    "mobile": "13800138000",
    "categories": ["income", "identity"],
    "separate": ["income"],
    **{name.removeprefix("consent_"): _SIGNED[name] for name in _SIGNED if name != "consent_separate"},
}


def listed(items: Json, *, most: int | None = None, least: int = 0) -> Json:
    """A list of these."""
    bounds = {"minItems": least} | ({} if most is None else {"maxItems": most})
    return {"type": "array", "items": items} | {name: value for name, value in bounds.items() if value}


def shape(*, closed: bool = True, optional: tuple[str, ...] = (), **members: Json) -> Json:
    """An object with these members, all there but the optional ones."""
    needed = sorted(set(members) - set(optional))
    found: Json = {"type": "object", "properties": members, "required": needed}
    return found | ({"additionalProperties": False} if closed else {})


def maybe(one: Json) -> Json:
    """The same, or null."""
    return {"anyOf": [one, {"type": "null"}]}


def ref(name: str) -> Json:
    """A shape of the document."""
    return {"$ref": f"#/components/schemas/{name}"}


def one_of(*words: str) -> Json:
    """One of these words."""
    return {"type": "string", "enum": list(words)}


def _problem() -> Json:
    names = ("title", "code", "detail", "request_id")
    fault = shape(field=TEXT, code=TEXT, detail=TEXT)
    members: dict[str, Any] = dict.fromkeys(names, TEXT) | {"type": {"type": "string", "format": "uri"}}
    members |= {"status": {"type": "integer"}, "errors": listed(fault), "context": {"type": "object"}}
    found = shape(closed=True, optional=("errors", "context"), **members)
    return found | {"description": "An error as RFC 9457 has it, with a stable code."}


def _counts() -> Json:
    counts: dict[str, Any] = dict.fromkeys(Upload.OUTCOMES, COUNT)
    return shape(**counts)


def _upload() -> Json:
    error = shape(
        optional=("detail", "cure", "context"), code=TEXT, detail=TEXT, cure=TEXT, context={"type": "object"}
    )
    return shape(
        closed=False,
        optional=("awaiting", "trial", "received", "expires_at"),
        id=ID,
        state=one_of(
            *Upload.Status.values, "receiving", "arrived", "landed", "abandoned", "refused", "expired"
        ),
        type=maybe(TEXT),
        format=maybe(TEXT),
        name=TEXT,
        bytes=COUNT,
        received=COUNT,
        rows=COUNT,
        counts=ref("Counts"),
        progress={"type": "number", "minimum": 0, "maximum": 1},
        seconds_left=maybe(COUNT),
        stalled=FLAG,
        awaiting=FLAG,
        trial=maybe({"type": "object"}),
        received_at=MOMENT,
        expires_at=maybe(MOMENT),
        finished_at=maybe(MOMENT),
        error=maybe(error),
        links={"type": "object", "additionalProperties": TEXT},
    )


def _fault() -> Json:
    known = {"type": "string", "examples": sorted(ROW_FAULTS)[:3]}
    said: dict[str, Any] = {"code": known, "field": TEXT, "detail": TEXT, "cure": TEXT, "example": TEXT}
    return shape(closed=False, optional=("detail", "cure", "example"), **said)


def _outcome(**more: Any) -> Json:
    faults = listed(ref("Fault"))
    return shape(**more, outcome=one_of(*Upload.OUTCOMES), errors=faults, warnings=faults)


def _records() -> Json:
    value = {"type": ["string", "null", "boolean", "number", "array"], "items": TEXT}
    known = dict.fromkeys({**IDENTITY_FIELDS, **CONSENT_FIELDS}, value)
    record = {"type": "object", "properties": known, "additionalProperties": value}
    found = shape(closed=False, type=one_of(*RECORD_TYPES), records=listed(record, most=1_000, least=1))
    return found | {"examples": [{"type": "wage", "records": [RECORD_EXAMPLE]}]}


def _retract() -> Json:
    record = {"type": "object", "additionalProperties": {"type": ["string", "number", "null"]}}
    records = listed(record, most=1_000, least=1)
    return shape(
        closed=False,
        optional=("reason",),
        type=one_of(*RECORD_TYPES),
        reason=one_of(*REASONS),
        records=records,
    )


def _consents() -> Json:
    given = {name.removeprefix("consent_"): TEXT for name in CONSENT_FIELDS}
    members = dict.fromkeys(IDENTITY_FIELDS, TEXT) | given
    members |= {"categories": listed(TEXT, least=1), "separate": {"type": ["array", "string"], "items": TEXT}}
    members.pop("consent_reference", None)
    consent = {
        "type": "object",
        "properties": members,
        "required": ["reference", "categories", "signed_on", "method", "document_sha256"],
    }
    found = shape(closed=False, consents=listed(consent, most=1_000, least=1))
    return found | {"examples": [{"consents": [CONSENT_EXAMPLE]}]}


def _webhook_members() -> Json:
    events = listed(one_of(*sorted(set(EVENTS) - {PING}))) | {"description": "None means all of them."}
    url = {"type": "string", "format": "uri", "maxLength": 500, "description": "https, a public address"}
    return {"url": url, "events": events, "label": TEXT | {"maxLength": 80}}


def _webhook() -> Json:
    reasons = [each for each in WebhookEndpoint.Reason.values if each]
    return shape(
        optional=("secret",),
        **_webhook_members(),
        id=ID,
        secret=TEXT | {"pattern": "^whsec_", "description": "Shown this once."},
        disabled=FLAG,
        disabled_for=maybe(one_of(*reasons)),
        failing_since=maybe(MOMENT),
        created_at=MOMENT,
        rotated_at=MOMENT,
    )


def _delivery() -> Json:
    outcome = one_of(*WebhookAttempt.Outcome.values)
    tried = shape(at=MOMENT, outcome=outcome, status=maybe({"type": "integer"}), milliseconds=COUNT)
    return shape(
        id=ID,
        event=one_of(*EVENTS),
        data={"type": "object"},
        state=one_of(*WebhookDelivery.State.values),
        created_at=MOMENT,
        next_try_at=maybe(MOMENT),
        tries=listed(tried),
    )


def _choices() -> Json:
    small = {"type": ["integer", "string"]}
    fields = {"type": "object", "additionalProperties": {"type": ["string", "null"]}}
    members: dict[str, Any] = dict.fromkeys(("encoding", "delimiter", "sheet", "type"), TEXT)
    members |= {"header_row": small, "fields": fields | {"description": "Field names by column, from 0."}}
    return shape(closed=True, optional=tuple(members), **members) | {
        "examples": [{"encoding": "gb18030", "fields": {"2": "gross"}}]
    }


def schemas() -> Json:
    """Every shape of the document by its name."""
    return _of_files() | _of_records() | _of_webhooks()


def _of_files() -> Json:
    return {
        "Problem": _problem(),
        "Counts": _counts(),
        "Upload": _upload(),
        "Fault": _fault(),
        "Row": _outcome(row=COUNT),
        "Rows": shape(rows=listed(ref("Row")), next_cursor=maybe(TEXT)),
        "ChoicesIn": _choices(),
        "Preview": {"type": "object", "required": ["id", "columns", "problems", "sample"]},
        "Undone": shape(
            upload=ID,
            withdrawn=COUNT,
            restored=COUNT,
            kept_as_history=COUNT,
            stays=shape(disputed=COUNT, superseded=COUNT),
        ),
    }


def _of_records() -> Json:
    faults = listed(ref("Fault"))
    retracted = shape(index=COUNT, outcome=one_of("retracted", "refused"), kept=FLAG, errors=faults)
    granted = one_of("granted", "refused")
    consent = shape(index=COUNT, outcome=granted, consent_id=maybe(ID), errors=faults, warnings=faults)
    return {
        "RecordsIn": _records(),
        "RecordsOut": shape(results=listed(_outcome(index=COUNT))),
        "RetractIn": _retract(),
        "RetractOut": shape(results=listed(retracted)),
        "ConsentsIn": _consents(),
        "ConsentsOut": shape(results=listed(consent)),
        "Catalogue": {"type": "object", "required": ["jurisdiction", "categories", "record_types"]},
    }


def _of_webhooks() -> Json:
    said = _webhook_members()
    named = {"examples": [{"url": "https://example.org/hook", "events": ["upload.finished"]}]}
    changed = shape(optional=(*said, "disabled"), **said, disabled=FLAG)
    return {
        "WebhookIn": shape(optional=("events", "label"), **said) | named,
        "WebhookChange": changed | {"examples": [{"disabled": False}]},
        "Webhook": _webhook(),
        "Webhooks": shape(webhooks=listed(ref("Webhook"))),
        "Delivery": _delivery(),
        "Deliveries": shape(deliveries=listed(ref("Delivery")), next_cursor=maybe(TEXT)),
    }
