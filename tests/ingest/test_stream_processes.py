"""Streams and the web processes that serve them: one may die, and none is taken up by streams alone."""

import json

import pytest
from django.utils import timezone

from ingest import services
from ingest.models import Upload
from ingest.views.api.stream import STREAMS
from registry.models import Record
from tests.factories.organisations import make_furnisher, make_key
from tests.factories.talk import lines, talk
from tests.factories.waiting import wait_for

pytestmark = [pytest.mark.services, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def key(site):
    return make_key(make_furnisher().pk, "records", "uploads")


def test_killed_web_process_leaves_an_upload_that_the_sweep_ends(site, key):
    with_us = talk(site, key)
    with_us.write(lines([1]))
    assert with_us.line()["outcome"] == "accepted"
    site.web.kill()
    assert (Upload.objects.get().status, Record.objects.count()) == ("processing", 1)
    services.sweep(by="system:test", at=timezone.now())
    assert Upload.objects.get().status == "processing"
    Upload.objects.update(lease_until=timezone.now())
    services.sweep(by="system:test", at=timezone.now())
    upload = Upload.objects.get()
    assert (upload.status, upload.rows, upload.accepted) == ("done", 1, 1)


@pytest.fixture
def one_process(monkeypatch, request):
    """The site with one web process instead of two."""
    monkeypatch.setenv("WEB_PROCESSES", "1")
    return request.getfixturevalue("site")


def test_web_process_has_four_streams_and_then_says_that_it_is_busy(one_process, request):
    key = request.getfixturevalue("key")
    streams = [talk(one_process, key) for _ in range(STREAMS)]
    for number, one in enumerate(streams, 1):
        one.write(lines([number]))
        assert one.line()["outcome"] == "accepted"
    fifth = talk(one_process, key)
    fifth.end()
    said = json.loads(fifth.open().read())
    assert (fifth.open().status, said["code"]) == (503, "streams_busy")
    assert int(fifth.open().getheader("Retry-After")) > 0
    for one in streams:
        one.end()
        assert one.rest()[-1]["state"] == "done"
    wait_for(lambda: _begins(one_process, key), "room for another stream")


def _begins(site, key) -> bool:
    another = talk(site, key)
    another.end()
    return another.open().status == 200
