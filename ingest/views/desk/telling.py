"""What the desk tells of files beside their counts: how they came, what happened when, what is to come."""

from collections.abc import Iterable, Sequence
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _

from ingest import queries
from ingest.models import Incoming, Upload
from ingest.views.desk import words
from registry.accounts import actors
from registry.look import writing
from registry.look.statuses import look_of

Row = dict[str, Any]
SHOWN = 10


def cards(uploads: Sequence[Upload]) -> list[Row]:
    """Uploads in a list: what, when, by whom, how it came, how many rows."""
    who = actors.names(upload.by for upload in uploads)
    made = [(upload, words.card(upload, who[upload.by])) for upload in uploads]
    return [card | {"meta": f"{card['meta']} · {upload.get_source_display()}"} for upload, card in made]


def incoming_cards(found: Iterable[Incoming], *, may_send: bool) -> list[Row]:
    """Files of which a part is still to come; at most ten."""
    return [_incoming_card(incoming, may_send=may_send) for incoming in list(found)[:SHOWN]]


def incoming_name(incoming: Incoming) -> str:
    """The file's name as it was sent, or a word where it had none."""
    return queries.told_of(incoming)["name"] or _("File without a name")


def incoming_state(incoming: Incoming) -> str:
    """One sentence: how a file is on its way, or what became of it."""
    sentences = {
        Incoming.State.RECEIVING: _("Your file is on its way to us. What has come is safe."),
        Incoming.State.ARRIVED: _("Your file is here and is being put in its place."),
        Incoming.State.LANDED: _("Your file has arrived."),
        Incoming.State.REFUSED: _("This file could not be taken in. Nothing of it was kept."),
        Incoming.State.CANCELLED: _("This file was stopped on its way. Nothing of it was kept."),
        Incoming.State.EXPIRED: _("The rest of this file never came. What had come was destroyed."),
    }
    return sentences[Incoming.State(incoming.state)]


def timeline(upload: Upload) -> list[Row]:
    """What happened to a file, the first thing first, each with who did it where a person did."""
    who = actors.names(filter(None, (upload.by, upload.confirmed_by, upload.undone_by)))
    ended = look_of("upload", upload.status).label
    steps = [
        (upload.received_at, _("Received"), f"{who[upload.by]} · {upload.get_source_display()}"),
        (upload.previewed_at, _("Read, and shown before anything was stored"), ""),
        (upload.confirmed_at, _("Confirmed"), who.get(upload.confirmed_by, "")),
        (upload.started_at, _("Work on the rows began"), ""),
        (upload.finished_at, ended, ""),
        (upload.result_fetched_at, _("Result file fetched, your file destroyed"), ""),
        (upload.undone_at, _("Undone: its records were withdrawn"), who.get(upload.undone_by, "")),
    ]
    return [{"at": at, "title": title, "meta": meta} for at, title, meta in steps if at is not None]


def reasons_table(reasons: Sequence[queries.Reason], rows: int) -> Row:
    """The figures of the chart as a table: reason, column or field, rows, their share of all rows."""
    columns = [
        {"label": _("Reason")},
        {"label": _("Field")},
        {"label": _("Rows"), "numeric": True},
        {"label": _("Share"), "numeric": True},
    ]
    lines = [
        [
            words.reason_text(reason.code, ""),
            words.field_label(reason.field) if reason.field else "–",
            writing.count(reason.count),
            f"{100 * reason.count / max(rows, 1):.1f}%",
        ]
        for reason in reasons
    ]
    return {"columns": columns, "rows": lines}


def _incoming_card(incoming: Incoming, *, may_send: bool) -> Row:
    share = writing.percent(incoming.offset, incoming.length)
    card: dict[str, Any] = {
        "title": incoming_name(incoming),
        "url": reverse("ingest:upload", args=[incoming.pk]),
        "tone": "attention",
        "text": _("%(share)s%% is here. Choose the same file again and it goes on from there.")
        % {"share": share},
        "meta": _("Kept until %(when)s") % {"when": writing.moment_text(incoming.expires_at)},
    }
    if may_send:
        cancel = reverse("ingest:cancel", args=[incoming.pk])
        card |= {"action_url": cancel, "action_label": _("Stop it"), "danger": True}
    return card
