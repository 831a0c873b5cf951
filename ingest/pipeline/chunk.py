"""A chunk of rows becomes records: every step over the whole chunk, all of it in one transaction.

1. read the rows that were mapped and staged when the file was read
2. validate: all faults of a row, not only the first
3. normalise identities, compute blind indexes
4. find candidates with one query, open them, compare, decide: linked, new, review
5. consent: one query for the chunk; a row whose reference belongs to another person is refused, and without
   a consent in force nothing is kept
6. seal and store by COPY, with ledger entries and row results; (upload, row) is unique and a chunk that is
   done stays done, so a chunk run again changes nothing
7. tell: counts for the progress; notices to residents are queued with the consents and records themselves
"""

import random
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import compress
from operator import not_
from typing import NamedTuple, TypeVar
from uuid import UUID

from django.conf import settings
from django.db import DatabaseError, IntegrityError, transaction
from django.utils import timezone

from consent.checks import introduced
from consent.services import Attestation
from ingest.mapping import Mapping
from ingest.models import Chunk, Upload
from ingest.queries import mapping_of
from ingest.readers import Row
from ingest.services import chunks, closing, consenting
from ingest.services.collecting import collection_paused
from ingest.services.licensing import allowed_type
from ingest.validation import Batch, Checked, Judged, RowError, batch_of, judge
from registry import profiles, residents
from registry.catalogue import RECORD_TYPES, jurisdiction
from registry.models import Organisation

Done = TypeVar("Done")
TRIES = 6
_CLASHES = ("40001", "40P01", "55P03")  # serialization failure, deadlock, lock not available


@dataclass(frozen=True, slots=True)
class Job:
    """Where rows come from: whose they are, how to read them, which upload and chunk (None for no file).

    `as_of` is the moment the rows speak of; None: now.
    """

    organisation: Organisation
    licence: UUID
    mapping: Mapping
    by: str
    at: datetime
    upload: UUID | None = None
    chunk: int | None = None
    as_of: datetime | None = None


class Result(NamedTuple):
    """What became of one row: one of the outcomes of `Upload.OUTCOMES`, errors only where it was refused."""

    row: int
    outcome: str
    errors: tuple[RowError, ...] = ()
    warnings: tuple[RowError, ...] = ()
    record: UUID | None = None


def work(*, chunk: UUID, by: str, at: datetime) -> bool:
    """Do one chunk; False where it was done before or is gone. Opens its own transactions.

    Clashes with other transactions are tried again a few times. Whatever else goes wrong is raised, and the
    chunk stays as it was.
    """
    with collection_paused():
        return again(lambda: _work(chunk, by, at))


def again(act: Callable[[], Done]) -> Done:
    """Run an act in a transaction, anew when it clashed with another one; raises what remains.

    Whoever it decided about, it settles beside what others decided meanwhile: last of all, since nobody else
    can settle from then until the commit.
    """
    for attempt in range(1, TRIES + 1):
        try:
            with transaction.atomic():
                done = act()
                residents.settle()
                return done
        except DatabaseError as error:
            if attempt == TRIES or not _clashed(error):
                raise
            time.sleep(random.uniform(0.01, 0.05) * 2**attempt)  # noqa: S311  (no secret: only spreads retries)
    raise AssertionError("unreachable")


def process(rows: Sequence[Row], job: Job) -> list[Result]:
    """Steps 2 to 6 for some rows of one type, in the acting transaction; results in the rows' order."""
    return process_batch(batch_of(rows, len(job.mapping.fields)), job)[0]


def process_batch(batch: Batch, job: Job) -> tuple[list[Result], Judged]:
    """The rows' results, in order, and what could be read of them."""
    rules = jurisdiction(settings.JURISDICTION)
    allowed = allowed_type(job.mapping.record_type, job.organisation, job.licence, at=job.at)
    if allowed.fault:
        fault = (RowError(allowed.fault, ""),)
        return [Result(number, "refused", fault) for number in batch.numbers], Judged([], {})
    today = timezone.localdate(job.at)
    judged = judge(  # 2
        batch, mapping=job.mapping, number_policy=allowed.number_policy, today=today, rules=rules
    )
    sound = [row for row in judged.rows if not row.errors]
    stored = iter(_store(sound, job, allowed.licence) if sound else ())
    return [_refused(row, *row.errors) if row.errors else next(stored) for row in judged.rows], judged


def _work(chunk: UUID, by: str, at: datetime) -> bool:
    began = time.perf_counter()
    held = Chunk.objects.select_for_update(of=("self",), no_key=True).select_related("upload__organisation")
    found = held.filter(id=chunk).exclude(state=Chunk.State.DONE).first()
    if found is None or found.upload.status not in (Upload.Status.PREVIEWED, Upload.Status.PROCESSING):
        return False
    upload, mapping = found.upload, mapping_of(found.upload)
    assert mapping is not None
    place = upload.id, found.number, upload.as_of or upload.received_at
    job = Job(upload.organisation, upload.licence_id, chunks.slim(mapping), by, at, *place)
    results, judged = process_batch(chunks.read(found), job)  # 1
    closing.close(  # 7
        found,
        [(one.row, one.outcome, one.errors, one.warnings) for one in results],
        closing.quality_of(judged, upload.type, on=timezone.localdate(at)),
        seconds=time.perf_counter() - began,
    )
    return True


