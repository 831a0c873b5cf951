"""Files by REST: send one, ask how far it is, read what became of its rows, fetch the result."""

from typing import Any, BinaryIO, cast
from uuid import UUID

from django.conf import settings
from django.core.files.uploadedfile import UploadedFile
from django.http import StreamingHttpResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from rest_framework.parsers import MultiPartParser
from rest_framework.renderers import BaseRenderer, JSONRenderer
from rest_framework.request import Request
from rest_framework.response import Response

from ingest import pipeline, queries, services, tasks
from ingest.errors import BrokenOff, TooLarge
from ingest.models import Incoming, Upload
from ingest.serializers import RawParser, incoming_out, row_out, undone_out, upload_out
from ingest.views import headers
from ingest.views.api import bodies
from ingest.views.api.base import PartnerView, caller
from ingest.views.api.resumable import KeyTus, ResumableOne
from ingest.views.results import send_result
from ingest.views.resumable import speaks
from registry.errors import InvalidRequest

MOST = 1_000


class AnyRenderer(BaseRenderer):
    """Accepts whatever a client asks for: a result file has one format only, the partner's own."""

    media_type = "*/*"
    format = "any"

    def render(self, data: object, *args: object, **kwargs: object) -> bytes:
        """Only errors come this way, and the error handler writes those itself."""
        return b""


class Uploads(KeyTus):
    """`POST /api/v1/uploads`: a file as multipart form or as the body itself, or room for a resumable one."""

    parser_classes = (MultiPartParser, RawParser)

    def post(self, request: Request) -> Response:
        """Take a file in; the answer says where to watch it."""
        if speaks(request):
            return self.begin(request)
        if (headers.length(request) or 0) > settings.UPLOAD_MAX_BYTES + 65_536:
            raise TooLarge(limit=settings.UPLOAD_MAX_BYTES)
        who, now = caller(request), timezone.now()
        services.require_welcome(organisation=who.organisation, type=headers.upload_type(request), at=now)
        upload = services.receive(
            **_file(request),
            organisation=who.organisation,
            type=_type(request),
            idempotency_key=headers.idempotency_key(request),
            hold=headers.hold(request),
            as_of=headers.as_of(request, at=now),
            by=who.by,
            at=now,
        )
        if upload.status == Upload.Status.RECEIVED:
            tasks.wake_parse(upload.id)
        answer = upload_out(upload, queries.progress(upload, at=now))
        return Response(answer, status=202, headers={"Location": f"/api/v1/uploads/{upload.id}"})


class OneUpload(ResumableOne):
    """`GET /api/v1/uploads/{id}`, `DELETE` to stop it; a resumable one is there from its first byte on."""

    def get(self, request: Request, upload: UUID) -> Response:
        """State, counts by outcome, progress and estimated seconds left."""
        found = queries.upload_or_incoming(organisation=caller(request).organisation, upload=upload)
        return Response(_out(found))

    def head(self, request: Request, upload: UUID) -> Response:
        """How much of a resumable upload is here; else what GET answers, without its body."""
        return super().head(request, upload) if speaks(request) else self.get(request, upload)

    def delete(self, request: Request, upload: UUID) -> Response:
        """Stop an upload that is under way; rows that are in by then stay in."""
        if speaks(request):
            return self.terminate(request, upload)
        who, now = caller(request), timezone.now()
        found = queries.upload_or_incoming(organisation=who.organisation, upload=upload)
        if isinstance(found, Incoming):
            services.abandon(organisation=who.organisation, incoming=upload, by=who.by, at=now)
        else:
            services.cancel(organisation=who.organisation, upload=found.id, by=who.by, at=now)
        found.refresh_from_db()
        return Response(_out(found))


