"""Workers by themselves: what they keep between tasks, and that several of one name work side by side."""

from collections.abc import Callable, Iterator
from datetime import datetime

import pytest
from django.db import connection

from registry.runtime import commands
from tests.conftest import ROOT
from tests.factories.stand import Stand
from tests.factories.waiting import wait_for

pytestmark = [pytest.mark.services, pytest.mark.timeout(900)]

PROCESSES = 2  # of a stand's worker
_SERVERS = """
SELECT pid FROM pg_stat_activity
WHERE datname = current_database() AND backend_type = 'client backend' AND pid <> pg_backend_pid()
    AND query_start > COALESCE(%s, '-infinity'::timestamptz)
"""


@pytest.fixture
def alone(stand: Stand) -> Iterator[Stand]:
    """A site of which only the worker runs; whole again at the end."""
    stand.web.kill()
    stand.scheduler.kill()
    stand.restart(stand.worker)
    wait_for(lambda: len(servers()) <= PROCESSES, "the end of others' connections")
    yield stand
    stand.restart(stand.web, stand.worker, stand.scheduler)


def servers(since: datetime | None = None) -> set[int]:
    """The server processes that serve others than this test, and did something since then."""
    with connection.cursor() as cursor:
        cursor.execute(_SERVERS, [since])
        return {row[0] for row in cursor.fetchall()}


def sweep_until(stand: Stand, condition: Callable[[], bool], what: str) -> None:
    """Send tasks until something holds."""

    def holds() -> bool:
        stand.send("ingest.sweep")
        return condition()

    wait_for(holds, what)


def test_worker_keeps_its_database_connections_from_task_to_task(alone: Stand) -> None:
    sweep_until(alone, lambda: len(servers()) == PROCESSES, "work of both processes")
    kept = servers()
    for _round in range(3):
        moment = database_clock()
        sweep_until(alone, lambda since=moment: kept <= servers(since), "more work over the same connections")
    assert servers() == kept


def database_clock() -> datetime:
    """What time PostgreSQL has."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT clock_timestamp()")
        now: datetime = cursor.fetchone()[0]
        return now


def test_second_worker_of_the_same_name_works_beside_the_first(alone: Stand) -> None:
    second = commands.celery_worker()
    assert second.command == alone.worker.command
    second.start(ROOT)
    try:
        sweep_until(alone, lambda: len(servers()) > PROCESSES, "work of a third process")
        assert (alone.worker.status(), second.status()) == (None, None)
    finally:
        second.kill()
