"""A report, whole: token and proof checked, consent, 24 records opened, signed, ledger, commit.

1. a lender with clients, and as many people as there are requests, each with 24 records and a consent
2. tokens; a prepared request for each person, its proof signed beforehand
3. warm the servers up, then drive 8 connections, one server after the other
4. prove that the work was done: every answer, its inquiry, its entry, its kept copy, the content of a
   sample with its signature, the ledger verified
"""

import json
import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from uuid import UUID

from django.utils import timezone

from api.models import Report
from bench.borrowers import PURPOSE, RECORDS, Bank, make_bank, make_borrowers
from bench.harness import ROOT, Figure, Result, say
from bench.load import Answered, drive
from bench.site import Site
from registry import ledger
from registry.demo.lender_client import LenderClient
from registry.models import Inquiry, LedgerEntry
from registry.runtime import commands, ports
from registry.runtime.processes import Child
from registry.runtime.supervisor import Supervisor

REQUESTS, WARM_UP, CONNECTIONS = 2_000, 160, 8
PER_CLIENT = 300  # well within what one client may send in a minute
PATH = "/api/v1/reports"


def measure(site: Site, *, requests: int = REQUESTS) -> Result:
    """Drive reports and the reference on a running site."""
    now = timezone.now()
    result = Result("report", _terms(requests))
    say(f"inventing {requests + WARM_UP:,} people with {RECORDS} records and a consent each")
    bank = make_bank(-(-(requests + WARM_UP) // PER_CLIENT), at=now)  # 1
    consents = list(make_borrowers(bank, requests + WARM_UP, at=now))
    row = bank.clients[0].pk
    with _reference("whole", row) as whole, _reference("bare", row) as bare:
        clients = _signed_in(site, bank)  # 2
        say("driving references and reports")
        for url in (whole, bare):  # 3
            _drive(url, _selects(bank, WARM_UP * 4))
        _drive(site.url, _requests(clients, consents[:WARM_UP]))
        selects = _selects(bank, requests * 2)
        references = {"whole": _drive(whole, selects), "bare": _drive(bare, selects)}
        reports = _drive(site.url, _requests(clients, consents[WARM_UP:]))
    _prove(result, clients[0], reports, references, consents)  # 4
    result.figures += _figures(reports, references["whole"], references["bare"])
    return result


def _terms(requests: int) -> list[str]:
    return [
        f"{requests:,} reports on as many people, {CONNECTIONS} connections, one request outstanding on each",
        "reference: a DRF view with one SELECT by primary key, same server, settings and middleware",
        "bare: the same view with CommonMiddleware alone",
        "driver, servers and database share the machine's cores",
    ]


@contextmanager
def _reference(kind: str, row: UUID) -> Iterator[str]:
    port = ports.free_port()
    child = Child(f"ref-{kind}", [*commands.web(port).command[:-1], "bench.reference_wsgi:application"])
    os.environ["BENCH_REFERENCE"] = kind
    with Supervisor(ROOT, [child]) as supervisor:
        os.environ.pop("BENCH_REFERENCE")
        url = f"http://{ports.HOST}:{port}"
        supervisor.wait_until_ready(f"{url}/reference/{row}")
        yield url


def _signed_in(site: Site, bank: Bank) -> list[LenderClient]:
    clients = [LenderClient(site.url, str(client.pk), bank.key) for client in bank.clients]
    for client in clients:
        client.me()
    return clients


def _requests(clients: Sequence[LenderClient], consents: Sequence[UUID]) -> list[bytes]:
    return [
        _request(clients[number % len(clients)], consent, f"bench-{number}")
        for number, consent in enumerate(consents)
    ]


def _request(client: LenderClient, consent: UUID, reference: str) -> bytes:
    body = json.dumps({"consent_id": str(consent), "purpose": PURPOSE, "reference": reference})
    fixed = {"Host": "127.0.0.1", "Content-Type": "application/json", "Content-Length": str(len(body))}
    headers = fixed | client.signed_headers("POST", PATH)
    head = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
    return f"POST {PATH} HTTP/1.1\r\n{head}\r\n{body}".encode()


def _selects(bank: Bank, count: int) -> list[bytes]:
    ids = [client.pk for client in bank.clients]
    return [
        f"GET /reference/{ids[number % len(ids)]} HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n".encode()
        for number in range(count)
    ]


def _drive(url: str, requests: Sequence[bytes]) -> Answered:
    host, port = url.removeprefix("http://").split(":")
    return drive((host, int(port)), requests, connections=CONNECTIONS)


def _prove(
    result: Result,
    client: LenderClient,
    reports: Answered,
    references: dict[str, Answered],
    consents: Sequence[UUID],
) -> None:
    asked = len(reports.times)
    result.prove("answers with a report", reports.statuses, {200: asked})
    for kind, answered in references.items():
        rows = len(answered.times)
        result.prove(f"rows answered by the reference ({kind})", answered.statuses, {200: rows})
    mine = Inquiry.objects.filter(consent_id__in=consents)
    entries = LedgerEntry.objects.filter(entry__in=mine.values("ledger_entry"), event="report_read")
    result.prove("inquiries", mine.count(), len(consents))
    result.prove("ledger entries of these inquiries", entries.count(), len(consents))
    result.prove("kept copies", Report.objects.filter(consent_id__in=consents).count(), len(consents))
    signature = _header(reports.sample_head, b"x-jws-signature")
    report = client.verify(reports.sample, signature)
    shown = [record for section in report["sections"].values() for record in section["records"]]
    result.prove("records in a sample report whose signature holds", len(shown), RECORDS)
    amounts = [record["fields"]["amount_due"] for record in shown if record["type"] == "bill"]
    result.prove("bills of 86.40 in that report", amounts.count("86.40"), 12)
    ledger.sequence(at=timezone.now())
    result.proofs.append(f"ledger verified: {ledger.verify().leaves:,} entries")


def _header(head: bytes, name: bytes) -> str:
    for line in head.split(b"\r\n"):
        if line.lower().startswith(name + b":"):
            return line.split(b":", 1)[1].strip().decode()
    return ""


def _figures(reports: Answered, whole: Answered, bare: Answered) -> list[Figure]:
    share = reports.rate / whole.rate
    slower = reports.percentile(0.99) / whole.percentile(0.99)
    return [
        Figure("reports per second", reports.rate, "requests/s"),
        Figure("reference, one SELECT", whole.rate, "requests/s"),
        Figure("share of the reference", share, "of it", "≥ 1/3", share >= 1 / 3),
        Figure("reference, bare", bare.rate, "requests/s"),
        Figure("share of the bare reference", reports.rate / bare.rate, "of it"),
        Figure("reports, half within", reports.percentile(0.5) * 1000, "ms"),
        Figure("reports, 99% within", reports.percentile(0.99) * 1000, "ms"),
        Figure("reference, 99% within", whole.percentile(0.99) * 1000, "ms"),
        Figure("reports' p99 beside the reference's", slower, "×", "≤ 4", slower <= 4),
    ]


def run(requests: int = REQUESTS) -> dict[str, float]:
    """The figures by name, on a site started for this call; `os.environ` must name database and broker."""
    from bench.site import running_site

    assert os.environ.get("DATABASE_URL")
    with running_site() as site:
        return {figure.what: figure.value for figure in measure(site, requests=requests).figures}
