"""People with unmistakable names and numbers go through the whole system; then all at rest is searched.

A full dump of the database, the broker's data, the staged files and all that the processes logged, for every
canary in plain (three encodings), hex and base64. A planted canary shows that the search can find one.
"""

import base64
import os
from pathlib import Path

import httpx
import pytest
from django.conf import settings

from ingest.models import Chunk, Upload
from registry.models import Organisation, Record
from tests.factories.canaries import (
    ADDRESS,
    FILE_NAME,
    MOBILES,
    NAMES,
    NUMBERS,
    REFERENCE,
    broker,
    canary,
    dump,
    forms,
    found,
    staged,
)
from tests.factories.organisations import make_furnisher, make_key
from tests.factories.uploads import as_csv, as_ndjson, as_xlsx
from tests.factories.waiting import wait_for

pytestmark = [pytest.mark.services, pytest.mark.timeout(900)]

JSON = {"Content-Type": "application/json"}
FILES = {
    "accepted": as_csv([canary(0), canary(1)]),
    "gb18030": as_csv([canary(2, month="2026-02")], "gb18030"),
    "workbook": as_xlsx([canary(0, month="2026-04"), canary(1, month="never")]),
    "refused rows": as_ndjson([canary(3) | {"consent_document_sha256": ""}, canary(3, gross="much")]),
    "ragged": as_csv([canary(3), canary(2)]) + f"{NAMES[3]},{NUMBERS[3]},{MOBILES[3]}\n".encode(),
    "forbidden": as_csv([canary(3) | {"宗教信仰": "x"}]),
    "no header": f"{NAMES[3]},{NAMES[3]},{ADDRESS}\n{NAMES[3]},{NAMES[0]},{ADDRESS}\n".encode(),
    "broken": as_csv([canary(3)]) + b"\xff\xff\x81",
}


def send(url: str, key: str) -> None:
    """Every file over HTTP, a batch of records and a consent; then wait until nothing is under way."""
    headers = {"Authorization": f"Bearer {key}", "Accept-Language": "en"}
    with httpx.Client(base_url=url, headers=headers, timeout=60) as client:
        for name, content in FILES.items():
            named = {"Idempotency-Key": f"{REFERENCE} {name}"}
            answer = client.post("/api/v1/uploads", files={"file": (FILE_NAME, content)}, headers=named)
            assert answer.status_code == 202, answer.text
        records = [canary(0, month="2026-05"), canary(3, gross="much"), canary(3) | {NAMES[0]: NAMES[1]}]
        answer = client.post("/api/v1/records:batch", json={"type": "wage", "records": records})
        assert answer.status_code == 200
        consents = [{"name": NAMES[3], "id_number": NUMBERS[3], "mobile": MOBILES[3], "reference": "x"}]
        assert client.post("/api/v1/consents", json={"consents": consents}).status_code == 200
        odd = client.post("/api/v1/records:batch", content=f'["{NAMES[0]}"', headers=JSON)
        assert odd.status_code == 400
    wait_for(lambda: not Upload.objects.filter(finished_at__isnull=True).exists(), "the end")


@pytest.fixture
def own_staging(monkeypatch, tmp_path):
    """A folder for staged files that no other test has used."""
    monkeypatch.setenv("STAGING_DIR", str(tmp_path / "staging"))
    monkeypatch.setattr(settings, "STAGING_DIR", str(tmp_path / "staging"))


def test_no_canary_stands_readably_anywhere(own_staging, site, own_database, live_broker, capfd):
    key = make_key(make_furnisher().pk, "uploads", "records", "consents")
    send(site.url, key)
    ended = dict(Upload.objects.values_list("id", "status"))
    assert sorted(ended.values()) == [*["done"] * 2, *["done_with_errors"] * 3, *["rejected"] * 3]
    assert Record.objects.count() == 7
    site.supervisor.stop()
    logs = capfd.readouterr()
    kept = staged()
    places = {
        "database": dump(own_database),
        "broker": broker(live_broker),
        "staged files": kept,
        "logs": (logs.out + logs.err).encode(),
    }
    assert found(places) == []
    assert b"ingest_rowresult" in places["database"]
    assert b"request" in places["logs"]
    assert kept.count(b".sealed") == Upload.objects.filter(file_key__isnull=False).count() == 3


def test_messages_of_the_broker_carry_ids_alone(own_database, live_broker):
    from ingest import tasks
    from tests.factories.uploads import receive

    upload = receive(make_furnisher(), FILES["accepted"], filename=FILE_NAME)
    tasks.wake_parse(upload.id)
    waiting = broker(live_broker)
    bodies = base64.b64encode(f'[["{upload.id}"]'.encode())[:40]
    assert bodies in waiting
    assert found({"broker": waiting}) == []


@pytest.mark.parametrize("form", range(4))
def test_search_finds_a_planted_canary(own_database, form):
    planted = list(forms(NAMES[0]))[form] if form else NAMES[0].encode()
    name = f"x{planted.decode()}y"
    Organisation.objects.create(name=name, kind="employer", credit_code=f"C{form}")
    hits = found({"database": dump(own_database)})
    assert {(place, text) for place, text, _form in hits} == {("database", NAMES[0])}


def test_search_finds_a_planted_canary_in_a_staged_file(own_staging, db):
    planted = Path(settings.STAGING_DIR) / "planted.sealed"
    planted.parent.mkdir(parents=True)
    planted.write_bytes(os.urandom(100) + MOBILES[2].encode() + os.urandom(100))
    assert {text for _place, text, _form in found({"staged files": staged()})} == {MOBILES[2]}
    assert Chunk.objects.count() == 0
