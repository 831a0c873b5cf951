"""Bodies without a length (chunked transfer encoding), and bodies that are read whole.

A WSGI server that ends such a body itself says `wsgi.input_terminated`; Django would take the body for empty.
Where a line breaks, the server shows an end like any other. So whoever must know that all of it has come asks
for lines that end with their count (`counted`).
"""

import io
import json
from typing import Any, BinaryIO, cast

from django.http import HttpRequest
from django.utils.translation import gettext as _
from rest_framework.exceptions import UnsupportedMediaType
from rest_framework.request import Request

from ingest.errors.requests import LengthRequired
from ingest.errors.resumable import BrokenOff
from ingest.serializers import BODY
from registry.errors import InvalidRequest

NDJSON = ("application/x-ndjson", "application/ndjson", "application/jsonl")
END = "registry_end"
_TAIL = 64


def is_chunked(request: HttpRequest | Request) -> bool:
    """Whether a body comes whose length nobody said, and whose end the server knows."""
    return not request.META.get("CONTENT_LENGTH") and bool(request.META.get("wsgi.input_terminated"))


def open_chunked(request: HttpRequest) -> None:
    """Have a chunked body read from the server itself; the view says whether it needs to know its end."""
    if is_chunked(request) and request.method in ("POST", "PUT", "PATCH"):
        request._stream = request.META["wsgi.input"]  # what Django reads from


def require_type(request: Request, wanted: tuple[str, ...]) -> None:
    """Raise UnsupportedMediaType for a body of another content type."""
    if (request.content_type or "").partition(";")[0].strip().lower() not in wanted:
        raise UnsupportedMediaType(request.content_type or "")


def whole(request: Request) -> bytes:
    """The body, at most 4 MiB of it, which stays there for parsing. Raises InvalidRequest."""
    stream: Any = request._request  # its length may be unknown, so the framework's own check does not do
    data: bytes = stream.read(BODY + 1)
    if len(data) > BODY:
        raise InvalidRequest("body", fields={"": [_("The body is larger than 4 MiB: send a file.")]})
    request._stream = io.BytesIO(data)
    return data


def counted(request: Request, content_type: str) -> BinaryIO:
    """A chunked body of NDJSON whose last line says how many went before: {"registry_end": 3}.

    Raises LengthRequired for another content type; reading raises BrokenOff where that line does not come.
    """
    if content_type.partition(";")[0].strip().lower() not in NDJSON:
        raise LengthRequired
    return cast(BinaryIO, _Counted(request._request))


class _Counted:
    """The lines without the last one: some bytes are held back until it is known that they are not it."""

    def __init__(self, source: Any) -> None:
        self._source = source
        self._held = b""
        self._lines = 0
        self._over = False

    def read(self, size: int) -> bytes:
        """Some more bytes, b"" at the end. Raises BrokenOff."""
        while not self._over:
            more = self._source.read(size)
            data = self._held + more
            self._over = not more
            given = data[:-_TAIL] if more else _without_end(data, self._lines)
            self._held = data[len(given) :]
            self._lines += given.count(b"\n")
            if given:
                return given
        return b""


def _without_end(data: bytes, before: int) -> bytes:
    """The rest without its last line. Raises BrokenOff unless that says how many lines there were in all."""
    lines, _newline, last = data.rstrip(b"\r\n ").rpartition(b"\n")
    rest = lines + b"\n" if _newline else b""
    try:
        said = json.loads(last)
    except ValueError:
        raise BrokenOff from None
    if said != {END: before + rest.count(b"\n")}:
        raise BrokenOff
    return rest
