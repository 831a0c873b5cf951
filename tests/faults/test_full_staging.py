"""The disk for staged files is full for a live web server and a live worker: said plainly, nothing lost."""

import resource
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

import pytest
from django.utils import timezone

from ingest.models import Upload
from ingest.queries import STALLED
from registry.runtime.processes import Child
from tests.factories.stand import Partner, Stand, every_row_once, group_of
from tests.factories.uploads import as_csv, wage
from tests.factories.waiting import wait_for

pytestmark = [pytest.mark.services, pytest.mark.timeout(900)]

ROWS = 300
FILE = as_csv([wage(number) for number in range(1, ROWS + 1)])
ROOM = 10_000
"""Bytes that a file may still grow to; whole, or as one chunk, the file is larger."""


@contextmanager
def no_room(child: Child) -> Iterator[None]:
    """The kernel lets no file of these live processes grow: what a full disk does to them alone."""
    before = {pid: resource.prlimit(pid, resource.RLIMIT_FSIZE) for pid in group_of(child)}
    for pid, (_soft, hard) in before.items():
        resource.prlimit(pid, resource.RLIMIT_FSIZE, (ROOM, hard))
    try:
        yield
    finally:
        for pid, limits in before.items():
            resource.prlimit(pid, resource.RLIMIT_FSIZE, limits)


@pytest.fixture
def partner(stand: Stand) -> Partner:
    return Partner(stand)


def test_web_without_room_refuses_the_file_and_keeps_nothing(stand: Stand, partner: Partner) -> None:
    with no_room(stand.web):
        answer = partner.post(FILE)
        assert (answer.status_code, answer.json()["code"]) == (507, "staging_full")
    assert not Upload.objects.filter(organisation=partner.organisation).exists()
    every_row_once(partner.send(FILE), range(1, ROWS + 1))


def test_worker_without_room_tries_again_and_says_so(stand: Stand, partner: Partner) -> None:
    with no_room(stand.worker):
        upload = partner.send(FILE)
        own = Upload.objects.filter(id=upload)
        for attempt in range(1, STALLED + 1):
            wait_for(lambda before=attempt: own.get().attempts >= before, f"attempt {attempt}")
            own.update(lease_until=timezone.now() - timedelta(seconds=1))  # a minute later
            stand.send("ingest.parse", upload)
        said = partner.told(upload)
        assert (said["state"], said["stalled"]) == ("parsing", True)
        assert "This file is held up" in partner.page(upload)
    own.update(lease_until=timezone.now() - timedelta(seconds=1))
    every_row_once(upload, range(1, ROWS + 1))
    assert partner.told(upload)["stalled"] is False
