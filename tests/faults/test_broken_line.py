"""A public client of tus sends files to the live site while the line breaks and the server is killed."""

import hashlib
import io
import resource
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import pytest
from django.db import connection
from django.utils import timezone
from tusclient.client import TusClient
from tusclient.exceptions import TusCommunicationError, TusUploadFailed

from ingest import services
from ingest.models import Incoming, IncomingPart, Upload
from ingest.services.arriving import PART
from ingest.services.receiving import digest_of
from registry.ledger import sequence, verify
from registry.models import LedgerEntry, Organisation
from tests.conftest import ROOT, Site
from tests.factories.line import line_to
from tests.factories.machines import Machine
from tests.factories.organisations import make_furnisher, make_key
from tests.factories.uploads import BY, as_csv, wage
from tests.factories.waiting import PATIENCE, wait_for

pytestmark = [pytest.mark.services, pytest.mark.timeout(900)]
FILLER = "x" * 9_000
PIECE = "application/offset+octet-stream"
ENOUGH = {"retries": 20, "retry_delay": 1}


def large(rows: int) -> bytes:
    """A file of wages, each row with 18 kB in columns that fill no field."""
    return as_csv([wage(number) | {"备注一": FILLER, "备注二": FILLER} for number in range(1, rows + 1)])


@pytest.fixture
def employer(site: Site) -> Organisation:
    return make_furnisher()


def client(site: str, employer: Organisation, content: bytes, **options: Any) -> Any:
    """tuspy, about to send this file."""
    key = {"Authorization": f"Bearer {make_key(employer.pk, 'uploads')}"}
    said = {"filename": "wages.csv", "filetype": "text/csv"}
    sender = TusClient(f"{site}/api/v1/uploads", headers=key)
    return sender.uploader(file_stream=io.BytesIO(content), metadata=said, **(ENOUGH | options))


def arrived(content: bytes) -> Upload:
    """The only upload, whose staged bytes are those that were sent."""
    upload = Upload.objects.get()
    digest = hashlib.sha256(content).hexdigest()
    assert (upload.bytes, bytes(upload.content)) == (len(content), digest_of("upload_content", f"{digest}|"))
    assert IncomingPart.objects.count() == 0
    return upload


def done(upload: Upload, rows: int) -> None:
    """The worker takes every row in, once, and the ledger holds."""
    wait_for(lambda: Upload.objects.get().status not in Upload.OPEN, "an end")
    upload.refresh_from_db()
    assert (upload.status, upload.accepted) == ("done", rows)
    sequence(at=timezone.now())
    assert verify().leaves == LedgerEntry.objects.count()


