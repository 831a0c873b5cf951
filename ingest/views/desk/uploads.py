"""Files at the desk: watch one, stop it, look back at all of them."""

from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from ingest import queries, services
from ingest.forms import HistoryForm
from ingest.models import Incoming, Upload
from ingest.results.lacking import NO_CONSENT
from ingest.views.desk import telling, words
from registry.accounts import actors
from registry.accounts.pages import MemberRequest, member_page
from registry.accounts.roles import Permission, allowed
from registry.models import Organisation

A_PAGE = 20


@require_GET
@member_page(Permission.UPLOADS_VIEW)
def history(request: MemberRequest) -> HttpResponse:
    """Every file of the organisation, twenty to a page, or those that the filter asks for."""
    form = _filter(request)
    form.is_valid()
    asked = {name: value for name, value in form.cleaned_data.items() if value}
    page = Paginator(queries.history(_own(request), **asked), A_PAGE).get_page(request.GET.get("page"))
    may_send = allowed(request.member, Permission.UPLOADS_SEND)
    context = {
        "page": page,
        "items": telling.cards(list(page)),
        "unfinished": [] if asked or page.number > 1 else _unfinished(request, may_send=may_send),
        "form": form,
        "asked": bool(asked or form.errors),
        "query": urlencode({name: request.GET[name] for name in form.fields if request.GET.get(name)}),
        "may_send": may_send,
        "organisation": request.member.organisation_name,
    }
    return render(request, "ingest/uploads.html", context)


@require_GET
@member_page(Permission.UPLOADS_VIEW)
def one(request: MemberRequest, upload: UUID) -> HttpResponseBase:
    """One file: how far it is, what became of its rows, and what to do about those refused."""
    found = queries.upload_or_incoming(organisation=_own(request), upload=upload)
    if isinstance(found, Incoming):
        return _incoming(request, found)
    if found.pk != upload:
        messages.info(request, _("This very file is here already: this is what became of it."))
        return redirect("ingest:upload", found.pk)
    may_send = allowed(request.member, Permission.UPLOADS_SEND)
    if found.awaiting and may_send:
        return redirect("ingest:preview", found.pk)
    progress = queries.progress(found, at=timezone.now())
    context: dict[str, Any] = {
        "found": found,
        "name": words.name_of(found),
        "state": words.state_of(found),
        "look": words.look_code(found),
        "open": found.status in Upload.OPEN and not found.awaiting,
        "stoppable": found.status in Upload.OPEN and may_send,
        "undoable": services.undoable(found),
        "progress": progress,
        "facts": words.facts(found, actors.names([found.by])[found.by]),
        "timeline": telling.timeline(found),
        "rejection": words.rejection(found),
        "organisation": request.member.organisation_name,
        "may_send": may_send,
        "result": _result(request, found),
    }
    return render(request, "ingest/upload.html", context | _outcomes(found, progress))


@require_http_methods(["GET", "HEAD", "POST"])
@member_page(Permission.UPLOADS_SEND)
def cancel(request: MemberRequest, upload: UUID) -> HttpResponseBase:
    """Asks once, then stops it, on its way or at work. Raises UploadFinished if it has ended meanwhile."""
    found = queries.upload_or_incoming(organisation=_own(request), upload=upload)
    if request.method == "POST":
        _stop(request, found)
        return redirect("ingest:upload", found.pk)
    arriving = isinstance(found, Incoming)
    name = telling.incoming_name(found) if isinstance(found, Incoming) else words.name_of(found)
    context = {"found": found, "name": name, "arriving": arriving}
    return render(request, "ingest/cancel.html", context | {"organisation": request.member.organisation_name})


def _own(request: MemberRequest) -> UUID:
    """The member's organisation; the permissions of these pages belong to organisations alone."""
    assert request.member.organisation is not None
    return request.member.organisation


def _filter(request: MemberRequest) -> HistoryForm:
    senders = actors.names(queries.senders(_own(request)))
    types = words.type_choices(Organisation.objects.get(pk=_own(request)))
    named = sorted(senders.items(), key=lambda sender: sender[1])
    return HistoryForm(request.GET, types=types, senders=named)


def _unfinished(request: MemberRequest, *, may_send: bool) -> list[dict[str, Any]]:
    return telling.incoming_cards(queries.unfinished_incoming(_own(request)), may_send=may_send)


def _incoming(request: MemberRequest, found: Incoming) -> HttpResponse:
    """A file that is still on its way, or that never became an upload."""
    context = {
        "found": found,
        "name": telling.incoming_name(found),
        "state": telling.incoming_state(found),
        "open": found.under_way,
        "organisation": request.member.organisation_name,
        "may_send": allowed(request.member, Permission.UPLOADS_SEND),
    }
    return render(request, "ingest/incoming.html", context)


def _stop(request: MemberRequest, found: Upload | Incoming) -> None:
    acting: dict[str, Any] = {"organisation": _own(request), "by": request.member.by, "at": timezone.now()}
    if isinstance(found, Incoming):
        services.abandon(incoming=found.pk, **acting)
        messages.success(request, _("Stopped. Nothing of it was kept."))
    else:
        services.cancel(upload=found.pk, **acting)
        messages.success(request, _("Stopped. Rows that were in by then stay in."))


def _result(request: MemberRequest, found: Upload) -> str:
    """What this member can take home: their own file, a list once that is gone, or nothing."""
    if found.status in Upload.OPEN or not allowed(request.member, Permission.UPLOADS_RESULT):
        return ""
    if found.file_key is not None and found.status == Upload.Status.DONE_WITH_ERRORS:
        return "file"
    return "list" if found.refused else ""


def _outcomes(found: Upload, progress: queries.Progress) -> dict[str, Any]:
    """Tiles by outcome, bars and cards by reason, rows without a consent; none before the file was read."""
    if not progress.done:
        return {"tiles": [], "reasons": [], "bars": [], "notes": [], "without": 0}
    summary = queries.summary(found.pk)
    refused = [reason for reason in summary.reasons if not reason.warning]
    return {
        "tiles": words.tiles(progress.counts),
        "reasons": words.reasons(found, refused),
        "bars": words.bars(refused),
        "figures": telling.reasons_table(refused, progress.rows),
        "without": sum(reason.count for reason in refused if reason.code in NO_CONSENT),
        "notes": words.reasons(found, [reason for reason in summary.reasons if reason.warning]),
    }
