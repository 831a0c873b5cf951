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

pytestmark = pytest.mark.services
READERS, KILLS = 4, 3


@dataclass
class Reader:
    """A lender's machine that reads one report after the other until told to stop, whatever happens."""

    client: LenderClient
    consent: str
    stop: threading.Event
    answered: list[str] = field(default_factory=list)
    broken: int = 0

    def run(self) -> None:
        """Read on; note what was answered and how often the connection broke."""
        while not self.stop.is_set():
            try:
                report = self.client.report(self.consent, purpose="credit_application")
                self.answered.append(report["report_id"])
            except httpx.HTTPError:
                self.broken += 1
                self.stop.wait(0.05)


@pytest.fixture
def her(site: Site) -> Borrower:
    """A resident with a life on record, and a lender that may read it."""
    return borrower(lender())


def test_killed_server_leaves_whole_reads_or_none(site: Site, her: Borrower) -> None:
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
            wait_for(readers, 10 * (kill + 1))
            site.web.kill()
            site.web.start(ROOT)
            site.supervisor.wait_until_ready(f"{site.url}/readyz")
        wait_for(readers, 10 * (KILLS + 1))
    finally:
        stop.set()
        for thread in threads:
            thread.join(30)
    assert sum(reader.broken for reader in readers) > 0
    whole(readers)


def wait_for(readers: list[Reader], answers: int) -> None:
    """Until so many reports were answered in all."""
    for _ in range(600):
        if sum(len(reader.answered) for reader in readers) >= answers:
            return
        threading.Event().wait(0.05)
    raise AssertionError("the readers do not get on")


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
