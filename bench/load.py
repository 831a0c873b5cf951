"""A small, quick HTTP driver: prepared requests over so many connections, one outstanding on each.

What it costs itself stays far below what it measures, since requests are made beforehand and one loop serves
all connections; the same driver measures the reference.
"""

import selectors
import socket
import time
from collections.abc import Sequence
from dataclasses import dataclass, field

PATIENCE = 30.0
_READ = 65536


@dataclass
class Answered:
    """What came back: seconds of each request in order of completion, statuses, and the last body."""

    seconds: float = 0.0
    times: list[float] = field(default_factory=list)
    statuses: dict[int, int] = field(default_factory=dict)
    sample: bytes = b""
    sample_head: bytes = b""

    @property
    def rate(self) -> float:
        """Requests a second over all connections."""
        return len(self.times) / self.seconds

    def percentile(self, share: float) -> float:
        """The time within which this share of the requests was answered, in seconds."""
        ordered = sorted(self.times)
        return ordered[min(len(ordered) - 1, int(share * len(ordered)))]


class _Connection:
    """One kept-alive connection and what has come back on it so far."""

    def __init__(self, address: tuple[str, int]) -> None:
        self.socket = socket.create_connection(address, PATIENCE)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.started = 0.0
        self.came = b""

    def send(self, request: bytes) -> None:
        """Send the next request."""
        self.came, self.started = b"", time.perf_counter()
        self.socket.sendall(request)

    def receive(self) -> tuple[bytes, bytes] | None:
        """Head and body once they are whole; raises ConnectionError for a connection that was closed."""
        came = self.socket.recv(_READ)
        if not came:
            raise ConnectionError("the server closed the connection")
        self.came += came
        head, found, body = self.came.partition(b"\r\n\r\n")
        return (head, body) if found and len(body) >= _length(head) else None


def drive(address: tuple[str, int], requests: Sequence[bytes], *, connections: int) -> Answered:
    """Send all requests, the next on whichever connection is free, and wait for every answer."""
    waiting, answered = iter(requests), Answered()
    started = time.perf_counter()
    with selectors.DefaultSelector() as selector:
        for request in (next(waiting) for _ in range(min(connections, len(requests)))):
            connection = _Connection(address)
            selector.register(connection.socket, selectors.EVENT_READ, connection)
            connection.send(request)
        while selector.get_map():
            ready = selector.select(PATIENCE)
            if not ready:
                raise TimeoutError("the server does not answer")
            for key, _ in ready:
                if _take(key.data, answered):
                    _go_on(key.data, next(waiting, None), selector)
    answered.seconds = time.perf_counter() - started
    return answered


def _take(connection: _Connection, answered: Answered) -> bool:
    whole = connection.receive()
    if whole is None:
        return False
    answered.times.append(time.perf_counter() - connection.started)
    answered.sample_head, answered.sample = whole
    status = int(whole[0][9:12])
    answered.statuses[status] = answered.statuses.get(status, 0) + 1
    return True


def _go_on(connection: _Connection, request: bytes | None, selector: selectors.BaseSelector) -> None:
    if request is not None:
        connection.send(request)
        return
    selector.unregister(connection.socket)
    connection.socket.close()


def _length(head: bytes) -> int:
    for line in head.lower().split(b"\r\n"):
        if line.startswith(b"content-length:"):
            return int(line[15:])
    raise ValueError("an answer that does not tell its length")
