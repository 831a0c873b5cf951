"""PostgreSQL and the broker stop, are killed, come back or come back empty, while files are worked on."""

import signal
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress

import pytest
from amqp.exceptions import PreconditionFailed
from django.conf import settings
from django.db import DatabaseError, InterfaceError, connection
from kombu import Connection, Message, Producer, Queue

from tests.conftest import ROOT
from tests.factories.rabbit import Rabbit
from tests.factories.stand import Partner, Stand, every_row_once, half_a_minute_later, mid_file
from tests.factories.uploads import as_csv, wage
from tests.factories.waiting import wait_for

pytestmark = [pytest.mark.services, pytest.mark.timeout(900)]

on_rabbitmq = pytest.mark.parametrize("standing_site", ["rabbitmq"], indirect=True)
ROWS = 300
WARNED = {"net": "9999999.00"}  # above the gross: each row has a result of its own to be written


def file_of(month: str, rows: int = ROWS) -> bytes:
    """A file of wages of one month."""
    return as_csv([wage(number, month=month, **WARNED) for number in range(1, rows + 1)])


@pytest.fixture
def partner(stand: Stand) -> Partner:
    return Partner(stand)


@contextmanager
def database_away(stand: Stand, how: str) -> Iterator[None]:
    """PostgreSQL stopped, "fast" or at once as by a crash; started again at the end."""
    process = stand.postgres.process
    assert process is not None
    try:
        if how == "immediate":
            process.send_signal(signal.SIGQUIT)
            process.wait(60)
        stand.postgres.stop()
        yield
    finally:
        stand.postgres.start()


@pytest.mark.parametrize("how", ["fast", "immediate"])
def test_stopped_database_loses_and_doubles_no_row(stand: Stand, partner: Partner, how: str) -> None:
    with ExitStack() as stack:
        with suppress(DatabaseError, InterfaceError), mid_file(partner, file_of("2025-01")) as upload:
            stack.enter_context(database_away(stand, how))  # and with it our own transaction
        connection.close()
        answer = partner.client.get(f"/api/v1/uploads/{upload}")
        assert (answer.status_code, answer.headers["Retry-After"]) == (503, "30")
        assert answer.json()["code"] == "temporarily_unavailable"
        page = partner.client.get("/desk/uploads", headers={"Cookie": f"session={'x' * 32}"})
        assert (page.status_code, "We will be back shortly" in page.text) == (503, True)
        assert stand.health() == 503
    half_a_minute_later(upload)
    later = partner.send(file_of("2025-02"))
    every_row_once(upload, range(1, ROWS + 1))
    every_row_once(later, range(1, ROWS + 1))


@contextmanager
def broker_away(stand: Stand) -> Iterator[None]:
    """The broker killed; started again at the end."""
    stand.broker.kill()
    try:
        yield
    finally:
        stand.broker.start()


def test_broker_killed_and_started_again_loses_and_doubles_no_row(stand: Stand, partner: Partner) -> None:
    with ExitStack() as stack:
        with mid_file(partner, file_of("2025-01")) as upload:
            stack.enter_context(broker_away(stand))
            later = partner.send(file_of("2025-02"))
        said = partner.told(later)
        assert (said["state"], said["stalled"]) == ("received", False)
        assert "Being read" in partner.page(later)
        assert stand.health() == 503
    half_a_minute_later(upload)
    every_row_once(upload, range(1, ROWS + 1))
    every_row_once(later, range(1, ROWS + 1))
    assert stand.worker.status() is None  # it outlasted the broker


def test_emptied_broker_loses_and_doubles_no_row(stand: Stand, partner: Partner) -> None:
    with mid_file(partner, file_of("2025-01")) as upload:
        waiting = [partner.send(file_of(f"2025-{month:02d}")) for month in range(2, 5)]
        stand.broker.empty(settings.CELERY_TASK_DEFAULT_QUEUE)
    half_a_minute_later(*waiting)
    for each in (upload, *waiting, partner.send(file_of("2025-05"))):
        every_row_once(each, range(1, ROWS + 1))


def queue_of(kind: str) -> Queue:
    """The site's queue, as whoever wants it of this kind declares it."""
    return Queue(settings.CELERY_TASK_DEFAULT_QUEUE, queue_arguments={"x-queue-type": kind})


@on_rabbitmq
def test_rabbitmq_keeps_a_quorum_queue(stand: Stand) -> None:
    with Connection(stand.broker.url) as own:
        queue_of("quorum").declare(channel=own.channel())
        with pytest.raises(PreconditionFailed):
            queue_of("classic").declare(channel=own.channel())


def comes_back(queue: Queue, producer: Producer, upload: str) -> int:
    """How often a message about a file comes if it is given back each time, as by a worker that died."""
    for times in range(100):
        producer.publish("all others were before this one", routing_key=queue.name)
        again = False
        while (message := wait_for_one(queue)).payload != "all others were before this one":
            again = again or message.payload[0] == [upload]
            message.reject(requeue=message.payload[0] == [upload])
        message.ack()
        if not again:
            return times
    raise AssertionError("it came for ever")


def wait_for_one(queue: Queue) -> Message:
    """The next message of a queue in which there is one."""
    taken: list[Message | None] = [None]

    def take() -> Message | None:
        taken[0] = queue.get(accept=["json"])
        return taken[0]

    wait_for(take, "a message")
    assert taken[0]
    return taken[0]


@on_rabbitmq
def test_message_given_up_by_a_quorum_queue_loses_no_row(stand: Stand, partner: Partner) -> None:
    """A queue gives a message up that came back too often; the file it spoke of is found by the sweep."""
    node = stand.broker
    assert isinstance(node, Rabbit)
    stand.worker.kill()
    node.control("set_policy", "impatient", ".*", '{"delivery-limit": 1}', "--apply-to", "queues")
    try:
        with Connection(node.url) as own:
            queue = queue_of("quorum").bind(own.channel())
            queue.purge()
            upload = partner.send(file_of("2025-01"))
            assert comes_back(queue, Producer(own.channel(), serializer="json"), upload) >= 1
    finally:
        node.control("clear_policy", "impatient")
        stand.worker.start(ROOT)
    half_a_minute_later(upload)
    every_row_once(upload, range(1, ROWS + 1))
