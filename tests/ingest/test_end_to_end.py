"""Over real HTTP to a real worker: a file of every format goes in, and comes back with reasons."""

import io
import time

import httpx
import pytest

from ingest.readers import read
from registry.models import Record, Resident
from tests.factories.organisations import make_furnisher, make_key
from tests.factories.uploads import as_csv, as_ndjson, as_xlsx, wage
from tests.factories.waiting import PATIENCE

pytestmark = [pytest.mark.services, pytest.mark.timeout(900)]

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def rows(month):
    """Two good rows and one without consent."""
    return [wage(1, month=month), wage(2, month=month), wage(3, month=month, signed=False)]


FILES = {
    "csv": (as_csv(rows("2026-01")), "text/csv"),
    "gb18030": (as_csv(rows("2026-02"), "gb18030", "\t"), "text/csv"),
    "xlsx": (as_xlsx(rows("2026-03")), XLSX),
    "ndjson": (as_ndjson(rows("2025-12")), "application/x-ndjson"),
}


def ended(client, path):
    """The upload once nothing more will happen to it; every state it was seen in is one we know."""
    until = time.monotonic() + PATIENCE
    while time.monotonic() < until:
        told = client.get(path).raise_for_status().json()
        assert 0 <= told["progress"] <= 1
        if told["finished_at"]:
            return told
        assert told["state"] in ("received", "parsing", "previewed", "processing")
        time.sleep(0.1)
    raise AssertionError("the upload does not end")


def test_every_format_goes_in_and_comes_back_with_reasons(site):
    key = make_key(make_furnisher().pk, "uploads")
    headers = {"Authorization": f"Bearer {key}", "Accept-Language": "en"}
    with httpx.Client(base_url=site.url, headers=headers, timeout=60) as client:
        sent = {
            name: client.post("/api/v1/uploads", content=content, headers={"Content-Type": kind})
            for name, (content, kind) in FILES.items()
        }
        assert {answer.status_code for answer in sent.values()} == {202}
        for name, answer in sent.items():
            path = answer.headers["Location"]
            told = ended(client, path)
            assert (told["state"], told["counts"]["accepted"], told["counts"]["refused"]) == (
                "done_with_errors",
                2,
                1,
            )
            refused = client.get(f"{path}/rows", params={"outcome": "refused"}).json()["rows"]
            assert [(row["row"], row["errors"][0]["code"]) for row in refused] == [(3, "consent_missing")]
            result = client.get(f"{path}/result")
            table = read(io.BytesIO(result.content))
            back = [row.cells[-2] for row in table.rows]
            wanted = name.replace("gb18030", "csv"), ["Accepted", "Accepted", "Refused"]
            assert (table.kind, back) == wanted
    assert (Record.objects.count(), Resident.objects.count()) == (8, 2)
