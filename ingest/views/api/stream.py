"""Records as a stream of lines, each answered while others are still coming."""

import json
import logging
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from threading import BoundedSemaphore
from typing import Any

from django.conf import settings
from django.db import connection
from django.http import StreamingHttpResponse
from django.utils import timezone, translation
from rest_framework.renderers import JSONRenderer
from rest_framework.request import Request

from ingest import pipeline, services
from ingest.errors.requests import StreamOver, StreamsBusy
from ingest.models import Upload
from ingest.serializers import RawParser, stream_end_out, stream_row_out
from ingest.views import headers
from ingest.views.api import bodies
from ingest.views.api.base import PartnerView, caller
from ingest.views.api.duplex import Duplex, lines_of
from registry.errors import RegistryError
from registry.tasks import tell_webhooks

NDJSON = "application/x-ndjson"
STREAMS = 4
"""Streams that one web process has open at once: each keeps one of its eight threads."""
SILENCES = 10
_OPEN = BoundedSemaphore(STREAMS)
logger = logging.getLogger("ingest.stream")


class NDJSONRenderer(JSONRenderer):
    """Lets a client ask for lines; errors before the first of them are the error handler's."""

    media_type = NDJSON
    format = "ndjson"


class Stream(PartnerView):
    """`POST /api/v1/records:stream`."""

    scope = "records"
    parser_classes = (RawParser,)
    renderer_classes = (NDJSONRenderer, JSONRenderer)

    def post(self, request: Request) -> StreamingHttpResponse:
        """A line in is a line out, in order; what was answered is kept. The last line counts them all."""
        who, now = caller(request), timezone.now()
        length = None if bodies.is_chunked(request) else headers.length(request) or 0
        bodies.require_type(request, bodies.NDJSON)
        with _room():
            opened = services.open_stream(
                organisation=who.organisation,
                type=headers.upload_type(request),
                name=request.headers.get("Upload-Name", ""),
                idempotency_key=headers.idempotency_key(request),
                as_of=headers.as_of(request, at=now),
                by=who.by,
                at=now,
            )
            talk = _Talk(opened, translation.get_language() or settings.LANGUAGE_CODE)
            talk.begin(lines_of(request._request.read, length=length))
        answer = StreamingHttpResponse(talk.duplex, content_type=NDJSON)
        answer["Location"] = f"/api/v1/uploads/{opened.id}"
        answer["X-Accel-Buffering"] = "no"
        return answer


@contextmanager
def _room() -> Iterator[None]:
    """Room for one more stream, given back here if it does not begin. Raises StreamsBusy."""
    if not _OPEN.acquire(blocking=False):
        raise StreamsBusy(retry_after=10)
    try:
        yield
    except BaseException:
        _OPEN.release()
        raise


class _Talk:
    """What is said about a stream's lines, in its sender's language. One thread alone comes here."""

    duplex: Duplex

    def __init__(self, opened: Upload, language: str) -> None:
        self.stream = pipeline.Stream(opened.id, opened.type, opened.by, opened.received_at)
        self.language = language
        self.refused: RegistryError | None = None
        self.silent = 0

    def begin(self, lines: Iterator[bytes]) -> None:
        """Take these lines from now on."""
        self.duplex = Duplex(lines, self.act, last=self.last, idle=self.idle)
        self.duplex.start()

    def act(self, lines: list[bytes]) -> bytes:
        """Answers of a batch; after an error nothing more is taken."""
        self.silent = 0
        try:
            results = pipeline.keep_lines(self.stream, lines, at=timezone.now())
        except RegistryError as error:
            return self._end(error)
        except Exception:  # whatever it is, its sender must hear that these lines are not kept
            logger.exception("a stream failed")
            return self._end(RegistryError())
        with translation.override(self.language):
            return _lines(stream_row_out(one) for one in results)

    def idle(self) -> None:
        """Nothing came for a while; after `SILENCES` in a row nothing will."""
        self.silent += 1
        if self.silent >= SILENCES:
            self._end(StreamOver(upload=str(self.stream.upload)))
        services.prolong_stream(upload=self.stream.upload, at=timezone.now())
        connection.close()

    def last(self) -> bytes:
        """The end: what became of the upload, and why it ended early if it did."""
        try:
            ended = services.close_stream(upload=self.stream.upload, by="system:ingest", at=timezone.now())
            tell_webhooks()
            with translation.override(self.language):
                return _lines([stream_end_out(ended, self.refused)])
        finally:
            connection.close()
            _OPEN.release()

    def _end(self, error: RegistryError) -> bytes:
        self.refused = error
        self.duplex.stop()
        return b""


def _lines(answers: Iterable[Any]) -> bytes:
    written = (json.dumps(one, ensure_ascii=False, default=str, separators=(",", ":")) for one in answers)
    return "".join(f"{one}\n" for one in written).encode()
