"""The desk's first page: send files, see the newest ones and those of which a part is still to come."""

from typing import Any
from uuid import UUID

from django.core.files.uploadedfile import UploadedFile
from django.http import HttpResponseBase
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from ingest import queries, services, tasks
from ingest.errors import UploadError
from ingest.forms import UploadForm
from ingest.models import Upload
from ingest.views import headers
from ingest.views.desk import telling, words
from registry.accounts import licences
from registry.accounts.forms import posted
from registry.accounts.pages import MemberRequest, member_page
from registry.accounts.roles import Permission, allowed
from registry.errors import LicenceRequired, RegistryError
from registry.models import Licence, Organisation

RECENT = 5


@require_http_methods(["GET", "HEAD", "POST"])
@member_page(Permission.UPLOADS_VIEW)
def desk(request: MemberRequest) -> HttpResponseBase:
    """Send files; below the newest ones. Whoever may not send sees the files alone."""
    organisation = Organisation.objects.get(pk=_own(request))
    licence = _licence(request)
    if licence is None or not allowed(request.member, Permission.UPLOADS_SEND):
        return render(request, "ingest/desk.html", _desk(request, organisation, licence))
    types, today = words.types_of(organisation, licence), timezone.localdate()
    form = UploadForm(posted(request), request.FILES or None, types=types, today=today)
    if request.method == "POST" and form.is_valid():
        sent = [_receive(request, form, file) for file in form.cleaned_data["file"]]
        if form.is_valid():
            return _on_to(sent)
    return render(request, "ingest/desk.html", _desk(request, organisation, licence) | {"form": form})


def _own(request: MemberRequest) -> UUID:
    """The member's organisation; the permissions of these pages belong to organisations alone."""
    assert request.member.organisation is not None
    return request.member.organisation


def _licence(request: MemberRequest) -> Licence | None:
    try:
        return licences.furnisher_licence(organisation=_own(request), at=timezone.now())
    except LicenceRequired:
        return None


def _receive(request: MemberRequest, form: UploadForm, file: "UploadedFile[Any]") -> Upload | None:
    """The upload, with a worker told to read it; None if the form now says why not."""
    now, day = timezone.now(), form.cleaned_data["as_of"]
    try:
        upload = services.receive(
            organisation=_own(request),
            stream=file,  # type: ignore[arg-type]  # it reads as a stream
            filename=file.name or "",
            content_type=file.content_type or "",
            type=form.cleaned_data["type"],
            idempotency_key="",
            by=request.member.by,
            at=now,
            source=Upload.Source.DESK,
            hold=True,
            as_of=headers.moment("as_of", day.isoformat() if day else "", at=now),
            length=file.size,
        )
    except RegistryError as refused:
        cure = f" {_(refused.cure)}" if isinstance(refused, UploadError) else ""
        form.add_error("file", f"{file.name}: {_(refused.sentence)}{cure}")
        return None
    if upload.status == Upload.Status.RECEIVED:
        tasks.wake_parse(upload.pk)
    return upload


def _on_to(sent: list[Upload | None]) -> HttpResponseBase:
    """The one file's page, or the list of all where there were several."""
    first = sent[0]
    assert first is not None
    return redirect("ingest:upload", first.pk) if len(sent) == 1 else redirect("ingest:uploads")


def _desk(request: MemberRequest, organisation: Organisation, licence: Licence | None) -> dict[str, Any]:
    recent = list(queries.uploads_of(organisation.pk)[: RECENT + 1])
    may_send = allowed(request.member, Permission.UPLOADS_SEND)
    return {
        "organisation": organisation.name,
        "licence": licence,
        "lends": licence is None and organisation.kind in Organisation.LENDER_KINDS,
        "recent": telling.cards(recent[:RECENT]),
        "unfinished": telling.incoming_cards(queries.unfinished_incoming(organisation.pk), may_send=may_send),
        "more": len(recent) > RECENT,
        "may_send": may_send,
        "types": words.types_of(organisation, licence) if licence else [],
    }
