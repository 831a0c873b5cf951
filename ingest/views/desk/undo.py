"""Taking a file back: asks once, and says what goes, what is in force again, what stays and why."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods

from ingest import pipeline, queries, services
from ingest.errors import NothingToUndo
from ingest.views.desk import words
from registry.accounts.pages import MemberRequest, member_page
from registry.accounts.roles import Permission
from registry.profiles import Undone, undoable


@require_http_methods(["GET", "HEAD", "POST"])
@member_page(Permission.UPLOADS_SEND)
def undo(request: MemberRequest, upload: UUID) -> HttpResponseBase:
    """Asks once, then takes it back. Raises NothingToUndo where that was done, or cannot be done."""
    assert request.member.organisation is not None
    found = queries.upload_of(organisation=request.member.organisation, upload=upload)
    if request.method == "POST":
        acting: dict[str, Any] = {"organisation": request.member.organisation, "upload": upload}
        done = pipeline.again(lambda: services.undo(**acting, by=request.member.by, at=timezone.now()))
        messages.success(request, _told(done))
        return redirect("ingest:upload", upload)
    if not services.undoable(found):
        raise NothingToUndo
    told = undoable(upload=upload)
    context = {
        "found": found,
        "name": words.name_of(found),
        "stops": _stops(told),
        "stays": _stays(told),
        "organisation": request.member.organisation_name,
    }
    return _page(request, context)


def _page(request: MemberRequest, context: dict[str, object]) -> HttpResponse:
    return render(request, "ingest/undo.html", context)


def _told(done: Undone) -> str:
    taken = done.gone + done.reported
    said = ngettext(
        "Undone: %(count)s record was taken back.", "Undone: %(count)s records were taken back.", taken
    )
    return said % {"count": f"{taken:,}"}


def _stops(told: Undone) -> list[str]:
    taken = told.gone + told.reported
    lines = [_("What this file had replaced is in force again, where the law still allows it.")]
    if taken:
        said = ngettext(
            "%(count)s record of this file is shown to nobody any more.",
            "%(count)s records of this file are shown to nobody any more.",
            taken,
        )
        lines.insert(0, said % {"count": f"{taken:,}"})
    return lines


def _stays(told: Undone) -> list[str]:
    """What is not undone, with the reason: the law, or a newer word."""
    reported = ngettext(
        "%(count)s was read by a lender: it is hidden, and kept sealed as history.",
        "%(count)s were read by lenders: they are hidden, and kept sealed as history.",
        told.reported,
    )
    disputed = ngettext(
        "%(count)s is disputed by the person: it stays until the dispute is decided.",
        "%(count)s are disputed by the people: they stay until the disputes are decided.",
        told.disputed,
    )
    superseded = ngettext(
        "%(count)s was replaced or sent again by a later file: what that file says stays.",
        "%(count)s were replaced or sent again by later files: what those files say stays.",
        told.superseded,
    )
    counted = ((reported, told.reported), (disputed, told.disputed), (superseded, told.superseded))
    lines = [text % {"count": f"{count:,}"} for text, count in counted if count]
    return [*lines, _("The ledger keeps that the file came and that it was undone.")]
