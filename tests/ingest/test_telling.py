"""An upload that ends is told to its organisation's programs: over a real worker, broker and HTTP."""

import json

import pytest
from django.utils import timezone

from ingest import services
from registry import webhooks
from registry.models import WebhookDelivery
from tests.factories.machines import Machine
from tests.factories.organisations import make_furnisher
from tests.factories.receivers import receiver
from tests.factories.uploads import as_csv, ingest, receive, run, wage

BY = "system:test"


@pytest.fixture
def employer(db):
    return make_furnisher()


def listen(organisation, url="http://127.0.0.1:9/"):
    return webhooks.add(organisation=organisation.pk, url=url, by=BY, at=timezone.now())


def told():
    return [(one.event, one.body) for one in WebhookDelivery.objects.order_by("created_at")]


def test_finished_upload_is_told_with_its_counts(employer):
    listen(employer)
    upload = ingest(employer, [wage(1), wage(2, month="later")])
    counts = {"accepted": 1, "refused": 1, "unchanged": 0, "corrected": 0, "held_for_review": 0}
    said = {
        "upload": str(upload.id),
        "status": "done_with_errors",
        "source": "rest",
        "type": "wage",
        "rows": 2,
    }
    assert told() == [("upload.finished", said | counts)]


def test_rejected_upload_is_told_with_its_reason(employer):
    listen(employer)
    upload = run(receive(employer, b"\x89PNG nothing"))
    said = {"upload": str(upload.id), "status": "rejected", "source": "rest", "reason": upload.error_code}
    assert told() == [("upload.rejected", said)]


def test_cancelled_upload_is_told(employer):
    listen(employer)
    upload = receive(employer, as_csv([wage(1)]))
    services.cancel(organisation=employer.pk, upload=upload.id, by=BY, at=timezone.now())
    assert [(event, body["status"]) for event, body in told()] == [("upload.cancelled", "cancelled")]


def test_nobody_listening_costs_nothing(employer):
    ingest(employer, [wage(1)])
    assert told() == []


@pytest.mark.services
def test_program_is_told_by_a_real_worker(own_database, worker):
    employer = make_furnisher()
    with receiver() as listener:
        _made, secret = listen(employer, listener.url)
        upload = Machine(employer, "uploads").send(as_csv([wage(1)])).json()["id"]
        listener.wait(1)
        message = listener.verified(secret)
    assert (message["type"], message["data"]["upload"], message["data"]["accepted"]) == (
        "upload.finished",
        upload,
        1,
    )
    assert "name" not in json.dumps(message)
