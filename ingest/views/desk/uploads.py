"""Files at the desk: send one, watch it, take the result home, cancel it, look back."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from ingest import queries, services, tasks
from ingest.errors import UploadError
from ingest.forms import UploadForm
from ingest.models import Upload
from ingest.views.desk import words
from registry.accounts import actors, licences
from registry.accounts.forms import posted
from registry.accounts.pages import MemberRequest, member_page
from registry.accounts.roles import Permission, allowed
from registry.errors import LicenceRequired, RegistryError
from registry.models import Licence, Organisation

A_PAGE = 20
RECENT = 5


@require_http_methods(["GET", "HEAD", "POST"])
@member_page(Permission.UPLOADS_VIEW)
def desk(request: MemberRequest) -> HttpResponseBase:
    """Send a file; below it the newest ones. Whoever may not send sees the files alone."""
    organisation = Organisation.objects.get(pk=_own(request))
    licence = _licence(request)
    if licence is None or not allowed(request.member, Permission.UPLOADS_SEND):
        return render(request, "ingest/desk.html", _desk(request, organisation, licence))
    types = words.types_of(organisation, licence)
    form = UploadForm(posted(request), request.FILES or None, types=types)
    if request.method == "POST" and form.is_valid():
        upload = _receive(request, form)
        if upload is not None:
            return redirect("ingest:upload", upload.pk)
    return render(request, "ingest/desk.html", _desk(request, organisation, licence) | {"form": form})


@require_GET
@member_page(Permission.UPLOADS_VIEW)
def history(request: MemberRequest) -> HttpResponse:
    """Every file of the organisation, twenty to a page, with who sent it and when."""
    page = Paginator(queries.uploads_of(_own(request)), A_PAGE).get_page(request.GET.get("page"))
    context = {"page": page, "items": _cards(list(page)), "organisation": request.member.organisation_name}
    return render(request, "ingest/uploads.html", context)


@require_GET
@member_page(Permission.UPLOADS_VIEW)
def one(request: MemberRequest, upload: UUID) -> HttpResponse:
    """One file: how far it is, what became of its rows, and what to do about those refused."""
    found = queries.upload_of(organisation=_own(request), upload=upload)
    context: dict[str, Any] = {
        "found": found,
        "name": words.name_of(found),
        "state": words.state_of(found),
        "open": found.status in Upload.OPEN,
        "progress": queries.progress(found, at=timezone.now()),
        "facts": words.facts(found, actors.names([found.by])[found.by]),
        "rejection": words.rejection(found),
        "organisation": request.member.organisation_name,
        "may_send": allowed(request.member, Permission.UPLOADS_SEND),
        "result": _result(request, found),
    }
    return render(request, "ingest/upload.html", context | _outcomes(found, context["progress"]))


@require_http_methods(["GET", "HEAD", "POST"])
@member_page(Permission.UPLOADS_SEND)
def cancel(request: MemberRequest, upload: UUID) -> HttpResponseBase:
    """Asks once, then stops it. Raises UploadFinished if it has ended meanwhile."""
    found = queries.upload_of(organisation=_own(request), upload=upload)
    if request.method == "POST":
        services.cancel(organisation=_own(request), upload=found.pk, by=request.member.by, at=timezone.now())
        messages.success(request, _("Stopped. Rows that were in by then stay in."))
        return redirect("ingest:upload", found.pk)
    context = {"found": found, "name": words.name_of(found), "organisation": request.member.organisation_name}
    return render(request, "ingest/cancel.html", context)


def _own(request: MemberRequest) -> UUID:
    """The member's organisation; the permissions of these pages belong to organisations alone."""
    assert request.member.organisation is not None
    return request.member.organisation


def _licence(request: MemberRequest) -> Licence | None:
    try:
        return licences.furnisher_licence(organisation=_own(request), at=timezone.now())
    except LicenceRequired:
        return None


def _receive(request: MemberRequest, form: UploadForm) -> Upload | None:
    """The upload, with a worker told to read it; None if the form now says why not."""
    file = form.cleaned_data["file"]
    try:
        upload = services.receive(
            organisation=_own(request),
            stream=file,
            filename=file.name,
            content_type=file.content_type or "",
            type=form.cleaned_data["type"],
            idempotency_key="",
            by=request.member.by,
            at=timezone.now(),
        )
    except RegistryError as refused:
        cure = f" {_(refused.cure)}" if isinstance(refused, UploadError) else ""
        form.add_error("file", _(refused.sentence) + cure)
        return None
    tasks.wake_parse(upload.pk)
    return upload


def _desk(request: MemberRequest, organisation: Organisation, licence: Licence | None) -> dict[str, Any]:
    recent = list(queries.uploads_of(organisation.pk)[: RECENT + 1])
    return {
        "organisation": organisation.name,
        "licence": licence,
        "lends": licence is None and organisation.kind in Organisation.LENDER_KINDS,
        "recent": _cards(recent[:RECENT]),
        "more": len(recent) > RECENT,
        "may_send": allowed(request.member, Permission.UPLOADS_SEND),
        "types": words.types_of(organisation, licence) if licence else [],
    }


def _cards(uploads: list[Upload]) -> list[dict[str, Any]]:
    who = actors.names(upload.by for upload in uploads)
    return [words.card(upload, who[upload.by]) for upload in uploads]


def _result(request: MemberRequest, found: Upload) -> str:
    """What this member can take home: their own file, a list once that is gone, or nothing."""
    if found.status in Upload.OPEN or not allowed(request.member, Permission.UPLOADS_RESULT):
        return ""
    if found.file_key is not None and found.status == Upload.Status.DONE_WITH_ERRORS:
        return "file"
    return "list" if found.refused else ""


def _outcomes(found: Upload, progress: queries.Progress) -> dict[str, Any]:
    """Tiles by outcome, bars and cards by reason; none before the file has been read."""
    if not progress.done:
        return {"tiles": [], "reasons": [], "bars": [], "notes": []}
    summary = queries.summary(found.pk)
    refused = [reason for reason in summary.reasons if not reason.warning]
    return {
        "tiles": words.tiles(progress.counts),
        "reasons": words.reasons(found, refused),
        "bars": words.bars(refused),
        "notes": words.reasons(found, [reason for reason in summary.reasons if reason.warning]),
    }
