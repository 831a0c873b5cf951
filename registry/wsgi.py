"""The WSGI application that the web server serves."""

import os
from collections.abc import Callable, Iterable
from typing import Any

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "registry.settings.production")


class WholeBody:
    """A request's body that says so when it breaks off.

    The web server ends a body whose line broke like any other, and Django believes it: half a file inside a
    form would be taken for all of it. Here such an end is a ConnectionResetError, which Django turns into
    UnreadablePostError.
    """

    def __init__(self, body: Any, length: int) -> None:
        self._body = body
        self._left = length

    def read(self, size: int = -1) -> bytes:
        """Some bytes; none at the end. Raises ConnectionResetError where bytes are missing."""
        return self._counted(self._body.read(self._left if size < 0 else min(size, self._left)), size)

    def readline(self, size: int = -1) -> bytes:
        """A line, as `read`."""
        return self._counted(self._body.readline(self._left if size < 0 else min(size, self._left)), size)

    def _counted(self, data: bytes, size: int) -> bytes:
        self._left -= len(data)
        if not data and self._left and size:
            raise ConnectionResetError("the body broke off")
        return data


def whole_bodies(serve: Callable[..., Iterable[bytes]]) -> Callable[..., Iterable[bytes]]:
    """The application, its requests' bodies watched."""

    def watched(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        length = environ.get("CONTENT_LENGTH") or ""
        if length.isascii() and length.isdigit():
            environ["wsgi.input"] = WholeBody(environ["wsgi.input"], int(length))
        return serve(environ, start_response)

    return watched


application = whole_bodies(get_wsgi_application())
