"""The ledger under concurrency and kill -9: every committed entry once, no aborted one, no half-made head."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from itertools import count
from threading import Event as Flag
from uuid import UUID

import pytest
from django.conf import settings
from django.db import connection, transaction

from registry.ledger import append_many, sequence, verify
from registry.models import LedgerCheckpoint, LedgerEntry, LedgerLeaf, LedgerPending, LedgerTile
from tests.factories.ledger import AT, act, add_entries, grow
from tests.factories.waiting import PATIENCE

pytestmark = pytest.mark.django_db(transaction=True)

WRITERS = 8
ACTS = 40


class Aborted(Exception):
    """An act that fails after its entries were appended."""


def write(seed: int, sequenced: Flag) -> list[UUID]:
    """Forty acts of one to five entries; every fourth fails. Returns what was committed.

    Half-way it waits until something of all that was sequenced, so that much is written after a head.
    """
    committed: list[UUID] = []
    try:
        for number in range(ACTS):
            if number == ACTS // 2:
                assert sequenced.wait(PATIENCE)
            with suppress(Aborted):
                committed += write_one(1 + (seed + number) % 5, fail=(seed + number) % 4 == 0)
    finally:
        connection.close()
    return committed


def write_one(entries: int, *, fail: bool) -> list[UUID]:
    with transaction.atomic():
        ids = append_many([act() for _ in range(entries)])
        if fail:
            raise Aborted
    return ids


def keep_sequencing(stop: Flag, sequenced: Flag, *, wait: bool) -> int:
    """One of two sequencers that run against each other until told to stop."""
    try:
        total = 0
        while not stop.is_set():
            total += sequence(at=AT, wait=wait)
            if total:
                sequenced.set()
        return total
    finally:
        connection.close()


def test_every_committed_entry_is_in_the_tree_once_and_no_other() -> None:
    stop, sequenced = Flag(), Flag()
    with ThreadPoolExecutor(WRITERS + 2) as pool:
        sequencers = [pool.submit(keep_sequencing, stop, sequenced, wait=wait) for wait in (True, False)]
        try:
            writers = [pool.submit(write, seed, sequenced) for seed in range(WRITERS)]
            committed = [entry for writer in writers for entry in writer.result()]
        finally:
            stop.set()
        moved = sum(sequencer.result() for sequencer in sequencers) + sequence(at=AT)
    assert moved == len(committed)
    assert LedgerCheckpoint.objects.count() > 1  # the sequencers did run in between
    assert sorted(LedgerLeaf.objects.values_list("entry__entry", flat=True)) == sorted(committed)
    assert sorted(LedgerEntry.objects.values_list("entry", flat=True)) == sorted(committed)
    assert verify().leaves == len(committed)


def test_entry_begun_early_and_committed_late_is_not_lost() -> None:
    begun, sequenced = Flag(), Flag()

    def slow() -> list[UUID]:
        try:
            with transaction.atomic():
                ids = append_many([act()])
                begun.set()
                assert sequenced.wait(PATIENCE)
            return ids
        finally:
            connection.close()

    with ThreadPoolExecutor(1) as pool:
        late = pool.submit(slow)
        assert begun.wait(PATIENCE)
        early = grow(3)
        sequenced.set()
        expected = early + late.result()
    sequence(at=AT)
    found = LedgerLeaf.objects.order_by("index").values_list("entry__entry", flat=True)
    assert list(found) == expected
    assert verify().leaves == 4


def test_appending_does_not_wait_for_the_sequencer() -> None:
    add_entries(2)
    with heads_locked(), sequencer() as process:
        wait_until_blocked(process)
        assert len(add_entries(2)) == 2


SEQUENCER = """
import sys, django
django.setup()
from django.db import connection
from django.utils import timezone
connection.settings_dict["NAME"] = sys.argv[1]
from registry.ledger import sequence
connection.cursor().execute("SET application_name = 'doomed sequencer'")
sequence(at=timezone.now())
"""


@contextmanager
def sequencer() -> Iterator["subprocess.Popen[bytes]"]:
    """A sequencing process; killed in the end if it still runs."""
    command = [sys.executable, "-c", SEQUENCER, connection.settings_dict["NAME"]]
    process = subprocess.Popen(command, cwd=settings.ROOT, env=os.environ)
    try:
        yield process
    finally:
        process.kill()
        process.wait()


@contextmanager
def heads_locked() -> Iterator[None]:
    """Nobody may write a head: a sequencer stops just before its last step, leaves and tiles written."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("LOCK TABLE registry_ledgercheckpoint IN SHARE MODE")
        yield


def wait_until_blocked(process: "subprocess.Popen[bytes]") -> None:
    for _ in count():
        assert process.poll() is None, "the sequencer ended before it was stopped"
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_stat_clear_snapshot()")  # else the first look stands
            cursor.execute(
                "SELECT 1 FROM pg_stat_activity WHERE application_name = 'doomed sequencer'"
                " AND wait_event_type = 'Lock' AND query LIKE 'INSERT INTO \"registry_ledgercheckpoint\"%'"
            )
            if cursor.fetchone():
                return
        time.sleep(0.05)


def state() -> tuple[int, int, int, int]:
    tables = (LedgerPending, LedgerLeaf, LedgerCheckpoint, LedgerTile)
    pending, leaves, heads, tiles = (table.objects.count() for table in tables)
    return pending, leaves, heads, tiles


def test_sequencer_killed_midway_leaves_nothing_behind_and_loses_nothing() -> None:
    entries = grow(300)
    entries += add_entries(500)
    before = state()
    with heads_locked(), sequencer() as process:
        wait_until_blocked(process)
        process.send_signal(signal.SIGKILL)
        process.wait()
    assert process.returncode == -signal.SIGKILL
    assert state() == before == (500, 300, 1, 3)
    assert verify().leaves == 300
    assert sequence(at=AT) == 500  # waits for the dead process's lock to go
    found = LedgerLeaf.objects.order_by("index").values_list("entry__entry", flat=True)
    assert list(found) == entries
    assert verify().leaves == 800


def test_sequencer_left_alone_does_the_work() -> None:
    add_entries(5)
    with sequencer() as process:
        assert process.wait(PATIENCE) == 0
    assert state()[:3] == (0, 5, 1)
