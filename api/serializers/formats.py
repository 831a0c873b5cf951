"""Bodies in and out: strict JSON (no two readers may understand one body differently), and the signed JWT."""

import json
from collections.abc import Mapping
from typing import IO, Any

from django.core.exceptions import RequestDataTooBig
from rest_framework.exceptions import ParseError
from rest_framework.parsers import BaseParser
from rest_framework.renderers import BaseRenderer, JSONRenderer

MAX_BODY = 64 * 1024


class StrictJSONParser(BaseParser):
    """One JSON object in UTF-8 of at most 64 kB; no name twice, no NaN, no half character, not too deep."""

    media_type = "application/json"

    def parse(
        self,
        stream: IO[bytes],
        media_type: str | None = None,
        parser_context: Mapping[str, Any] | None = None,
    ) -> dict[str, Any]:
        """The object; raises ParseError, or RequestDataTooBig for what is too long to read."""
        body = stream.read(MAX_BODY + 1)
        if len(body) > MAX_BODY:
            raise RequestDataTooBig("the body is longer than 64 kB")
        try:
            parsed = json.loads(body.decode(), object_pairs_hook=_once, parse_constant=_refuse)
            if b"\\u" in body:
                json.dumps(parsed, ensure_ascii=False).encode()  # half a surrogate pair is no text
        except (ValueError, RecursionError) as error:
            raise ParseError from error
        if not isinstance(parsed, dict):
            raise ParseError
        return parsed


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    parsed = dict(pairs)
    if len(parsed) != len(pairs):
        raise ValueError("a name stands twice in one object")
    return parsed


def _refuse(constant: str) -> None:
    raise ValueError(f"{constant} is not JSON")


class JoseRenderer(BaseRenderer):
    """`Accept: application/jose`: a compact signed JWT (RFC 7515)."""

    media_type = "application/jose"
    format = "jose"
    charset = None

    def render(
        self,
        data: Any,
        accepted_media_type: str | None = None,
        renderer_context: Mapping[str, Any] | None = None,
    ) -> bytes:
        """Errors are answered as problem documents, reports by the view: this renders neither."""
        return JSONRenderer().render(data)