class Undo(PartnerView):
    """`POST /api/v1/uploads/{id}/undo`: take back every record that an upload brought."""

    scope = "uploads"

    def post(self, request: Request, upload: UUID) -> Response:
        """Once; the answer says how many records went, what is in force again, and what stays and why."""
        who, now = caller(request), timezone.now()
        acting: dict[str, Any] = {"organisation": who.organisation, "upload": upload, "by": who.by, "at": now}
        done = pipeline.again(lambda: services.undo(**acting))
        return Response(undone_out(upload, done._asdict()))


class Rows(PartnerView):
    """`GET /api/v1/uploads/{id}/rows`."""

    scope = "uploads"

    def get(self, request: Request, upload: UUID) -> Response:
        """What became of the rows, in order; `next_cursor` of one page asks for the next."""
        found = queries.upload_of(organisation=caller(request).organisation, upload=upload)
        outcome = request.query_params.get("outcome")
        if outcome is not None and outcome not in Upload.OUTCOMES:
            raise InvalidRequest(fields={"outcome": [_("There is no such outcome.")]})
        after, limit = _number(request, "cursor", 0, 10**9), _number(request, "limit", queries.PAGE, MOST)
        page = queries.rows(found.id, outcome=outcome, after=after, limit=limit + 1)
        more = str(page[limit - 1].row) if len(page) > limit else None
        return Response({"rows": [row_out(row) for row in page[:limit]], "next_cursor": more})


class Result(PartnerView):
    """`GET /api/v1/uploads/{id}/result`."""

    scope = "uploads"
    renderer_classes = (JSONRenderer, AnyRenderer)

    def get(self, request: Request, upload: UUID) -> StreamingHttpResponse:
        """The partner's own file with outcomes and reasons; once it is fetched, our copy is destroyed.

        `?rows=refused` gives only the rows that are to be mended.
        """
        found = queries.upload_of(organisation=caller(request).organisation, upload=upload)
        rows = request.query_params.get("rows", "all")
        if rows not in ("all", "refused"):
            raise InvalidRequest(fields={"rows": [_("Write all or refused.")]})
        return send_result(found, by=caller(request).by, only_refused=rows == "refused")


def _out(found: Upload | Incoming) -> dict[str, Any]:
    """An upload, or a file on its way to become one."""
    if isinstance(found, Incoming):
        return incoming_out(found)
    return upload_out(found, queries.progress(found, at=timezone.now()))


def _file(request: Request) -> dict[str, Any]:
    """The file's stream, name, type and announced length: the form's only file, or the body itself."""
    content_type = request.content_type or ""
    if bodies.is_chunked(request):
        return {
            "stream": bodies.counted(request, content_type),
            "filename": request.headers.get("Upload-Name", ""),
            "content_type": content_type,
        }
    if content_type.startswith("multipart/"):
        file = _only_file(request)
        told = {"filename": file.name or "", "content_type": file.content_type or "", "length": file.size}
        return {"stream": cast(BinaryIO, file), **told}
    return {
        "stream": cast(BinaryIO, request._request),
        "filename": request.headers.get("Upload-Name", ""),
        "content_type": content_type,
        "length": headers.length(request),
    }


def _only_file(request: Request) -> "UploadedFile[Any]":
    """The form's file. Raises InvalidRequest for none or several, BrokenOff where its line broke."""
    try:
        files: list[UploadedFile[Any]] = list(request.FILES.values())
    except OSError:
        raise BrokenOff from None
    if len(files) != 1:
        raise InvalidRequest(fields={"file": [_("Send one file, in the field “file”.")]})
    return files[0]


def _type(request: Request) -> str:
    form = request.POST.get("type", "") if not bodies.is_chunked(request) and request.FILES else ""
    return headers.upload_type(request) or str(form)


def _number(request: Request, name: str, default: int, most: int) -> int:
    text = request.query_params.get(name, str(default))
    usable = text.isascii() and text.isdigit() and len(text) <= 10
    if not usable or not min(default, 1) <= int(text) <= most:
        raise InvalidRequest(fields={name: [_("This value cannot be used here.")]})
    return int(text)
