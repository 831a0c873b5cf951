"""Canaries come in by every other door, some only half, and go out again; then all at rest is searched.

Twice: while files are half sent, a stream is open and others wait for their clerk; and when all is over and
every process has stopped. What lies in the watched folder's `in/` and `out/` is the partner's own, in plain
on purpose, and is not searched.
"""

import base64
import json
import socket
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx
import psutil
import pytest
from django.conf import settings
from django.contrib.sessions.models import Session
from django.utils import timezone

from ingest import tasks
from ingest.folder import look
from ingest.models import Incoming, KeptAnswer, RememberedMapping, Upload
from registry.models import Organisation, WebhookDelivery
from registry.tasks import wake_webhooks
from tests.factories.canaries import (
    FILE_NAME,
    MOBILES,
    NAMES,
    NUMBERS,
    REFERENCE,
    broker,
    canary,
    dump,
    found,
    open_files,
    staged,
    temporary,
)
from tests.factories.organisations import make_furnisher, make_key, make_person, signed_in
from tests.factories.receivers import Receiver, receiver
from tests.factories.uploads import as_csv, as_ndjson, as_xlsx, evidence
from tests.factories.waiting import wait_for

pytestmark = [pytest.mark.services, pytest.mark.timeout(900)]

UPLOADS = "/api/v1/uploads"
TUS = {"Tus-Resumable": "1.0.0"}
PIECE = TUS | {"Content-Type": "application/offset+octet-stream"}
TOKEN = "a" * 32
LARGE = 3 << 20  # more than is kept in memory while it arrives
UNSIGNED = dict.fromkeys(evidence(0), "")


class Places:
    """Where a canary might be found, on a machine whose folders are this test's own."""

    def __init__(self, folder: Path, database: str, broker: str, receiver: Receiver) -> None:
        self.folder, self.database, self.broker, self.receiver = folder, database, broker, receiver

    def searched(self, processes: list[int], **more: bytes) -> dict[str, bytes]:
        """All that lies at rest at this moment."""
        return {
            "database": dump(self.database),
            "sessions": repr([session.get_decoded() for session in Session.objects.all()]).encode(),
            "broker": broker(self.broker),
            "staged files": staged(),
            "temporary files": temporary(self.folder / "tmp"),
            "open files": open_files(processes),
            "what webhooks were sent": repr(self.receiver.got).encode(),
            **more,
        }


