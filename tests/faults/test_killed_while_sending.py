"""kill -9 of the web server in the middle of a POST and of a PATCH, and of a worker in the middle of a file.

What was answered for is there once; what was not is not there at all, and the
sender goes on where it was or sends again.
"""

import socket
from collections.abc import Callable
from datetime import timedelta

import httpx
import pytest
from django.utils import timezone

from ingest import services
from ingest.models import Chunk, Incoming, Upload
from ingest.services.arriving import SILENCE
from registry.runtime import ports
from tests.factories.parallel import at_once
from tests.factories.stand import Partner, Stand, every_row_once, half_a_minute_later, mid_file
from tests.factories.uploads import as_csv, wage
from tests.factories.waiting import wait_for

pytestmark = [pytest.mark.services, pytest.mark.timeout(900)]

ROWS = 300
FILE = as_csv([wage(number, net="9999999.00") for number in range(1, ROWS + 1)])
TUS = {"Tus-Resumable": "1.0.0"}
PIECE = {"Content-Type": "application/offset+octet-stream"}


@pytest.fixture
def partner(stand: Stand) -> Partner:
    return Partner(stand)


def half_sent(stand: Stand, partner: Partner, method: str, path: str, **headers: str) -> socket.socket:
    """A connection over which half of the file has gone, and the rest is still to come."""
    line = socket.create_connection((ports.HOST, stand.port))
    told = {"Host": f"{ports.HOST}:{stand.port}", "Authorization": f"Bearer {partner.key}"}
    told |= {"Content-Length": str(len(FILE))} | {
        name.replace("_", "-"): text for name, text in headers.items()
    }
    head = f"{method} {path} HTTP/1.1\r\n" + "".join(f"{name}: {text}\r\n" for name, text in told.items())
    line.sendall(head.encode() + b"\r\n" + FILE[: len(FILE) // 2])
    return line


def staged(stand: Stand) -> int:
    """How many files lie staged."""
    return len(list(stand.staging.rglob("*.sealed")))


def test_web_killed_in_the_middle_of_a_post_keeps_nothing_of_it(stand: Stand, partner: Partner) -> None:
    before = staged(stand)
    with half_sent(stand, partner, "POST", "/api/v1/uploads", Content_Type="text/csv"):
        wait_for(lambda: staged(stand) > before, "the beginning of the file")
        stand.restart(stand.web)
    assert not Upload.objects.filter(organisation=partner.organisation).exists()
    every_row_once(partner.send(FILE), range(1, ROWS + 1))
    assert staged(stand) == before + 1
    services.reconcile(at=timezone.now() + timedelta(hours=2))
    assert staged(stand) == before


def test_web_killed_in_the_middle_of_a_patch_goes_on_where_it_was(stand: Stand, partner: Partner) -> None:
    length = {"Upload-Length": str(len(FILE)), "Upload-Metadata": "filename d2FnZXMuY3N2"}
    place = partner.client.post("/api/v1/uploads", headers=TUS | length).headers["Location"]
    half = {"Tus_Resumable": "1.0.0", "Upload_Offset": "0", "Content_Type": PIECE["Content-Type"]}
    with half_sent(stand, partner, "PATCH", httpx.URL(place).path, **half):
        wait_for(lambda: Incoming.objects.filter(organisation=partner.organisation, holder__isnull=False))
        stand.restart(stand.web)
    kept = int(partner.client.head(place, headers=TUS).headers["Upload-Offset"])
    assert 0 <= kept <= len(FILE) // 2
    rest = TUS | PIECE | {"Upload-Offset": str(kept)}
    later = timezone.now() - SILENCE  # the dead server holds the file for so long
    Incoming.objects.filter(organisation=partner.organisation).update(held_until=later)
    assert partner.client.patch(place, content=FILE[kept:], headers=rest).status_code == 204
    every_row_once(place.rsplit("/", 1)[-1], range(1, ROWS + 1))


def test_web_killed_as_soon_as_it_answered_keeps_what_it_answered_for(stand: Stand, partner: Partner) -> None:
    upload = partner.send(FILE)
    stand.restart(stand.web)
    every_row_once(upload, range(1, ROWS + 1))
    assert partner.told(upload)["state"] == "done"


def test_worker_killed_in_the_middle_of_a_file_loses_and_doubles_no_row(
    stand: Stand, partner: Partner
) -> None:
    with mid_file(partner, FILE) as upload:
        stand.worker.kill()
    half_a_minute_later(upload)
    assert partner.told(upload)["state"] == "processing"
    stand.restart(stand.worker)
    every_row_once(upload, range(1, ROWS + 1))
    assert Chunk.objects.get(upload=upload).attempts > 1


def test_same_task_given_to_two_workers_at_once_is_done_once(stand: Stand, partner: Partner) -> None:
    with mid_file(partner, FILE) as upload:
        for _ in range(4):
            stand.send("ingest.parse", upload)
            stand.send("ingest.work", Chunk.objects.get(upload=upload).id)
    every_row_once(upload, range(1, ROWS + 1))
    assert Chunk.objects.get(upload=upload).attempts == 1


def test_same_file_sent_twice_at_once_is_one_upload(stand: Stand, partner: Partner) -> None:
    sends: list[Callable[[], str]] = [lambda: partner.send(FILE)] * 4
    found = at_once(sends)
    assert found == [found[0]] * 4
    assert Upload.objects.filter(organisation=partner.organisation).count() == 1
    every_row_once(found[0], range(1, ROWS + 1))
