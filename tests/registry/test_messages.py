"""Messages: queued with their act, sealed, delivered once, gone from the database afterwards."""

import json
import threading
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from django.db import connection, transaction
from django.utils import timezone

from registry import messages
from registry.models import LedgerLeaf, Message
from registry.runtime import commands
from registry.runtime.supervisor import Supervisor
from registry.vault import SealBroken
from tests.factories.ledger import add_entries
from tests.factories.waiting import PATIENCE, wait_for
from tests.house.source import ROOT

AT = datetime(2026, 11, 24, 9, 30, tzinfo=UTC)
MOBILE, TEXT = "13912345678", "验证码 493817"


class Gateway(ThreadingHTTPServer):
    """A real HTTP gateway on this machine that keeps what it is sent and answers with `status`."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.got: list[dict[str, str]] = []
        self.status = 200
        self.pause = 0.0

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}/sms"


class _Handler(BaseHTTPRequestHandler):
    server: Gateway

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.got.append(json.loads(body))
        time.sleep(self.server.pause)
        self.send_response(self.server.status)
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture
def gateway(settings, monkeypatch) -> Iterator[Gateway]:
    monkeypatch.setattr(messages, "PATIENCE", PATIENCE)  # it always answers in the end
    server = Gateway()
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    settings.SMS_URL = server.url
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


def queue(at: datetime = AT, kind: str = "notice") -> Message:
    return Message.objects.get(id=messages.queue(kind=kind, mobile=MOBILE, text=TEXT, at=at))


@pytest.mark.django_db
def test_queued_message_is_readable_nowhere():
    queue()
    with connection.cursor() as cursor:
        cursor.execute("SELECT m::text, sealed FROM registry_message m")
        row, sealed = cursor.fetchone()
    for secret in (MOBILE, "493817", "验证码"):
        assert secret not in row
        assert secret.encode().hex() not in row
        assert secret.encode() not in bytes(sealed)


@pytest.mark.django_db
def test_message_of_an_act_that_fails_is_not_sent(gateway):
    with transaction.atomic():
        queue()
        transaction.set_rollback(True)
    assert messages.deliver(at=AT) == 0
    assert gateway.got == []


@pytest.mark.django_db
def test_gateway_gets_number_text_and_id(gateway):
    message = queue()
    assert messages.deliver(at=AT) == 1
    assert gateway.got == [{"to": MOBILE, "text": TEXT, "id": str(message.id)}]


@pytest.mark.django_db
def test_sent_message_is_emptied(gateway):
    message = queue()
    messages.deliver(at=AT)
    message.refresh_from_db()
    assert (message.state, message.sealed, message.sent_at, message.attempts) == ("sent", None, AT, 1)


@pytest.mark.django_db
def test_sent_message_is_not_sent_again(gateway):
    queue()
    messages.deliver(at=AT)
    assert messages.deliver(at=AT + timedelta(days=1)) == 0
    assert len(gateway.got) == 1


@pytest.mark.django_db
def test_refused_message_waits_longer_each_time_and_is_given_up_after_six(gateway):
    gateway.status = 503
    message, now, waits = queue(), AT, []
    while message.state == "queued":
        assert messages.deliver(at=now) == 0
        message.refresh_from_db()
        waits.append(message.due_at - now)
        now = message.due_at
    assert [wait.total_seconds() for wait in waits[:5]] == [10, 60, 300, 1800, 7200]
    assert (message.state, message.attempts, message.sealed, len(gateway.got)) == ("failed", 6, None, 6)


@pytest.mark.django_db
def test_message_refused_once_goes_out_later(gateway):
    queue()
    gateway.status = 503
    messages.deliver(at=AT)
    gateway.status = 200
    assert messages.deliver(at=AT + timedelta(seconds=9)) == 0
    assert messages.deliver(at=AT + timedelta(seconds=10)) == 1


@pytest.mark.django_db
def test_gateway_that_is_away_costs_a_try_and_keeps_the_message(settings):
    settings.SMS_URL = "http://127.0.0.1:9/sms"
    message = queue()
    assert messages.deliver(at=AT) == 0
    message.refresh_from_db()
    assert (message.state, message.attempts) == ("queued", 1)


@pytest.mark.django_db
def test_limit_holds_and_the_oldest_go_first(gateway):
    later, first = queue(AT), queue(AT - timedelta(minutes=1))
    assert messages.deliver(at=AT, limit=1) == 1
    assert [sent["id"] for sent in gateway.got] == [str(first.id)]
    assert messages.deliver(at=AT, limit=1) == 1
    assert gateway.got[-1]["id"] == str(later.id)


@pytest.mark.django_db
def test_code_goes_out_before_notices_that_have_waited_longer(gateway):
    for minutes in range(3):
        queue(AT - timedelta(minutes=minutes))
    code = queue(AT, "sign_in_code")
    messages.deliver(at=AT, limit=1)
    assert [sent["id"] for sent in gateway.got] == [str(code.id)]


@pytest.mark.django_db
def test_code_nobody_can_use_any_more_is_not_sent(gateway):
    code, notice = queue(AT, "sign_in_code"), queue(AT)
    messages.deliver(at=AT + timedelta(minutes=5))
    code.refresh_from_db()
    assert (code.state, code.sealed, code.attempts) == ("failed", None, 0)
    assert [sent["id"] for sent in gateway.got] == [str(notice.id)]


@pytest.mark.django_db
def test_without_a_gateway_messages_wait():
    message = queue()
    assert messages.deliver(at=AT) == 0
    message.refresh_from_db()
    assert (message.state, message.attempts) == ("queued", 0)


@pytest.mark.django_db
def test_demonstration_keeps_messages_for_its_inbox(settings):
    settings.DEMO = True
    queue(AT - timedelta(minutes=1))
    messages.queue(kind="notice", mobile="13900000001", text="later", at=AT)
    assert messages.deliver(at=AT) == 2
    newest, older = messages.inbox()
    assert (newest.kind, newest.mobile, newest.text, newest.at) == ("notice", "13900000001", "later", AT)
    assert (older.mobile, older.text) == (MOBILE, TEXT)


@pytest.mark.django_db
def test_inbox_is_empty_outside_a_demonstration():
    queue()
    assert messages.inbox() == []


@pytest.mark.django_db
def test_seal_moved_to_another_message_does_not_open(settings):
    settings.DEMO = True
    one, other = queue(), queue()
    Message.objects.filter(id=one.id).update(sealed=other.sealed)
    with pytest.raises(SealBroken):
        messages.inbox()


@pytest.mark.django_db(transaction=True)
def test_two_workers_deliver_each_message_once(gateway):
    gateway.pause = 0.02
    messages.queue_many([("notice", MOBILE, str(number)) for number in range(40)], at=AT)
    sent = []

    def work() -> None:
        try:
            sent.append(messages.deliver(at=AT))
        finally:
            connection.close()

    workers = [threading.Thread(target=work) for _ in range(4)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert sum(sent) == 40
    assert sorted(int(message["text"]) for message in gateway.got) == list(range(40))


@pytest.mark.django_db(transaction=True)
def test_message_of_a_worker_that_died_is_taken_up_after_a_minute(gateway):
    queue()
    messages._take(AT, 5)  # and never settled
    assert messages.deliver(at=AT + timedelta(seconds=59)) == 0
    assert messages.deliver(at=AT + timedelta(seconds=60)) == 1


@pytest.mark.django_db
def test_queueing_many_takes_one_statement(django_assert_num_queries):
    queue()  # opens the key
    with django_assert_num_queries(1):
        messages.queue_many([("notice", MOBILE, TEXT)] * 500, at=AT)
    assert Message.objects.count() == 501


@pytest.mark.services
@pytest.mark.django_db(transaction=True)
def test_scheduler_has_messages_sent_and_the_ledger_sequenced(own_database, live_broker, monkeypatch):
    monkeypatch.setenv("DEMO", "1")
    message = queue(timezone.now())
    add_entries(3)
    with Supervisor(ROOT, [commands.celery_worker(), commands.scheduler()]):
        wait_for(lambda: Message.objects.get(id=message.id).state != "queued", "delivery")
        wait_for(lambda: LedgerLeaf.objects.count() >= 3, "sequencing")
    message.refresh_from_db()
    assert (message.state, LedgerLeaf.objects.count()) == ("sent", 3)


@pytest.mark.django_db
def test_demonstration_shows_the_inbox(client, settings):
    settings.DEMO = True
    queue()
    page = client.get("/demo/inbox", headers={"accept-language": "en"}).content.decode()
    assert MOBILE in page
    assert "493817" in page


@pytest.mark.django_db
def test_live_site_has_no_inbox(client):
    queue()
    assert client.get("/demo/inbox").status_code == 404
