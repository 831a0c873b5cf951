"""kill -9 of the worker in the middle of a file: every row is there exactly once, and the ledger verifies."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from django.db import connection, transaction
from django.utils import timezone

from ingest import tasks
from ingest.models import Chunk, Upload
from registry.ledger import sequence, verify
from registry.models import Record, Resident
from registry.runtime import commands
from registry.runtime.processes import Child
from registry.runtime.supervisor import Supervisor
from registry.waking import wake
from tests.conftest import ROOT
from tests.factories.organisations import make_furnisher
from tests.factories.uploads import as_csv, outcomes, receive, wage
from tests.factories.waiting import blocked, wait_for

pytestmark = [pytest.mark.services, pytest.mark.timeout(1_200)]

PEOPLE = 400
MONTHS = [f"2025-{month:02d}" for month in range(1, 13)]
ROWS = PEOPLE * len(MONTHS)


@pytest.fixture
def scheduler(worker: Child) -> Iterator[Child]:
    """The real scheduler: its sweep finds what a killed worker left behind."""
    child = commands.scheduler()
    with Supervisor(ROOT, [child]):
        yield child


@contextmanager
def results_locked() -> Iterator[None]:
    """Nobody may write what became of a row: a worker stops with its records stored and its chunk open."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("LOCK TABLE ingest_rowresult IN SHARE MODE")
        yield


def chunks(**having: Any) -> int:
    return Chunk.objects.filter(**having).count()


def test_worker_killed_mid_file_loses_and_doubles_no_row(worker, scheduler, settings):
    warned = {"net": "9999999.00"}  # above the gross: each row has a result of its own to be written
    rows = [wage(number, month=month, **warned) for month in MONTHS for number in range(1, PEOPLE + 1)]
    upload = receive(make_furnisher(), as_csv(rows))
    with results_locked():
        wake(tasks.parse, upload.id)
        wait_for(lambda: chunks(state="working") and blocked(), "work on a chunk")
        worker.kill()
        held = chunks(state="working")
    worker.start(ROOT)
    wait_for(lambda: Upload.objects.filter(id=upload.id, finished_at__isnull=False).exists(), "the end", 900)
    upload.refresh_from_db()
    assert held > 0
    assert (upload.status, upload.accepted, upload.rows) == ("done", ROWS, ROWS)
    assert list(outcomes(upload)) == list(range(1, ROWS + 1))
    assert sorted(Record.objects.values_list("row", flat=True)) == list(range(1, ROWS + 1))
    assert Resident.objects.count() == PEOPLE
    assert max(Chunk.objects.values_list("attempts", flat=True)) > 1
    sequence(at=timezone.now())
    verify()


def test_worker_killed_while_reading_starts_again(worker, scheduler):
    upload = receive(make_furnisher(), as_csv([wage(number) for number in range(1, 21)]))
    Upload.objects.filter(id=upload.id).update(status="parsing", lease_until=timezone.now(), attempts=1)
    wait_for(lambda: Upload.objects.filter(id=upload.id, status="done").exists(), "the end")
    assert (Record.objects.count(), len(outcomes(upload))) == (20, 20)


def test_lost_messages_are_made_up_for(worker, scheduler):
    upload = receive(make_furnisher(), as_csv([wage(1)]))  # nobody is woken for it
    wait_for(lambda: Upload.objects.filter(id=upload.id, status="done").exists(), "the end")
    assert Record.objects.count() == 1


def all_taken() -> None:
    """Wait until the worker has taken every message so far: what is sent now, it takes last."""
    last = receive(make_furnisher(), b"")
    tasks.wake_parse(last.id)
    wait_for(lambda: Upload.objects.filter(id=last.id, finished_at__isnull=False).exists(), "the last one")


def test_doubled_messages_change_nothing(worker):
    upload = receive(make_furnisher(), as_csv([wage(number) for number in range(1, 101)]))
    for _ in range(5):
        tasks.wake_parse(upload.id)
    wait_for(lambda: Upload.objects.filter(id=upload.id, status="done").exists(), "the end")
    chunk = Chunk.objects.get()
    for _ in range(5):
        tasks.work.delay(str(chunk.id))
    all_taken()
    assert (Record.objects.count(), len(outcomes(upload)), Chunk.objects.count()) == (100, 100, 1)
