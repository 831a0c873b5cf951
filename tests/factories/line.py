"""A line between a client and the site that does what lines do: it breaks after so many bytes."""

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import Any

PIECE = 1 << 16


class Line:
    """Passes bytes between whoever connects to `url` and the site, until a mishap that was planned.

    `mishaps` are pairs of a count of bytes and an act: once so many bytes have gone to the site in all, the
    act is done and the connection that carried them is cut on both sides. Each happens once.
    """

    def __init__(self, host: str, port: int, mishaps: list[tuple[int, Callable[[], Any]]]) -> None:
        self._site = (host, port)
        self._mishaps = sorted(mishaps, key=lambda mishap: mishap[0])
        self._server = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._server.getsockname()[1]}"
        self.sent = 0
        self.cut = 0

    def serve(self) -> None:
        """Take connections until the line is closed."""
        while True:
            try:
                client, _address = self._server.accept()
            except OSError:
                return
            threading.Thread(target=self._carry, args=(client,), daemon=True).start()

    def close(self) -> None:
        """Take no more connections."""
        self._server.shutdown(socket.SHUT_RDWR)
        self._server.close()

    def _carry(self, client: socket.socket) -> None:
        try:
            site = socket.create_connection(self._site)
        except OSError:
            return client.close()
        threading.Thread(target=self._back, args=(site, client), daemon=True).start()
        try:
            while data := client.recv(PIECE):
                site.sendall(data)
                self.sent += len(data)
                if self._mishaps and self.sent >= self._mishaps[0][0]:
                    self._mishaps.pop(0)[1]()
                    self.cut += 1
                    break
        except OSError:
            pass
        cut(client), cut(site)
        return None

    @staticmethod
    def _back(site: socket.socket, client: socket.socket) -> None:
        try:
            while data := site.recv(PIECE):
                client.sendall(data)
        except OSError:
            pass
        cut(client)


def cut(end: socket.socket) -> None:
    """End a connection on this side, in both directions."""
    with suppress(OSError):
        end.shutdown(socket.SHUT_RDWR)
    end.close()


@contextmanager
def line_to(url: str, *mishaps: tuple[int, Callable[[], Any]]) -> Iterator[Line]:
    """A line to the site at `url`, with what is to happen on it."""
    host, port = url.removeprefix("http://").split(":")
    line = Line(host, int(port), list(mishaps))
    threading.Thread(target=line.serve, daemon=True).start()
    try:
        yield line
    finally:
        line.close()
