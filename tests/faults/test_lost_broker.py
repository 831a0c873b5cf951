"""The broker drops an idle connection, or is away: a worker is woken all the same, or nobody has to wait."""

import socket
from collections.abc import Iterator
from uuid import uuid4

import pytest
from celery import Celery
from django.conf import settings

from ingest import tasks
from registry.celery import app
from registry.waking import wake

pytestmark = [pytest.mark.services, pytest.mark.timeout(300)]


def waiting() -> int:
    """How many messages wait in this run's queue, asked over a connection of one's own."""
    with app.connection_for_write() as fresh:
        queue = fresh.default_channel.queue_declare(settings.CELERY_TASK_DEFAULT_QUEUE, passive=True)
        return int(queue.message_count)


def drop_connection(address: str) -> None:
    """End the connection that this process keeps: Redis is told to, RabbitMQ's is cut at the socket.

    That one alone: tests that run beside this one have theirs with the same broker.
    """
    if address.startswith("amqp"):
        with app.producer_pool.acquire(block=True) as producer:
            producer.connection.connection.transport.sock.shutdown(socket.SHUT_RDWR)
        return
    import redis

    with app.producer_pool.acquire(block=True) as producer:
        own = producer.connection.default_channel.client.client_id()
    other = redis.Redis.from_url(address.replace("redis+socket://", "unix://"))
    assert other.client_kill_filter(_id=own) == 1


@pytest.fixture
def silent() -> Iterator[socket.socket]:
    """A server that takes connections and never says a word."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield server


@pytest.fixture
def pauses(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The seconds of each pause that kombu makes between two attempts."""
    made: list[float] = []
    monkeypatch.setattr("kombu.utils.functional.sleep", made.append)
    return made


def away(address: str) -> Celery:
    """The application with a broker at another address."""
    other = Celery("away", broker=address, set_as_current=False)
    other.config_from_object(settings, namespace="CELERY")
    other.conf.broker_url = address
    return other


def nobody(chunk_id: str) -> None:
    """A task for nobody."""


def wakes(address: str) -> bool:
    """Whether a worker is woken over this broker."""
    return wake(away(address).task(name="nobody.works")(nobody), uuid4())


def callers(server: socket.socket) -> int:
    """How many have called a server that nobody served."""
    server.setblocking(False)
    count = 0
    while True:
        try:
            server.accept()[0].close()
        except BlockingIOError:
            return count
        count += 1


def test_worker_is_woken_though_the_broker_dropped_the_idle_connection(live_broker: str) -> None:
    assert wake(tasks.work, uuid4())
    drop_connection(live_broker)
    assert wake(tasks.work, uuid4())
    assert waiting() == 2


@pytest.mark.parametrize(
    "address", ["redis+socket:///nowhere/redis.sock", "redis://127.0.0.1:9/0", "amqp://127.0.0.1:9//"]
)
def test_broker_that_is_away_is_no_error_and_makes_nobody_wait(address: str, pauses: list[float]) -> None:
    assert not wakes(address)
    assert sum(pauses) == 0


def test_broker_that_never_answers_is_called_twice_at_most(
    silent: socket.socket, pauses: list[float]
) -> None:
    assert not wakes(f"amqp://127.0.0.1:{silent.getsockname()[1]}//")
    assert (1 <= callers(silent) <= 2, sum(pauses)) == (True, 0)
