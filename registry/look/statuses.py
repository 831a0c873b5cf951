"""Every state a page may show, once: its tone, its sign and its word. Colour never stands alone."""

from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy


@dataclass(frozen=True)
class Look:
    """How a state looks. `tone` picks colours in juxin.css, `sign` an icon, `label` says it in words."""

    tone: str
    sign: str
    label: str | Promise


GOOD, ASK, QUIET, BAD, NOTE = "success", "attention", "quiet", "danger", "info"

STATUSES: dict[str, dict[str, Look]] = {
    "consent": {
        "requested": Look(ASK, "clock", _("Waiting for a decision")),
        "granted": Look(GOOD, "check", _("In force")),
        "declined": Look(QUIET, "minus", _("Declined")),
        "expired": Look(QUIET, "clock", _("Ended on its day")),
        "withdrawn": Look(QUIET, "undo", _("Withdrawn")),
        "superseded": Look(QUIET, "swap", _("Replaced by a newer one")),
    },
    "upload": {
        "received": Look(NOTE, "inbox", _("Received")),
        "parsing": Look(NOTE, "clock", _("Being read")),
        "previewed": Look(ASK, "eye", _("Waiting for your go-ahead")),
        "processing": Look(NOTE, "clock", _("Being processed")),
        "done": Look(GOOD, "check", _("Done")),
        "done_with_errors": Look(ASK, "warn", _("Done, some rows refused")),
        "rejected": Look(BAD, "cross", _("File refused")),
        "cancelled": Look(QUIET, "minus", _("Cancelled")),
        "undone": Look(QUIET, "undo", _("Undone")),
    },
    "row": {
        "accepted": Look(GOOD, "check", _("Accepted")),
        "unchanged": Look(QUIET, "minus", _("Known already")),
        "corrected": Look(NOTE, "swap", _("Corrects an earlier row")),
        "held_for_review": Look(ASK, "clock", _("Held for review")),
        "refused": Look(BAD, "cross", _("Refused")),
    },
    "record": {
        "active": Look(GOOD, "check", pgettext_lazy("record", "Current")),
        "corrected": Look(QUIET, "swap", pgettext_lazy("record", "Corrected")),
        "disputed": Look(ASK, "flag", pgettext_lazy("record", "Disputed")),
        "expired": Look(QUIET, "clock", pgettext_lazy("record", "Kept no longer")),
        "withdrawn": Look(QUIET, "undo", pgettext_lazy("record", "Withdrawn")),
        "erased": Look(QUIET, "cross", pgettext_lazy("record", "Erased")),
    },
    "resident": {
        "unclaimed": Look(QUIET, "user", pgettext_lazy("resident", "Not yet claimed")),
        "active": Look(GOOD, "check", pgettext_lazy("resident", "Active")),
        "frozen": Look(NOTE, "pause", pgettext_lazy("resident", "Frozen")),
        "erased": Look(QUIET, "cross", pgettext_lazy("resident", "Erased")),
    },
    "link": {
        "automatic": Look(NOTE, "link", _("Linked by rule")),
        "reviewed": Look(GOOD, "check", _("Linked by a person")),
        "merged": Look(NOTE, "link", _("Merged")),
        "split": Look(QUIET, "undo", _("Kept apart")),
    },
    "dispute": {
        "open": Look(ASK, "flag", _("Open")),
        "investigating": Look(ASK, "clock", _("Being looked into")),
        "upheld": Look(GOOD, "check", _("You were right")),
        "rejected": Look(QUIET, "minus", _("The record stays")),
    },
    "licence": {
        "applied": Look(ASK, "clock", _("Applied for")),
        "active": Look(GOOD, "check", pgettext_lazy("licence", "In force")),
        "suspended": Look(BAD, "pause", _("Suspended")),
        "ended": Look(QUIET, "minus", _("Ended")),
    },
    "message": {
        "queued": Look(NOTE, "clock", _("On its way")),
        "sent": Look(GOOD, "check", _("Sent")),
        "failed": Look(BAD, "cross", _("Not delivered")),
    },
    "month": {
        "on_time": Look(GOOD, "month-on_time", _("On time")),
        "late": Look(ASK, "month-late", _("Late")),
        "unpaid": Look(BAD, "month-unpaid", _("Not paid")),
        "none": Look(QUIET, "month-none", _("No data")),
    },
}


def look_of(kind: str, code: str) -> Look:
    """The look of one state. Raises KeyError for a state nobody has given a word."""
    return STATUSES[kind][str(code)]
