"""Resumable uploads by tus 1.0 (https://tus.io/protocols/resumable-upload): headers in, headers out.

The same for machines (ingest/views/api/resumable.py) and for the desk (ingest/views/desk/resumable.py), which
differ only in who may call. Names of files stand in sealed notes alone, never in an address or a log.
"""

import base64
import binascii
from collections.abc import Mapping
from datetime import datetime
from typing import Any, BinaryIO, ClassVar, cast
from uuid import UUID

from django.conf import settings
from django.utils import timezone
from django.utils.http import http_date
from rest_framework.exceptions import UnsupportedMediaType
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from ingest import queries, services, tasks
from ingest.errors import HeaderWrong, ProtocolUnknown
from ingest.models import Incoming, Upload
from ingest.serializers import RawParser
from ingest.views import headers

VERSION = "1.0.0"
PIECE = "application/offset+octet-stream"
ALGORITHMS = ("sha256", "sha1", "sha512")
DIGEST_BYTES = {"sha256": 32, "sha1": 20, "sha512": 64}
ABOUT = {
    "Tus-Version": VERSION,
    "Tus-Extension": "creation,creation-with-upload,termination,checksum,expiration",
    "Tus-Checksum-Algorithm": ",".join(ALGORITHMS),
}
MOST_METADATA = 4_096


class Tus(APIView):
    """Speaks tus. Subclasses say who may call, in whose name (`who`) and where a file is (`address`)."""

    parser_classes: Any = (RawParser,)
    source: ClassVar[str] = Upload.Source.RESUMABLE
    holds: ClassVar[bool | None] = None

    def who(self, request: Request) -> tuple[UUID, str]:
        """The organisation that calls and the actor as the ledger writes it."""
        raise PermissionError

    def address(self, incoming: UUID) -> str:
        """Where a file is to be brought."""
        raise PermissionError

    def options(self, request: Request, *args: Any, **kwargs: Any) -> Response:  # type: ignore[override]  # DRF hands its own request
        """What this server can do."""
        return Response(status=204, headers=ABOUT | {"Tus-Max-Size": str(settings.UPLOAD_MAX_BYTES)})

    def finalize_response(self, request: Request, response: Response, *args: Any, **kwargs: Any) -> Response:
        """Every answer of the protocol names its version; a refused one names those we know."""
        response = super().finalize_response(request, response, *args, **kwargs)
        if "Tus-Resumable" in request.headers or request.method == "OPTIONS":
            response["Tus-Resumable"] = VERSION
            response["Cache-Control"] = "no-store"
        if response.status_code == 412:
            response["Tus-Version"] = VERSION
        return response

    def begin(self, request: Request) -> Response:
        """Creation, with or without the first piece."""
        require_version(request)
        (organisation, by), at = self.who(request), timezone.now()
        found = services.begin(organisation=organisation, told=self.told(request, at), by=by, at=at)
        if request.content_type == PIECE and (headers.length(request) or 0) and not found.offset:
            found = self._bring(request, found.id, 0)
        self._land(found)
        return Response(status=201, headers=state_of(found) | {"Location": self.address(found.id)})

    def state(self, request: Request, incoming: UUID) -> Response:
        """HEAD: how much is here."""
        require_version(request)
        found = queries.incoming_of(organisation=self.who(request)[0], incoming=incoming)
        services.require_here(found)
        metadata = queries.told_of(found)["metadata"]
        more = {"Upload-Length": str(found.length)} | ({"Upload-Metadata": metadata} if metadata else {})
        return Response(status=200, headers=state_of(found) | more)

    def bring(self, request: Request, incoming: UUID) -> Response:
        """PATCH: the next piece; after the last one the upload is made before the answer goes out."""
        require_version(request)
        if request.content_type != PIECE:
            raise UnsupportedMediaType(request.content_type or "")
        found = self._bring(request, incoming, number(request, "Upload-Offset"))
        self._land(found)
        return Response(status=204, headers=state_of(found))

    def terminate(self, request: Request, incoming: UUID) -> Response:
        """DELETE: what has come is destroyed."""
        require_version(request)
        organisation, by = self.who(request)
        found = queries.incoming_of(organisation=organisation, incoming=incoming)
        services.require_here(found)
        if found.upload_id is not None:
            services.cancel(organisation=organisation, upload=found.upload_id, by=by, at=timezone.now())
        else:
            services.abandon(organisation=organisation, incoming=incoming, by=by, at=timezone.now())
        return Response(status=204)

    def told(self, request: Request, at: datetime) -> services.Told:
        """What the sender says of the file. Raises HeaderWrong, InvalidRequest."""
        raw = request.headers.get("Upload-Metadata", "").strip()
        said = metadata_of(raw)
        kind = said.get("type", "")
        mime = said.get("filetype", "") or (kind if "/" in kind else "")
        type = headers.upload_type(request) or said.get("record_type", "") or ("" if "/" in kind else kind)
        as_of = headers.as_of(request, at=at) or headers.moment("as_of", said.get("as_of", ""), at=at)
        hold = headers.hold(request) or headers.flag("hold", said.get("hold", ""))
        return services.Told(
            length=number(request, "Upload-Length"),
            filename=said.get("filename", "") or said.get("name", ""),
            content_type=mime,
            type=type,
            metadata=raw,
            idempotency_key=headers.idempotency_key(request),
            source=self.source,
            hold=hold if self.holds is None else self.holds,
            as_of=as_of,
        )

    def _bring(self, request: Request, incoming: UUID, offset: int) -> Incoming:
        organisation, by = self.who(request)
        return services.bring(
            organisation=organisation,
            incoming=incoming,
            offset=offset,
            stream=cast(BinaryIO, request._request),
            size=number(request, "Content-Length"),
            checksum=checksum_of(request),
            by=by,
            clock=timezone.now,
        )

    def _land(self, found: Incoming) -> None:
        if found.state == Incoming.State.ARRIVED:
            upload = services.land(incoming=found.id, clock=timezone.now)
            if upload is not None and upload.status == Upload.Status.RECEIVED:
                tasks.wake_parse(upload.id)


