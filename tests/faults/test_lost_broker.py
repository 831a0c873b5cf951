"""The broker drops an idle connection, or is away: a worker is woken all the same, or nobody has to wait."""

import socket
import time
from collections.abc import Iterator
from uuid import uuid4

import pytest
from celery import Celery
from django.conf import settings

from ingest import tasks
from registry.celery import app
from registry.waking import wake

pytestmark = pytest.mark.services
SOON = 1.8  # seconds; kombu left to itself waits for two and more


def waiting() -> int:
    """How many messages wait in this run's queue, asked over a connection of one's own."""
    with app.connection_for_write() as fresh:
        queue = fresh.default_channel.queue_declare(settings.CELERY_TASK_DEFAULT_QUEUE, passive=True)
        return int(queue.message_count)


def drop_connections(address: str) -> None:
    """End the connections that this process keeps: Redis is told to, RabbitMQ's are cut at the socket."""
    if address.startswith("amqp"):
        with app.producer_pool.acquire(block=True) as producer:
            producer.connection.connection.transport.sock.shutdown(socket.SHUT_RDWR)
        return
    import redis

    redis.Redis.from_url(address.replace("redis+socket://", "unix://")).execute_command(
        "CLIENT", "KILL", "TYPE", "normal", "SKIPME", "yes"
    )


@pytest.fixture
def silent() -> Iterator[int]:
    """The port of a server that takes connections and never says a word."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield server.getsockname()[1]


def away(address: str) -> Celery:
    """The application with a broker at another address."""
    other = Celery("away", broker=address, set_as_current=False)
    other.config_from_object(settings, namespace="CELERY")
    other.conf.broker_url = address
    return other


def nobody(chunk_id: str) -> None:
    """A task for nobody."""


def try_to_wake(address: str) -> tuple[bool, float]:
    """Whether a worker was woken over this broker, and the seconds that took."""
    task = away(address).task(name="nobody.works")(nobody)
    began = time.monotonic()
    return wake(task, uuid4()), time.monotonic() - began


def test_worker_is_woken_though_the_broker_dropped_the_idle_connection(live_broker: str) -> None:
    assert wake(tasks.work, uuid4())
    drop_connections(live_broker)
    assert wake(tasks.work, uuid4())
    assert waiting() == 2


@pytest.mark.parametrize(
    "address", ["redis+socket:///nowhere/redis.sock", "redis://127.0.0.1:9/0", "amqp://127.0.0.1:9//"]
)
def test_broker_that_is_away_is_no_error_and_makes_nobody_wait(address: str) -> None:
    woken, seconds = try_to_wake(address)
    assert (woken, seconds < SOON) == (False, True)


def test_broker_that_never_answers_makes_nobody_wait(silent: int) -> None:
    woken, seconds = try_to_wake(f"amqp://127.0.0.1:{silent}//")
    assert (woken, seconds < SOON) == (False, True)
