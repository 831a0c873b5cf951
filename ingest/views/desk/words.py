"""What the desk says about uploads: names, states, counts and reasons, in the clerk's words."""

from collections.abc import Iterable, Sequence
from typing import Any

from django.conf import settings
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from ingest import queries
from ingest.errors import ROW_FAULTS, example_of
from ingest.mapping import Mapping
from ingest.models import Upload
from registry.catalogue import CONSENT_FIELDS, IDENTITY_FIELDS, RECORD_TYPES, jurisdiction
from registry.look import statuses, writing
from registry.models import Licence, Organisation

Row = dict[str, Any]
BARS = 8


def types_of(organisation: Organisation, licence: Licence) -> list[tuple[str, str]]:
    """The record types this organisation may send under its licence, as choices in the reader's language."""
    allowed = jurisdiction(settings.JURISDICTION).record_types_of(organisation.kind)
    types = [RECORD_TYPES[code] for code in allowed]
    return [(found.code, _label(found)) for found in types if found.category in licence.categories]


def language() -> str:
    """The reader's language."""
    return get_language() or settings.LANGUAGE_CODE


def type_choices(organisation: Organisation) -> list[tuple[str, str]]:
    """Every record type of this kind of organisation, licensed today or not, in the reader's language."""
    codes = jurisdiction(settings.JURISDICTION).record_types_of(organisation.kind)
    return [(code, _label(RECORD_TYPES[code])) for code in codes]


def field_label(field: str) -> str:
    """Our name for a field of any record type, of the identity or of the consent."""
    types = (field_of.fields.get(field) for field_of in RECORD_TYPES.values())
    known = IDENTITY_FIELDS.get(field) or CONSENT_FIELDS.get(field) or next(filter(None, types), None)
    return _label(known) if known else field


def reason_text(code: str, field: str) -> str:
    """What is wrong, and in which field where it is about one."""
    return f"{field_label(field)}: {_sentence(code)}" if field else _sentence(code)


def name_of(upload: Upload) -> str:
    """The file's name as it was sent; where it had none, or it was forgotten, what it held and from when."""
    if name := queries.name_of(upload):
        return name
    if known := RECORD_TYPES.get(upload.type):
        day = writing.day_text(timezone.localdate(upload.received_at))
        return _("%(contents)s, sent on %(day)s") % {"contents": _label(known), "day": day}
    return _("File without a name")


def state_of(upload: Upload) -> str:
    """One sentence: what is going on, or what became of it."""
    if upload.undone_at:
        return _("This file was undone: its records were taken back. You may send it again as a new file.")
    sentences = {
        Upload.Status.RECEIVED: _("Your file has arrived and waits for its turn."),
        Upload.Status.PARSING: _("Your file is being read."),
        Upload.Status.PREVIEWED: _("Your file was read; its rows are next."),
        Upload.Status.PROCESSING: _("The rows are being checked and taken in."),
        Upload.Status.DONE: _("Every row is in. There is nothing left to do."),
        Upload.Status.DONE_WITH_ERRORS: _(
            "Some rows were refused. Mend them in the result file and send it again."
        ),
        Upload.Status.REJECTED: _("This file could not be taken in. Nothing of it was kept."),
        Upload.Status.CANCELLED: _("You stopped this upload. Rows that were in by then stay in."),
    }
    return sentences[Upload.Status(upload.status)]


def look_code(upload: Upload) -> str:
    """The code of the badge: an upload that was undone is shown as such, however it had ended."""
    return "undone" if upload.undone_at else upload.status


def card(upload: Upload, who: str) -> Row:
    """An upload in a list."""
    meta = _("%(when)s by %(who)s") % {"when": writing.moment_text(upload.received_at), "who": who}
    return {
        "title": name_of(upload),
        "url": reverse("ingest:upload", args=[upload.pk]),
        "badge": {"kind": "upload", "code": look_code(upload)},
        "text": _counted(upload),
        "meta": meta,
    }


