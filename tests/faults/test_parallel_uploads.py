"""Sixteen uploads at once that all introduce the same two thousand people leave exactly one resident each."""

import pytest
from django.db.models import Count
from django.utils import timezone

from consent.models import Consent
from ingest import tasks
from ingest.models import Upload
from registry.ledger import sequence, verify
from registry.models import Identifier, Record, Resident
from registry.runtime import commands
from registry.runtime.supervisor import Supervisor
from tests.conftest import ROOT
from tests.factories.organisations import make_furnisher
from tests.factories.parallel import at_once
from tests.factories.uploads import as_csv, receive, wage
from tests.factories.waiting import wait_for

pytestmark = [pytest.mark.services, pytest.mark.timeout(1_800)]

PEOPLE, FURNISHERS, FILES = 2_000, 4, 4


@pytest.fixture
def crowd(own_database, live_broker, monkeypatch):
    """A worker of eight processes and the scheduler."""
    monkeypatch.setenv("WORKER_PROCESSES", "8")
    with Supervisor(ROOT, [commands.celery_worker(), commands.scheduler()]):
        yield


def test_parallel_uploads_of_the_same_people_leave_one_resident_each(crowd):
    uploads = []
    for _furnisher in range(FURNISHERS):
        organisation = make_furnisher()
        for month in range(1, FILES + 1):
            rows = [wage(number, month=f"2026-{month:02d}") for number in range(1, PEOPLE + 1)]
            uploads.append(receive(organisation, as_csv(rows)))
    for upload in uploads:
        tasks.wake_parse(upload.id)
    wait_for(lambda: not Upload.objects.filter(finished_at__isnull=True).exists(), "the end", 1_500)
    ended = Upload.objects.values_list("status", "accepted", "refused").annotate(uploads=Count("id"))
    assert list(ended.order_by()) == [("done", PEOPLE, 0, FURNISHERS * FILES)]
    assert Resident.objects.filter(merged_into=None).count() == PEOPLE
    assert Identifier.objects.filter(strong=True, kind="id_number").count() == PEOPLE
    assert Record.objects.count() == PEOPLE * FURNISHERS * FILES
    assert Consent.objects.count() == PEOPLE * FURNISHERS
    sequence(at=timezone.now())
    verify()


def test_same_file_twice_at_once_is_one_upload(crowd):
    organisation, content = make_furnisher(), as_csv([wage(1), wage(2)])

    def send():
        upload = receive(organisation, content)
        tasks.wake_parse(upload.id)
        return upload.id

    assert len(set(at_once([send] * 8))) == Upload.objects.count() == 1
    wait_for(lambda: Upload.objects.filter(status="done").exists(), "the end")
    assert (Upload.objects.get().accepted, Record.objects.count()) == (2, 2)