def test_file_goes_on_where_the_line_broke(site: Site, employer: Organisation) -> None:
    content = large(1_400)
    offsets: list[int] = []
    with line_to(site.url, (3 * PART // 2, lambda: None), (5 * PART // 2, lambda: None)) as line:
        uploader = client(line.url, employer, content)
        heard = uploader.get_offset
        uploader.get_offset = lambda: offsets.append(heard()) or offsets[-1]
        uploader.upload()
        assert line.cut == 2
        assert line.sent < len(content) + 2 * PART
    assert len(offsets) >= 2
    assert min(offsets) >= PART
    done(arrived(content), 1_400)


def test_killed_server_keeps_every_byte_that_it_answered_for(site: Site, employer: Organisation) -> None:
    content = large(1_400)

    reached, again = threading.Event(), threading.Event()

    def hold() -> None:
        wait_for(lambda: Incoming.objects.filter(offset__gte=PART).exists(), "the first part")
        connection.close()
        reached.set()
        assert again.wait(PATIENCE)

    with line_to(site.url, (2 * PART, hold)) as line:
        uploader = client(line.url, employer, content)
        offsets: list[int] = []
        heard = uploader.get_offset
        uploader.get_offset = lambda: offsets.append(heard()) or offsets[-1]
        sender = threading.Thread(target=uploader.upload)
        sender.start()
        assert reached.wait(PATIENCE)
        site.web.kill()
        site.web.start(ROOT)  # from the main thread: the server would end with any other
        site.supervisor.wait_until_ready(f"{site.url}/readyz", PATIENCE)
        again.set()
        sender.join()
    assert line.cut == 1
    assert offsets[0] >= PART
    done(arrived(content), 1_400)


def test_checksum_of_every_piece_is_checked(site: Site, employer: Organisation) -> None:
    content = large(60)
    uploader = client(site.url, employer, content, chunk_size=300_000, upload_checksum=True)
    uploader.upload()
    done(arrived(content), 60)


def test_same_file_twice_at_once_is_one_upload(site: Site, employer: Organisation) -> None:
    content = large(200)
    senders = [client(site.url, employer, content, chunk_size=500_000) for _ in range(4)]
    threads = [threading.Thread(target=sender.upload) for sender in senders]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    done(arrived(content), 200)
    assert set(Incoming.objects.values_list("state", "upload")) == {("landed", Upload.objects.get().pk)}


def test_two_senders_of_one_piece_never_mix(site: Site, employer: Organisation) -> None:
    content = large(300)
    first = client(site.url, employer, content, chunk_size=200_000)
    first.set_url(first.create_url())
    others = [client(site.url, employer, content, chunk_size=200_000, url=first.url) for _ in range(3)]
    threads = [threading.Thread(target=quietly, args=(sender,)) for sender in others]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if not Upload.objects.exists():
        finish = client(site.url, employer, content, url=first.url)
        wait_for(lambda: Incoming.objects.get().holder is None, "a free file")
        finish.offset = finish.get_offset()
        finish.upload()
    done(arrived(content), 300)


def quietly(sender: Any) -> None:
    """Send as far as the server lets one: a sender that meets another is told 409 or 423."""
    with suppress(TusUploadFailed, TusCommunicationError):
        sender.upload()


def test_body_that_breaks_off_is_not_taken_for_a_whole_one(site: Site, employer: Organisation) -> None:
    content = as_csv([wage(number) for number in range(1, 200)])
    key = make_key(employer.pk, "uploads")
    host, port = site.url.removeprefix("http://").split(":")
    form = b'--x\r\nContent-Disposition: form-data; name="file"; filename="a.csv"\r\n\r\n' + content
    for kind, body in (("text/csv", content), ("multipart/form-data; boundary=x", form)):
        with socket.create_connection((host, int(port))) as line:
            head = f"POST /api/v1/uploads HTTP/1.1\r\nHost: {host}:{port}\r\nAuthorization: Bearer {key}\r\n"
            head += f"Content-Type: {kind}\r\nContent-Length: {len(body) + 500}\r\n\r\n"
            line.sendall(head.encode() + body)
            time.sleep(0.5)
            line.shutdown(socket.SHUT_WR)
            line.settimeout(20)
            heard = line.recv(4_096)
            assert b" 202 " not in heard, heard
    time.sleep(1)
    assert Upload.objects.count() == 0


@pytest.mark.django_db
def test_full_disk_is_a_507_and_what_came_before_stays(settings: Any, tmp_path: Path) -> None:
    settings.STAGING_DIR = str(tmp_path / "staging")
    machine = Machine(make_furnisher(), "uploads")
    tus = machine.headers | {"Tus-Resumable": "1.0.0"}
    made = machine.client.post("/api/v1/uploads", headers=tus | {"Upload-Length": "600000"}, content_type="")

    def bring(size: int, offset: int) -> Any:
        headers = tus | {"Upload-Offset": str(offset)}
        return machine.client.patch(made["Location"], b"x" * size, content_type=PIECE, headers=headers)

    with largest_file(300_000):
        assert bring(100_000, 0).status_code == 204
        full = bring(500_000, 100_000)
    assert (full.status_code, full.json()["code"]) == (507, "staging_full")
    assert machine.client.head(made["Location"], headers=tus)["Upload-Offset"] == "100000"
    assert len(list((tmp_path / "staging").rglob("*.sealed"))) == 1
    with largest_file(550_000):  # the pieces have room, all of it in one has not
        unlanded = bring(500_000, 100_000)
    assert (unlanded.status_code, Upload.objects.count()) == (507, 0)
    assert len(list((tmp_path / "staging").rglob("*.sealed"))) == 2
    assert services.tidy(by=BY, clock=timezone.now) == [Upload.objects.get().pk]
    assert Upload.objects.get().bytes == 600_000


@contextmanager
def largest_file(size: int) -> Iterator[None]:
    """Let no file of this process grow beyond so many bytes: the kernel refuses, as on a full disk."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
