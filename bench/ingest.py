"""Ingest: a CSV over REST to stored, linked, sealed, consented and ledgered rows, by the real worker.

1. a furnisher with licence and key, and a file of so many rows, half of them the first of a person
2. the clock runs from the first byte sent to the last row's outcome
3. prove that the work was done: counts, a sample opened again, the ledger verified
4. the references: COPY of as many rows of the same sealed size; Django used the plain way
5. the worker's peak memory
6. where the time goes: a smaller file in this process, CPU by stage
"""

import csv
import random
import time
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import islice
from pathlib import Path
from tempfile import TemporaryDirectory
from uuid import UUID

from django.db import transaction
from django.db.models import Avg
from django.db.models.functions import Length
from django.utils import timezone

from bench.harness import Figure, Result, say
from bench.references import copy_rate, plain_rate
from bench.rows import write_bills
from bench.site import Site, peak_memory
from bench.stages import profile
from registry import ledger, profiles
from registry.accounts import apikeys, licences, organisations
from registry.demo.numbers import credit_code
from registry.demo.partner_client import PartnerClient, Sent
from registry.models import Record, Resident

ROWS, PLAIN_ROWS, SAMPLE, PROFILED = 200_000, 4_000, 200, 20_000
MEMORY_GOAL = 300
BY = "system:bench"


@dataclass(frozen=True)
class Before:
    """What there was before the file came."""

    records: int
    residents: int

    @classmethod
    def count(cls) -> "Before":
        """Count it now."""
        return cls(Record.objects.count(), Resident.objects.count())


def measure(site: Site, *, rows: int = ROWS, plain_rows: int = PLAIN_ROWS) -> Result:
    """Ingest so many rows on a running site and hold the rate against both references."""
    now = timezone.now()
    organisation = _furnisher(now)
    result = Result("ingest", _terms(rows, plain_rows))
    with TemporaryDirectory() as folder:
        path = Path(folder) / "bills.csv"
        say(f"inventing {rows:,} rows")
        people = write_bills(path, rows, seed=20261124, today=timezone.localdate(now))  # 1
        before = Before.count()
        sent = _send(site, path, organisation, now)  # 2
        _prove(result, sent, before, rows, people)  # 3
        plain = _plain(path, plain_rows)
    copied = copy_rate(min(rows, ROWS), _sealed_size())  # 4
    result.figures += _speed(rows / sent.seconds, copied, plain) + _memory(site)  # 5
    result.figures += profile(_furnisher(now), rows=min(rows, PROFILED), at=now)  # 6
    return result


def _terms(rows: int, plain_rows: int) -> list[str]:
    return [
        f"{rows:,} rows of bills in one CSV, each with signed consent; half are the first of a new person",
        f"reference A: COPY of {min(rows, ROWS):,} rows of the same sealed size into the records' own table",
        f"reference B: get_or_create by keyed hash and a create with Fernet fields, {plain_rows:,} rows",
    ]


def _furnisher(at: datetime) -> UUID:
    made = organisations.register(
        name="基准测试公用事业",
        kind="utility",
        credit_code=credit_code(f"91999901MB{random.randrange(10**7):07d}"),
        by=BY,
        at=at,
    )
    licence = licences.apply(
        organisation=made.pk,
        role="furnisher",
        categories=["utility_payments"],
        valid_from=at.date() - timedelta(days=1),
        valid_until=at.date() + timedelta(days=30),
        number_policy="accept_with_warning",
        by=BY,
        at=at,
    )
    licences.grant(licence=licence.pk, reason="examined", by=BY, at=at)
    return UUID(str(made.pk))


def _send(site: Site, path: Path, organisation: UUID, at: datetime) -> Sent:
    _, secret = apikeys.issue(organisation=organisation, label="bench", scopes=["uploads"], by=BY, at=at)
    told = [time.monotonic()]

    def watch(share: float, answer: object) -> None:
        if time.monotonic() - told[0] > 10:
            told[0] = time.monotonic()
            say(f"ingesting: {share:.0%}")

    with PartnerClient(site.url, secret) as client:
        return client.send(path, content_type="text/csv", record_type="bill", watch=watch)


def _prove(result: Result, sent: Sent, before: Before, rows: int, people: int) -> None:
    counts = sent.counts
    kept = rows - counts.get("refused", 0)
    after = Before.count()
    result.prove("rows with an outcome", sent.rows, rows)
    result.prove("records stored", after.records - before.records, kept)
    new = after.residents - before.residents
    result.proofs.append(
        f"{kept:,} rows kept, {rows - kept:,} refused; {new:,} residents of {people:,} people"
    )
    result.prove("enough of the people became residents", new > people * 0.9, True)
    result.prove("records of a sample opened", *_opened())
    ledger.sequence(at=timezone.now())
    verified = ledger.verify()
    result.proofs.append(f"ledger verified: {verified.leaves:,} entries")


def _opened() -> tuple[int, int]:
    """How many of a sample's records open with their amount, and how many should."""
    at = timezone.now()
    ids = list(Record.objects.filter(type="bill").values_list("resident_id", flat=True)[: SAMPLE * 50])
    opened = expected = 0
    for resident in random.sample(ids, min(SAMPLE, len(ids))):
        with transaction.atomic():
            found = profiles.read(
                reader=profiles.Reader("own", None, None),
                resident=resident,
                categories=["utility_payments"],
                records_from=None,
                records_until=None,
                purpose="own_access",
                by=BY,
                at=at,
            )
        expected += 1
        opened += bool(found.records) and all("amount_due" in record.fields for record in found.records)
    return opened, expected


def _sealed_size() -> int:
    size = Record.objects.annotate(size=Length("sealed")).aggregate(mean=Avg("size"))["mean"]
    return round(size or 200)


def _plain(path: Path, count: int) -> float:
    with path.open(encoding="utf-8-sig", newline="") as file:
        return plain_rate(list(islice(csv.DictReader(file), count)))


def _speed(rate: float, copied: float, plain: float) -> list[Figure]:
    return [
        Figure("rows per second", rate, "rows/s"),
        Figure("reference A, COPY", copied, "rows/s"),
        Figure("share of A", rate / copied, "of A", "≥ 1/10", rate * 10 >= copied),
        Figure("reference B, plain Django", plain, "rows/s"),
        Figure("times B", rate / plain, "× B", "≥ 15", rate >= 15 * plain),
    ]


def _memory(site: Site) -> list[Figure]:
    peaks = [peak / 1e6 for peak in peak_memory(site.worker).values()]
    largest = max(peaks, default=0.0)
    return [
        Figure("peak memory of the largest worker process", largest, "MB", "≤ 300", largest <= MEMORY_GOAL),
        Figure(f"sum of the peaks of all {len(peaks)} worker processes", sum(peaks), "MB"),
    ]
