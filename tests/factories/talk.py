"""A program that sends records as a stream and hears the answers, over real HTTP."""

import http.client
import json
import socket
from collections.abc import Iterable
from typing import Any
from urllib.parse import urlsplit

from tests.factories.uploads import as_ndjson, wage

PATH = "/api/v1/records:stream"


class Talk:
    """A program that writes lines into a stream and reads the answers, both when it likes."""

    def __init__(self, url: str, key: str, **headers: str) -> None:
        place = urlsplit(url)
        self.socket = socket.create_connection((place.hostname, place.port), timeout=60)
        given = {
            "Host": place.netloc,
            "Authorization": f"Bearer {key}",
            "Content-Type": "application/x-ndjson",
            "Transfer-Encoding": "chunked",
            "Upload-Type": "wage",
            "Accept-Language": "en",
        } | {name.replace("_", "-"): value for name, value in headers.items()}
        head = "".join(f"{name}: {value}\r\n" for name, value in given.items())
        self.socket.sendall(f"POST {PATH} HTTP/1.1\r\n{head}\r\n".encode())
        self.answer: Any = None

    def write(self, content: bytes) -> None:
        """Send some bytes as one chunk."""
        self.socket.sendall(b"%x\r\n%s\r\n" % (len(content), content))

    def end(self) -> None:
        """Say that this was all."""
        self.socket.sendall(b"0\r\n\r\n")

    def open(self) -> Any:
        """The answer's head."""
        if self.answer is None:
            self.answer = http.client.HTTPResponse(self.socket, method="POST")
            self.answer.begin()
        return self.answer

    def line(self) -> dict[str, Any]:
        """The next line of the answer."""
        return dict(json.loads(self.open().readline()))

    def rest(self) -> list[dict[str, Any]]:
        """All lines that are still to come."""
        return [json.loads(line) for line in self.open().read().splitlines()]


def talk(site: Any, key: str, **headers: str) -> Talk:
    """A stream that was begun at a site."""
    return Talk(site.url, key, **headers)


def lines(numbers: Iterable[int], **changes: str) -> bytes:
    """Wages of these people, a line each."""
    return as_ndjson([wage(number, **changes) for number in numbers])
