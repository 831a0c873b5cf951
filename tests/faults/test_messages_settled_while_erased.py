"""A worker settles a batch of messages while the person they are for is erased: somebody waits, both end."""

import json
import threading
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from uuid import UUID

import pytest
from django.db import connection, transaction

from registry import messages
from registry.models import Message
from tests.factories.waiting import PATIENCE, wait_until_blocked

pytestmark = pytest.mark.django_db(transaction=True)

AT = datetime(2026, 11, 24, 9, 30, tzinfo=UTC)
HERS = "13912345678"


class Gateway(ThreadingHTTPServer):
    """A real gateway that takes one message alone, and answers nobody before it is allowed to."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.takes, self.asked, self.go_on = "", threading.Event(), threading.Event()


class _Handler(BaseHTTPRequestHandler):
    server: Gateway

    def do_POST(self) -> None:
        message = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.server.asked.set()
        self.server.go_on.wait(PATIENCE)
        self.send_response(200 if message["id"] == self.server.takes else 503)
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture
def gateway(settings: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[Gateway]:
    """The gateway of this test, for whose answer a worker waits as long as it takes."""
    monkeypatch.setattr(messages, "PATIENCE", PATIENCE)
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


def as_they_lie() -> list[UUID]:
    """The messages in the order in which a statement that finds several of them meets them."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT id FROM registry_message ORDER BY ctid")
        return [message for (message,) in cursor.fetchall()]


def test_settling_and_erasing_wait_for_each_other_and_never_in_a_circle(gateway: Gateway) -> None:
    with transaction.atomic():
        messages.queue_many([("notice", HERS, text) for text in ("1", "2", "3")], at=AT)
    with ThreadPoolExecutor(2) as pool:
        settling: Future[int] = pool.submit(alone, lambda: messages.deliver(at=AT, limit=3))
        assert gateway.asked.wait(PATIENCE)
        _first, middle, last = as_they_lie()
        gateway.takes = str(last)  # what went out is written down first
        with transaction.atomic():
            Message.objects.select_for_update().get(id=middle)
            erasing: Future[int] = pool.submit(alone, lambda: messages.forget(mobiles={HERS}))
            wait_until_blocked(1)
            gateway.go_on.set()
            wait_until_blocked(2)
        assert (settling.result(PATIENCE), erasing.result(PATIENCE)) == (1, 3)
    assert Message.objects.count() == 0