def facts(upload: Upload, who: str) -> list[Row]:
    """Who sent what, and when."""
    known = RECORD_TYPES.get(upload.type)
    rows = [
        {"label": _("Sent"), "value": writing.moment(upload.received_at), "note": who},
        {"label": _("Contents"), "value": _label(known) if known else _("Not known yet")},
    ]
    if upload.rows:
        rows.append({"label": _("Rows"), "value": writing.count(upload.rows)})
    if upload.finished_at:
        rows.append({"label": _("Finished"), "value": writing.moment(upload.finished_at)})
    mapping = queries.mapping_of(upload)
    if mapping and mapping.unmatched:
        note = _("Nothing of them was kept.")
        rows.append({"label": _("Columns not used"), "value": ", ".join(mapping.unmatched), "note": note})
    return rows


def rejection(upload: Upload) -> Row | None:
    """Why the file as a whole could not be taken in, what to do, and which columns are meant."""
    found = queries.rejection_of(upload)
    if found is None:
        return None
    named = [_named(value) for value in found.context.values() if isinstance(value, str | list) and value]
    return {"title": found.sentence or _("This file could not be read."), "text": found.cure, "named": named}


def tiles(counts: dict[str, int]) -> list[Row]:
    """A tile per outcome, with its tone."""
    looks = {code: statuses.look_of("row", code) for code in Upload.OUTCOMES}
    shown = [code for code in Upload.OUTCOMES if counts[code] or code in ("accepted", "refused")]
    return [
        {"label": looks[code].label, "value": writing.count(counts[code]),
         "tone": looks[code].tone if counts[code] else "quiet"}
        for code in shown
    ]  # fmt: skip


def bars(reasons: Sequence[queries.Reason]) -> list[tuple[str, int]]:
    """The most frequent reasons for the chart."""
    counted: dict[str, int] = {}
    for reason in reasons:
        counted[reason.code] = counted.get(reason.code, 0) + reason.count
    frequent = sorted(counted.items(), key=lambda pair: -pair[1])[:BARS]
    return [(_sentence(code), count) for code, count in frequent]


def reasons(upload: Upload, found: Iterable[queries.Reason]) -> list[Row]:
    """Each reason as a card: what is wrong, in which column, how often, the cure and a right value."""
    mapping = queries.mapping_of(upload)
    return [_reason(reason, mapping) for reason in found]


def _reason(reason: queries.Reason, mapping: Mapping | None) -> Row:
    fault = ROW_FAULTS.get(reason.code)
    example = example_of(reason.code, reason.field, language())
    return {
        "sentence": _sentence(reason.code),
        "cure": _(fault.cure) if fault and fault.cure else "",
        "example": example,
        "column": _column(reason.field, mapping),
        "count": reason.count,
        "held": reason.outcome == "held_for_review",
    }


def _sentence(code: str) -> str:
    fault = ROW_FAULTS.get(code)
    return _(fault.sentence) if fault else code


def _column(field: str, mapping: Mapping | None) -> str:
    """The partner's own header where there is one, else our name for the field."""
    if not field:
        return ""
    if mapping is not None and field in mapping.fields:
        return mapping.column_of(field)
    known = _known_field(field, mapping.record_type if mapping else "")
    return _label(known) if known else field


def _known_field(field: str, record_type: str) -> Any:
    own = RECORD_TYPES[record_type].fields if record_type in RECORD_TYPES else {}
    return own.get(field) or IDENTITY_FIELDS.get(field) or CONSENT_FIELDS.get(field)


def _label(named: Any) -> str:
    """The label of a record type or field in the reader's language."""
    return str(named.zh if (get_language() or "").startswith("zh") else named.en)


def _named(value: str | list[str]) -> str:
    return value if isinstance(value, str) else ", ".join(map(str, value))


def _counted(upload: Upload) -> str:
    if upload.status not in Upload.FINISHED:
        return ""
    taken = upload.accepted + upload.unchanged + upload.corrected + upload.held_for_review
    counts = {"taken": writing.count(taken), "refused": writing.count(upload.refused)}
    return _("%(taken)s rows in, %(refused)s refused") % counts
