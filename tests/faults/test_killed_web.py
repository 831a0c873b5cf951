"""kill -9 of the web server while lenders read: each read is whole, with all its traces, or never was."""

import json
import threading
from dataclasses import dataclass, field

import httpx
import pytest
from django.utils import timezone

from api.models import Report
from registry.demo.lender_client import LenderClient
from registry.ledger import sequence, verify
from registry.models import Inquiry, LedgerEntry, Message
from tests.conftest import ROOT, Site
from tests.factories.lenders import lender
from tests.factories.reports import Borrower, borrower
from tests.factories.waiting import PATIENCE, wait_for

pytestmark = [pytest.mark.services, pytest.mark.timeout(1_200)]
READERS, KILLS = 4, 3


@dataclass
class Reader:
    """A lender's machine that reads one report after the other until told to stop, whatever happens."""

    client: LenderClient
    consent: str
    stop: threading.Event
    answered: list[str] = field(default_factory=list)
    broken: int = 0
    failure: Exception | None = None

    def run(self) -> None:
        """Read on; note what was answered, how often the connection broke, and what else went wrong."""
        while not self.stop.is_set() and self.failure is None:
            try:
                report = self.client.report(self.consent, purpose="credit_application")
                self.answered.append(report["report_id"])
            except httpx.HTTPError:
                self.broken += 1
                self.stop.wait(0.05)
            except Exception as failure:  # noqa: BLE001  (shown by the test itself)
                self.failure = failure


@pytest.fixture
def unlimited(monkeypatch: pytest.MonkeyPatch) -> None:
    """What the site is told before it starts: however fast the machine is, readers meet no limit a minute."""
    monkeypatch.setenv("LENDER_REQUESTS_PER_MINUTE", "1000000")


@pytest.fixture
def her(unlimited: None, site: Site) -> Borrower:
    """A resident with a life on record, and a lender that may read it."""
    return borrower(lender())


def test_killed_server_leaves_whole_reads_or_none(her: Borrower, site: Site) -> None:
    stop = threading.Event()
    readers = [
        Reader(LenderClient(site.url, her.machine.client_id, her.machine.key), str(her.consent), stop)  # type: ignore[arg-type]  # a P-256 key
        for _ in range(READERS)
    ]
    threads = [threading.Thread(target=reader.run) for reader in readers]
    for thread in threads:
        thread.start()
    try:
        for kill in range(KILLS):
            get_on(readers, 10 * (kill + 1))
            broken = sum(reader.broken for reader in readers)
            site.web.kill()
            wait_for(lambda before=broken: sum(reader.broken for reader in readers) > before, "a break")
            site.web.start(ROOT)
            site.supervisor.wait_until_ready(f"{site.url}/readyz", PATIENCE)
        get_on(readers, 10 * (KILLS + 1))
    finally:
        stop.set()
        for thread in threads:
            thread.join()
    assert [reader.failure for reader in readers] == [None] * READERS
    whole(readers)


def get_on(readers: list[Reader], answers: int) -> None:
    """Return once so many reports were answered in all."""
    wait_for(lambda: sum(len(reader.answered) for reader in readers) >= answers, "so many answers")


def whole(readers: list[Reader]) -> None:
    """Assert that reports, inquiries and entries are the same reads, and that no answered one is missing."""
    reads = {entry.entry: json.loads(entry.body) for entry in LedgerEntry.objects.filter(event="report_read")}
    inquiries = {inquiry.ledger_entry: inquiry for inquiry in Inquiry.objects.filter(kind="report")}
    assert set(reads) == set(inquiries)
    assert {entry["details"]["inquiry"] for entry in reads.values()} == {
        str(each.id) for each in inquiries.values()
    }
    kept = {str(report) for report in Report.objects.values_list("id", flat=True)}
    answered = {report for reader in readers for report in reader.answered}
    assert answered <= kept
    assert len(kept) == len(reads)
    assert Message.objects.filter(kind="report_read").count() >= 1
    sequence(at=timezone.now())
    assert verify().leaves == LedgerEntry.objects.count()