def _store(rows: Sequence[Checked], job: Job, licence: UUID) -> list[Result]:
    """Steps 3 to 6 for sound rows, in their order."""
    said = [row.identity.get("consent_reference") for row in rows]
    referenced = introduced(organisation=job.organisation.id, references=set(filter(None, said)))
    owners = {
        place: referenced[reference].resident
        for place, reference in enumerate(said)
        if referenced and reference in referenced
    }
    matches = residents.match(  # 3, 4
        identities=[row.identity for row in rows],
        organisation=job.organisation.id,
        references=owners,
        at=job.at,
    )
    asked = consenting.Asked(
        job.organisation.id,
        RECORD_TYPES[job.mapping.record_type].category,
        jurisdiction(settings.JURISDICTION),
        referenced,
        job.at,
    )
    return _settle(rows, matches, job, asked, licence)


def _settle(
    rows: Sequence[Checked],
    matches: Sequence[residents.Match],
    job: Job,
    asked: consenting.Asked,
    licence: UUID,
) -> list[Result]:
    """Find a consent for every row and keep what has one; anew without evidence that no longer holds."""
    ended: list[Attestation] = []
    while True:
        verdicts = consenting.judge(rows, matches, asked, ended=ended)  # 5
        good = [verdict.fault is None for verdict in verdicts]
        try:
            with transaction.atomic():
                kept = iter(_seal(rows, matches, verdicts, good, job, asked, licence))
        except _Ended as error:
            ended += error.attestations
            continue
        return [
            next(kept) if verdict.fault is None else _refused(row, verdict.fault)
            for row, verdict in zip(rows, verdicts, strict=True)
        ]


class _Ended(Exception):
    """Evidence turned out to be of consents that are in force no more: nothing may be kept under them."""

    def __init__(self, attestations: Sequence[Attestation]) -> None:
        super().__init__()
        self.attestations = attestations


def _seal(  # 6
    rows: Sequence[Checked],
    matches: Sequence[residents.Match],
    verdicts: Sequence[consenting.Verdict],
    good: Sequence[bool],
    job: Job,
    asked: consenting.Asked,
    licence: UUID,
) -> list[Result]:
    """Keep the good rows, their people and consents; their results in order."""
    meant, granted = list(compress(matches, good)), list(compress(verdicts, good))
    unkept = {match.resident for match in compress(matches, map(not_, good)) if match.is_new}
    if unkept:
        unkept -= {match.holder for match in meant}
    residents.keep(matches=meant, by=job.by, at=job.at)
    signed = [verdict.attestation for verdict in granted if verdict.attestation]
    attested, ended = consenting.attest(signed, asked, licence=licence, by=job.by)
    if ended:
        raise _Ended(ended)
    kept = list(compress(rows, good))
    stored = profiles.store(
        records=[_record(*one, job, attested) for one in zip(kept, meant, granted, strict=True)],
        organisation=job.organisation.id,
        licence=licence,
        upload=job.upload,
        chunk=job.chunk,
        by=job.by,
        at=job.at,
        as_of=job.as_of,
    )
    return [
        Result(row.number, _outcome(match, one.outcome, unkept), (), _warnings(row, one), one.record_id)
        for row, match, one in zip(kept, meant, stored, strict=True)
    ]


def _record(
    row: Checked,
    match: residents.Match,
    verdict: consenting.Verdict,
    job: Job,
    attested: dict[int, UUID],
) -> profiles.NewRecord:
    consent = attested[id(verdict.attestation)] if verdict.attestation else verdict.consent
    assert row.record is not None
    assert consent is not None
    number = row.number if job.upload else None
    return profiles.NewRecord(match.holder, job.mapping.record_type, row.record, consent, number)


def _warnings(row: Checked, stored: profiles.Stored) -> tuple[RowError, ...]:
    return (*row.warnings, RowError(stored.warning, "")) if stored.warning else row.warnings


def _refused(row: Checked, *faults: RowError) -> Result:
    return Result(row.number, "refused", faults, row.warnings)


def _outcome(match: residents.Match, stored: str, unkept: set[UUID]) -> str:
    """A person who may be somebody known is kept as a resident of their own, and waits for a decision."""
    doubtful = match.doubt is not None and match.doubt not in unkept
    return "held_for_review" if doubtful and stored != "unchanged" else stored


def _clashed(error: DatabaseError) -> bool:
    code = getattr(error.__cause__, "pgcode", None)
    return isinstance(error, IntegrityError) or code in _CLASHES