def speaks(request: Request) -> bool:
    """Whether a request means this protocol and not the plain API at the same address."""
    return "Tus-Resumable" in request.headers


def require_version(request: Request) -> None:
    """Raises ProtocolUnknown."""
    if request.headers.get("Tus-Resumable") != VERSION:
        raise ProtocolUnknown


def state_of(found: Incoming) -> dict[str, str]:
    """How much is here, and until when the rest may come."""
    state = {"Upload-Offset": str(found.offset)}
    if found.under_way:
        state["Upload-Expires"] = http_date(found.expires_at.timestamp())
    return state


def number(request: Request, name: str) -> int:
    """A header that is a whole number. Raises HeaderWrong."""
    text = request.headers.get(name, "").strip()
    if not (text.isascii() and text.isdigit() and len(text) <= 15):
        raise HeaderWrong(header=name)
    return int(text)


def metadata_of(raw: str) -> dict[str, str]:
    """`Upload-Metadata`: names with values in Base64, apart by commas. Raises HeaderWrong."""
    if len(raw) > MOST_METADATA or not raw.isascii():
        raise HeaderWrong(header="Upload-Metadata")
    said: dict[str, str] = {}
    for pair in filter(None, (pair.strip() for pair in raw.split(","))):
        name, _space, value = pair.partition(" ")
        if name in said:
            raise HeaderWrong(header="Upload-Metadata")
        said[name] = decoded("Upload-Metadata", value.strip()).decode("utf-8", "replace").replace("\0", "")
    return said


def checksum_of(request: Request) -> services.Checksum | None:
    """`Upload-Checksum`: an algorithm and a digest in Base64. Raises HeaderWrong."""
    raw = request.headers.get("Upload-Checksum", "").strip()
    if not raw:
        return None
    algorithm, _space, value = raw.partition(" ")
    digest = decoded("Upload-Checksum", value.strip())
    if len(digest) != DIGEST_BYTES.get(algorithm):
        raise HeaderWrong(header="Upload-Checksum", algorithms=list(ALGORITHMS))
    return services.Checksum(algorithm, digest)


def decoded(header: str, value: str) -> bytes:
    """The bytes of a Base64 text. Raises HeaderWrong."""
    try:
        return base64.b64decode(value, validate=True)
    except (binascii.Error, ValueError):
        raise HeaderWrong(header=header) from None


OVERRIDES: Mapping[str, str] = {"PATCH": "patch", "DELETE": "delete", "HEAD": "head"}


def overridden(request: Request) -> str | None:
    """The handler of the method that `X-HTTP-Method-Override` names: some networks know GET and POST only."""
    return OVERRIDES.get(request.headers.get("X-HTTP-Method-Override", "").upper())
