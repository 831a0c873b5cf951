"""A partner's own program that is told by webhook: a real HTTP server that keeps what it gets."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any

from standardwebhooks import Webhook


@dataclass
class Receiver:
    """What came, as (path, headers, body), and what is answered: statuses in turn, the last one for good."""

    port: int = 0
    got: list[tuple[str, dict[str, str], bytes]] = field(default_factory=list)
    answers: list[int] = field(default_factory=lambda: [204])
    headers: dict[str, str] = field(default_factory=dict)
    drip: float = 0.0

    @property
    def url(self) -> str:
        """Where it listens."""
        return f"http://127.0.0.1:{self.port}/hook?from=juxin"

    def verified(self, secret: str, place: int = -1) -> Any:
        """The message at this place, its signature checked by the public library."""
        _path, headers, body = self.got[place]
        return Webhook(secret).verify(body, headers)

    def wait(self, count: int, seconds: float = 30.0) -> None:
        """Wait until so many messages have come."""
        until = time.monotonic() + seconds
        while len(self.got) < count and time.monotonic() < until:
            time.sleep(0.02)
        assert len(self.got) >= count


@contextmanager
def receiver() -> Iterator[Receiver]:
    """A receiver while the block lasts."""
    kept = Receiver()

    class Handler(BaseHTTPRequestHandler):
        """Keeps each message and answers as told."""

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            kept.got.append((self.path, dict(self.headers.items()), body))
            status = kept.answers.pop(0) if len(kept.answers) > 1 else kept.answers[0]
            if kept.drip:
                self._drip(status)
                return
            self.send_response(status)
            for name, value in kept.headers.items():
                self.send_header(name, value)
            self.end_headers()

        def _drip(self, status: int) -> None:
            try:
                for letter in f"HTTP/1.1 {status} Slow\r\nX-Slow: {'x' * 10_000}":
                    self.wfile.write(letter.encode())
                    time.sleep(kept.drip)
            except OSError:
                return

        def log_message(self, *args: Any) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    kept.port = server.server_port
    Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield kept
    finally:
        server.shutdown()
        server.server_close()
