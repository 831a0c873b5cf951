"""The clock moves, forward and back, also between a lease and its renewal: every row once all the same."""

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta

import pytest
import time_machine
from django.utils import timezone

from ingest import queries, services, tasks
from ingest.models import Chunk, Upload
from registry.ledger import sequence, verify
from registry.models import LedgerEntry, Record
from tests.factories.machines import Machine
from tests.factories.organisations import make_furnisher
from tests.factories.uploads import as_csv, outcomes, receive, wage

pytestmark = pytest.mark.django_db(transaction=True)
ROWS = 6
FILE = as_csv([wage(number) for number in range(1, ROWS + 1)])
DAY = timedelta(days=1)


def moved(by: timedelta) -> time_machine.travel:
    """The clock of this machine, off by so much and running on."""
    return time_machine.travel(timezone.now() + by, tick=True)


def swept(upload: Upload) -> None:
    """The sweep finds that nobody is at it; workers do what it and they themselves are woken for."""
    woken = services.sweep(by=tasks.BY, at=timezone.now())
    assert woken.uploads or woken.chunks
    for each in woken.uploads:
        tasks.parse(str(each))
    for each in Chunk.objects.filter(upload=upload).order_by("number"):
        tasks.work(str(each.id))


def every_row_once(upload: Upload) -> None:
    """Assert that the file's rows are in, each once, and that the ledger verifies."""
    upload.refresh_from_db()
    assert (upload.status, upload.accepted, Record.objects.count()) == ("done", ROWS, ROWS)
    assert list(outcomes(upload)) == list(range(1, ROWS + 1))
    sequence(at=timezone.now())
    assert verify().leaves == LedgerEntry.objects.count()


@pytest.fixture(params=[DAY, -DAY], ids=["forward", "back"])
def jump(request: pytest.FixtureRequest) -> timedelta:
    return request.param


def test_clock_that_moves_while_a_file_waits_for_its_reader(jump: timedelta) -> None:
    upload = receive(make_furnisher(), FILE)
    services.sweep(by=tasks.BY, at=timezone.now())  # wakes a worker whose message is lost
    with moved(jump):
        swept(upload)
        every_row_once(upload)


def test_clock_that_moves_while_a_dead_worker_holds_a_chunk(jump: timedelta) -> None:
    upload = receive(make_furnisher(), FILE)
    services.split(upload=upload.id, by=tasks.BY, clock=timezone.now)
    assert services.take_chunk(chunk=Chunk.objects.get().id, at=timezone.now())
    with moved(jump):
        swept(upload)
        every_row_once(upload)


def test_clock_that_moves_while_many_chunks_have_been_woken(jump: timedelta) -> None:
    upload = receive(make_furnisher(), FILE)
    services.split(upload=upload.id, by=tasks.BY, clock=timezone.now, rows=1)
    assert (
        len(services.wake_chunks(at=timezone.now())) == 4
    )  # as many as are woken at once; none of them comes
    with moved(jump):
        swept(upload)
        every_row_once(upload)


def jumping(by: timedelta, then: Callable[[], object]) -> Callable[[], datetime]:
    """A clock that jumps after it has been asked once; `then` is what happens at that moment."""

    def times() -> Iterator[datetime]:
        yield timezone.now()
        then()
        while True:
            yield timezone.now() + by

    asked = times()
    return lambda: next(asked)


def test_clock_that_moves_between_a_lease_and_its_renewal(jump: timedelta) -> None:
    upload = receive(make_furnisher(), FILE)
    assert services.split(upload=upload.id, by=tasks.BY, clock=jumping(jump, lambda: None), rows=2)
    swept(upload)
    every_row_once(upload)


def test_reader_overtaken_through_a_moved_clock_leaves_nothing(jump: timedelta) -> None:
    upload = receive(make_furnisher(), FILE)

    def another() -> None:
        with moved(jump):
            assert services.split(upload=upload.id, by=tasks.BY, clock=timezone.now, rows=3)

    assert not services.split(upload=upload.id, by=tasks.BY, clock=jumping(jump, another), rows=2)
    assert list(Chunk.objects.order_by("number").values_list("rows", flat=True)) == [3, 3]
    swept(upload)
    every_row_once(upload)


def test_chunk_taken_by_two_through_a_moved_clock_is_kept_once(jump: timedelta) -> None:
    upload = receive(make_furnisher(), FILE)
    services.split(upload=upload.id, by=tasks.BY, clock=timezone.now)
    chunk = str(Chunk.objects.get().id)
    assert services.take_chunk(chunk=Chunk.objects.get().id, at=timezone.now())
    with moved(jump):
        tasks.work(chunk)
    tasks.work(chunk)
    every_row_once(upload)


def test_partner_is_told_of_no_time_left_that_cannot_be(jump: timedelta) -> None:
    machine = Machine(make_furnisher(), "uploads")
    upload = machine.send(FILE).json()["id"]
    services.split(upload=upload, by=tasks.BY, clock=timezone.now, rows=3)
    tasks.work(str(Chunk.objects.get(number=1).id))
    with moved(jump):
        progress = queries.progress(Upload.objects.get(), at=timezone.now())
        assert (progress.share, progress.stalled, progress.seconds_left >= 1) == (0.5, False, True)