@pytest.fixture
def folder(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """Folders of this test's own for staged and temporary files, and one that is watched."""
    for name in ("staging", "tmp", "watched"):
        (tmp_path / name).mkdir(mode=0o770)
    monkeypatch.setenv("TMPDIR", str(tmp_path / "tmp"))
    monkeypatch.setenv("STAGING_DIR", str(tmp_path / "staging"))
    monkeypatch.setattr(settings, "STAGING_DIR", str(tmp_path / "staging"))
    return tmp_path


@pytest.fixture
def listener() -> Iterator[Receiver]:
    with receiver() as kept:
        yield kept


def processes(site: Any) -> list[int]:
    """The web server and the worker, with all that they started."""
    leaders = [psutil.Process(child.process.pid) for child in (site.web, site.worker)]
    return [one.pid for leader in leaders for one in (leader, *leader.children(recursive=True))]


def ok(answer: httpx.Response) -> httpx.Response:
    """An answer that says yes."""
    assert answer.is_success, answer.text
    return answer


def until(upload: str, *states: str) -> Upload:
    """The upload once it is in one of these states."""
    wait_for(lambda: Upload.objects.filter(id=upload, status__in=states).exists(), f"{states}")
    return Upload.objects.get(id=upload)


def taken_in(answer: httpx.Response) -> str:
    """The id of an upload that was received, once it has come to its end."""
    upload = ok(answer).json()["id"]
    until(upload, "done", "done_with_errors", "rejected")
    return str(upload)


# --- files in pieces


def begun(client: httpx.Client, content: bytes) -> str:
    """A file of which the first half is here; its address."""
    name = base64.b64encode(FILE_NAME.encode()).decode()
    said = {"Upload-Length": str(len(content)), "Upload-Metadata": f"filename {name},type d2FnZQ=="}
    address = ok(client.post(UPLOADS, headers=TUS | said)).headers["Location"]
    brought(client, address, content[: len(content) // 2], 0)
    return str(address)


def brought(client: httpx.Client, address: str, piece: bytes, offset: int, **more: str) -> httpx.Response:
    said = {"Upload-Offset": str(offset)} | {name.replace("_", "-"): value for name, value in more.items()}
    return client.patch(address, content=piece, headers=PIECE | said)


def in_pieces(client: httpx.Client) -> str:
    """One whole, one given up, one with a piece that is not what it should be; the address of a half one."""
    whole = as_csv([canary(0, month="2025-01"), canary(1, month="2025-01")])
    address = begun(client, whole)
    ok(brought(client, address, whole[len(whole) // 2 :], len(whole) // 2))
    until(address.rpartition("/")[2], "done")
    given_up = begun(client, as_csv([canary(2, month="2025-02")]))
    ok(client.delete(given_up, headers=TUS))
    half = as_csv([canary(2, month="2025-03"), canary(3, month="2025-03")])
    address, middle = begun(client, half), len(half) // 2
    wrong = "sha256 " + base64.b64encode(b"\0" * 32).decode()
    assert brought(client, address, half[middle:], middle, Upload_Checksum=wrong).status_code == 460
    return address


# --- files that wait for a clerk


def held(client: httpx.Client, month: str, **changes: str) -> str:
    """A held file whose head was looked at."""
    content = as_csv([canary(2, month=month), canary(3, month=month, **changes)])
    said = {"Upload-Hold": "true"}
    answer = client.post(UPLOADS, files={"file": (FILE_NAME, content)}, headers=said)
    upload = ok(answer).json()["id"]
    until(upload, "previewed")
    return f"{UPLOADS}/{upload}"


def tried(client: httpx.Client, address: str) -> None:
    """A dry run of a held file, come to its end, and what became of its rows."""
    ok(client.post(f"{address}/trial", json={}))
    wait_for(lambda: ok(client.get(address)).json()["trial"]["state"] == "done", "the dry run")
    assert ok(client.get(f"{address}/rows")).json()["rows"][0]["outcome"] == "refused"


def before_the_clerk(client: httpx.Client, desk: httpx.Client) -> str:
    """A file stopped, one chosen for, tried and taken in; the address of one that goes on waiting."""
    ok(client.delete(held(client, "2025-04")))
    confirmed = held(client, "2025-05", gross="much")
    ok(client.get(f"{confirmed}/preview"))
    ok(client.put(f"{confirmed}/choices", json={"fields": {"0": "name"}, "encoding": "utf-8"}))
    until(confirmed.rpartition("/")[2], "previewed")
    tried(client, confirmed)
    ok(client.post(f"{confirmed}/confirm", json={}))
    until(confirmed.rpartition("/")[2], "done_with_errors")
    assert REFERENCE in ok(client.get(f"{confirmed}/result?rows=refused")).text
    waiting = held(client, "2025-06", gross="much")
    tried(client, waiting)
    assert NUMBERS[2] in ok(desk.get(waiting.replace("/api/v1", "/desk") + "/preview")).text
    return waiting


# --- at the desk


def at_the_desk(desk: httpx.Client, client: httpx.Client) -> None:
    """A file sent by the page, slips for people who have not agreed yet, then the result is fetched."""
    lacking = [canary(0, month="2025-07"), canary(3, month="2025-07") | UNSIGNED, canary(2, gross="much")]
    book = as_xlsx(lacking)
    said = {"csrfmiddlewaretoken": TOKEN, "type": "wage"}
    answer = desk.post("/desk/", data=said, files={"file": (f"{NAMES[1]}.xlsx", book)})
    assert answer.status_code == 302, answer.text
    page = answer.headers["Location"]
    upload = Upload.objects.latest("received_at")
    until(str(upload.pk), "previewed")
    ok(desk.get(page, follow_redirects=True))
    at = f"/desk/uploads/{upload.pk}"
    assert desk.post(f"{at}/preview/confirm", data=said).status_code == 302
    until(str(upload.pk), "done_with_errors")
    assert desk.post(f"{at}/invite", data=said).status_code == 302
    assert NAMES[3] in ok(desk.get(f"{at}/invitations")).text
    assert ok(desk.get(f"{at}/result?rows=refused")).content.startswith(b"PK")
    ok(client.get(f"{UPLOADS}/{upload.pk}/result"))


# --- records without a file


def by_stream(client: httpx.Client) -> None:
    """Two streams: one with good and bad lines, one that says what may not be collected."""
    bad = [f'{{"name": "{NAMES[3]}', json.dumps({NAMES[0]: NUMBERS[0]}), f'["{MOBILES[1]}"]']
    lines = as_ndjson([canary(0, month="2025-08"), canary(1, gross="much")]) + "\n".join(bad).encode() + b"\n"
    forbidden = as_ndjson([canary(1, month="2025-08"), {f"{NAMES[0]}的宗教信仰": NAMES[0]}])
    for content, state in ((lines, "done_with_errors"), (forbidden, "done")):
        said = {"Upload-Type": "wage", "Upload-Name": NAMES[3], "Content-Type": "application/x-ndjson"}
        answer = ok(client.post("/api/v1/records:stream", content=iter([content]), headers=said))
        assert json.loads(answer.text.splitlines()[-1])["state"] == state


def twice(client: httpx.Client, path: str, body: Any) -> None:
    """A request sent again under its Idempotency-Key: the kept answer comes back."""
    named = {"Idempotency-Key": f"{REFERENCE} {path}"}
    first, again = (ok(client.post(path, json=body, headers=named)) for _ in range(2))
    assert (first.content, again.headers["Idempotent-Replay"]) == (again.content, "true")


def by_request(client: httpx.Client) -> None:
    """Records, consents and records taken back, each asked for twice."""
    records = [canary(0, month="2025-09"), canary(1, gross="much"), canary(2) | {NAMES[0]: NAMES[1]}]
    twice(client, "/api/v1/records:batch", {"type": "wage", "records": records})
    consents = [{"name": NAMES[3], "id_number": NUMBERS[3], "mobile": MOBILES[3], "reference": REFERENCE}]
    twice(client, "/api/v1/consents", {"consents": consents})
    meant = {"name": NAMES[0], "id_number": NUMBERS[0], "month": "2025-09"}
    gone = {"type": "wage", "reason": "mistake", "records": [meant, meant | {NAMES[0]: NAMES[1]}]}
    twice(client, "/api/v1/records:retract", gone)


# --- the watched folder


def by_folder(folder: Path, organisation: Organisation) -> None:
    """A file that is taken in and given back, and one that is refused."""
    own = folder / "watched" / organisation.credit_code
    inside, out = own / "in", own / "out"
    for made in (own, inside, out):
        made.mkdir(mode=0o770)
    (inside / FILE_NAME).write_bytes(as_csv([canary(0, month="2025-10"), canary(1, gross="much")]))
    (inside / f"x{FILE_NAME}").write_bytes(as_csv([canary(3) | {f"{NAMES[1]}的宗教信仰": "x"}]))
    watched: dict[str, Any] = {"root": folder / "watched", "settle": timedelta(0)}
    taken = look(**watched, at=timezone.now()).taken
    assert len(taken) == 2
    for upload in taken:
        tasks.wake_parse(upload)
    for upload in taken:
        until(str(upload), "done_with_errors", "rejected")
    assert look(**watched, at=timezone.now()).given == 2
    assert list(inside.iterdir()) == []
    assert NUMBERS[1].encode() in (out / f"{FILE_NAME.removesuffix('.csv')}.result.csv").read_bytes()


# --- what is on its way when the first search begins


@contextmanager
def broken_off(url: str, key: str, content_type: str, body: bytes) -> Iterator[None]:
    """A body of which half has been sent while the block lasts, and whose line breaks then."""
    place = urlsplit(url)
    head = [
        f"POST {UPLOADS} HTTP/1.1",
        f"Host: {place.netloc}",
        f"Authorization: Bearer {key}",
        f"Content-Type: {content_type}",
        f"Content-Length: {2 * len(body)}",
    ]
    before = staged()
    with socket.create_connection((place.hostname, place.port), timeout=60) as line:
        line.sendall("\r\n".join([*head, "", ""]).encode() + body)
        wait_for(lambda: len(staged()) > len(before) + LARGE // 2, "half of a file on disk")
        yield


@contextmanager
def spoken(url: str, key: str) -> Iterator[None]:
    """A stream that is open while the block lasts, with lines taken and refused."""
    place, lines = urlsplit(url), as_ndjson([canary(2, month="2025-11"), canary(3, gross="much")])
    head = [
        "POST /api/v1/records:stream HTTP/1.1",
        f"Host: {place.netloc}",
        f"Authorization: Bearer {key}",
        "Content-Type: application/x-ndjson",
        "Upload-Type: wage",
        "Transfer-Encoding: chunked",
    ]
    with socket.create_connection((place.hostname, place.port), timeout=60) as line:
        line.sendall("\r\n".join([*head, "", ""]).encode() + b"%x\r\n%s\r\n" % (len(lines), lines))
        wait_for(lambda: Upload.objects.filter(source="stream", rows=2, status="processing").exists())
        yield
        line.sendall(b"0\r\n\r\n")
        wait_for(lambda: not Upload.objects.filter(source="stream", status="processing").exists())


def half_sent(url: str, key: str) -> ExitStack:
    """A file as a body, one inside a form, and a stream, all of them half here until the stack is closed."""
    rows = as_csv([canary(place % 4, month="2025-12") for place in range(200)])
    large = rows * (LARGE // len(rows) + 1)
    form = f'--x\r\nContent-Disposition: form-data; name="file"; filename="{FILE_NAME}"\r\n\r\n'.encode()
    open_ones = ExitStack()
    open_ones.enter_context(spoken(url, key))
    open_ones.enter_context(broken_off(url, key, "text/csv", large))
    open_ones.enter_context(broken_off(url, key, "multipart/form-data; boundary=x", form + large))
    return open_ones


def test_no_canary_stands_readably_whichever_door_it_took(
    folder, site, own_database, live_broker, listener, capfd
):
    organisation = make_furnisher()
    key = make_key(organisation.pk, "uploads", "records", "consents", "webhooks")
    clerk = signed_in(make_person("clerk", organisation.pk))
    cookies = {"csrf": TOKEN, "session": clerk.cookies["session"].value}
    headers = {"Authorization": f"Bearer {key}", "Accept-Language": "en"}
    places = Places(folder, own_database, live_broker, listener)
    with (
        httpx.Client(base_url=site.url, headers=headers, timeout=60) as client,
        httpx.Client(base_url=site.url, cookies=cookies, timeout=60) as desk,
    ):
        ok(client.post("/api/v1/webhooks", json={"url": listener.url}))
        half = in_pieces(client)
        waiting = before_the_clerk(client, desk)
        at_the_desk(desk, client)
        by_stream(client)
        by_request(client)
        by_folder(folder, organisation)
        with half_sent(site.url, key):
            running = processes(site)
            assert found(places.searched(running)) == []
        ok(client.delete(waiting))
        ok(client.delete(half, headers=TUS))
    ended = WebhookDelivery.objects.exclude(state="queued")
    wake_webhooks()  # as the scheduler does
    wait_for(lambda: ended.count() == WebhookDelivery.objects.count(), "all webhooks")
    site.supervisor.stop()
    said = capfd.readouterr()
    at_rest = places.searched([], logs=(said.out + said.err).encode())
    assert found(at_rest) == []
    assert (KeptAnswer.objects.count(), RememberedMapping.objects.count()) == (3, 1)
    assert sorted(Incoming.objects.values_list("state", flat=True)) == ["cancelled", "cancelled", "landed"]
    assert len(listener.got) == ended.count()
    assert b"records:stream" in at_rest["logs"]
    assert b'"level": "ERROR"' not in at_rest["logs"]


def test_search_sees_what_a_process_has_open_without_a_name(tmp_path):
    with (tmp_path / "gone").open("wb+") as kept:
        kept.write(NUMBERS[0].encode())
        kept.flush()
        (tmp_path / "gone").unlink()
        seen = open_files([psutil.Process().pid])
    assert {text for _place, text, _form in found({"open files": seen})} == {NUMBERS[0]}
