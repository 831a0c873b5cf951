"""What organisations may be told of, and what each event may say: the closed list.

Ids, codes and counts alone, each of a kind that the ledger knows. So no name and no number can leave by a
webhook, whatever a caller passes.
"""

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext_lazy as _

from registry.ledger.events import KINDS

_UPLOAD = "upload status source type rows accepted unchanged corrected held_for_review refused"

EVENTS: dict[str, frozenset[str]] = {
    "upload.finished": frozenset(_UPLOAD.split()),
    "upload.rejected": frozenset(["upload", "status", "source", "reason"]),
    "upload.cancelled": frozenset(_UPLOAD.split()),
    "test.ping": frozenset(),
}
PING = "test.ping"
LABELS: dict[str, Any] = {
    "upload.finished": _("A file is done"),
    "upload.rejected": _("A file was rejected"),
    "upload.cancelled": _("A file was cancelled"),
    "test.ping": _("A test"),
}
_OWN_KINDS = {"source": KINDS["reason"]}


def check(event: str, data: Mapping[str, object]) -> dict[str, Any]:
    """The data as plain JSON values; what is None is left out.

    Raises ValueError for an event, a member or a value that is not of the list. It never shows the value.
    """
    if event not in EVENTS:
        raise ValueError("there is no such event")
    plain: dict[str, Any] = {}
    for name, value in data.items():
        if name not in EVENTS[event]:
            raise ValueError(f"{event} says nothing of {name!r}")
        if value is None:
            continue
        kept = (_OWN_KINDS.get(name) or KINDS[name])(value)
        if kept is None:
            raise ValueError(f"{event}: the value of {name!r} is not of its kind")
        plain[name] = kept
    return plain
