"""A worker settles a batch of messages while the person they are for is erased: somebody waits, both end."""

import threading
import time
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
from django.db import connection, transaction

from registry import messages
from registry.models import Message

pytestmark = pytest.mark.django_db(transaction=True)

AT = datetime(2026, 11, 24, 9, 30, tzinfo=UTC)
HERS = "13912345678"


class Gateway(ThreadingHTTPServer):
    """A real gateway that refuses the first message, and answers the last one when it is allowed to."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.asked, self.all_asked, self.go_on = 0, threading.Event(), threading.Event()


class _Handler(BaseHTTPRequestHandler):
    server: Gateway

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["Content-Length"]))
        self.server.asked += 1
        first = self.server.asked == 1
        if self.server.asked == 3:
            self.server.all_asked.set()
            self.server.go_on.wait(4)
        self.send_response(503 if first else 200)
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture
def gateway(settings: Any) -> Iterator[Gateway]:
    """The gateway of this test."""
    server = Gateway()
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    settings.SMS_URL = f"http://127.0.0.1:{server.server_port}/sms"
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


def alone(act: Any) -> Any:
    """An act on a connection of its own."""
    try:
        return act()
    finally:
        connection.close()


def wait_for_waiting(sessions: int) -> None:
    """Return when so many sessions of this database wait for a lock."""
    until = time.monotonic() + 20
    with connection.cursor() as cursor:
        while time.monotonic() < until:
            cursor.execute("SELECT pg_stat_clear_snapshot()")  # it would last for the whole transaction
            cursor.execute(
                "SELECT count(*) FROM pg_stat_activity"
                " WHERE datname = current_database() AND wait_event_type = 'Lock'"
            )
            if cursor.fetchone() == (sessions,):
                return
            time.sleep(0.02)
    raise AssertionError("nobody waits")


def queue_three() -> list[Message]:
    """Three messages for her, the earliest first."""
    texts = [("notice", HERS, text) for text in ("1", "2", "3")]
    with transaction.atomic():
        ids = messages.queue_many(texts, at=AT)
    for place, message in enumerate(sorted(ids)):
        Message.objects.filter(id=message).update(due_at=AT.replace(minute=place))
    return list(Message.objects.order_by("due_at"))


def test_settling_and_erasing_wait_for_each_other_and_never_in_a_circle(gateway: Gateway) -> None:
    _first, middle, _last = queue_three()
    with ThreadPoolExecutor(2) as pool:
        settling: Future[int] = pool.submit(alone, lambda: messages.deliver(at=AT, limit=3))
        assert gateway.all_asked.wait(30)
        with transaction.atomic():
            Message.objects.select_for_update().get(id=middle.id)
            gateway.go_on.set()
            wait_for_waiting(1)
            erasing: Future[int] = pool.submit(alone, lambda: messages.forget(mobiles={HERS}))
            wait_for_waiting(2)
        assert settling.result(30) == 2
        assert erasing.result(30) == 3
    assert Message.objects.filter(sealed__isnull=False).count() == 0
