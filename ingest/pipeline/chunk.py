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
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
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
from ingest.services import chunks, consenting
from ingest.services.licensing import allowed_type
from ingest.validation import Checked, RowError, validate
from registry import profiles, residents, staging
from registry.catalogue import RECORD_TYPES, jurisdiction
from registry.models import Organisation
from registry.models.bulk import copy_rows

Done = TypeVar("Done")
TRIES = 6
_CLASHES = ("40001", "40P01", "55P03")  # serialization failure, deadlock, lock not available


@dataclass(frozen=True, slots=True)
class Job:
    """Where rows come from: whose they are, how to read them, which upload and chunk (None for no file)."""

    organisation: Organisation
    licence: UUID
    mapping: Mapping
    by: str
    at: datetime
    upload: UUID | None = None
    chunk: int | None = None


class Result(NamedTuple):
    """What became of one row: one of the outcomes of `Upload.OUTCOMES`, errors only where it was refused."""

    row: int
    outcome: str
    errors: tuple[RowError, ...] = ()
    warnings: tuple[RowError, ...] = ()
    record: UUID | None = None


class _Kept(NamedTuple):
    """A row that may be kept, who it is about, and by which consent."""

    row: Checked
    match: residents.Match
    verdict: consenting.Verdict


def work(*, chunk: UUID, by: str, at: datetime) -> bool:
    """Do one chunk; False where it was done before or is gone. Opens its own transactions.

    Clashes with other transactions are tried again a few times. Whatever else goes wrong is raised, and the
    chunk stays as it was.
    """
    return again(lambda: _work(chunk, by, at))


def again(act: Callable[[], Done]) -> Done:
    """Run an act in a transaction, anew when it clashed with another one; raises what remains."""
    for attempt in range(1, TRIES + 1):
        try:
            with transaction.atomic():
                return act()
        except DatabaseError as error:
            if attempt == TRIES or not _clashed(error):
                raise
            time.sleep(random.uniform(0.01, 0.05) * 2**attempt)  # noqa: S311  (no secret: only spreads retries)
    raise AssertionError("unreachable")


def process(rows: Sequence[Row], job: Job) -> list[Result]:
    """Steps 2 to 6 for some rows of one type, in the acting transaction; results in the rows' order."""
    rules = jurisdiction(settings.JURISDICTION)
    allowed = allowed_type(job.mapping.record_type, job.organisation, job.licence, at=job.at)
    if allowed.fault:
        return [Result(row.number, "refused", (RowError(allowed.fault, ""),)) for row in rows]
    today = timezone.localdate(job.at)
    checked = validate(  # 2
        rows, mapping=job.mapping, number_policy=allowed.number_policy, today=today, rules=rules
    )
    sound = [row for row in checked if not row.errors]
    kept = _store(sound, job, allowed.licence) if sound else {}
    return [kept.get(row.number) or _refused(row, *row.errors) for row in checked]


def _work(chunk: UUID, by: str, at: datetime) -> bool:
    held = Chunk.objects.select_for_update(of=("self",), no_key=True).select_related("upload__organisation")
    found = held.filter(id=chunk).exclude(state=Chunk.State.DONE).first()
    if found is None or found.upload.status not in (Upload.Status.PREVIEWED, Upload.Status.PROCESSING):
        return False
    upload, mapping = found.upload, mapping_of(found.upload)
    assert mapping is not None
    job = Job(upload.organisation, upload.licence_id, chunks.slim(mapping), by, at, upload.id, found.number)
    results = process(chunks.read(found), job)  # 1
    _keep_results(upload.id, results)
    _close(found, results)  # 7
    return True


def _store(rows: Sequence[Checked], job: Job, licence: UUID) -> dict[int, Result]:
    """Steps 3 to 6 for sound rows, by row number."""
    references = {row.identity["consent_reference"] for row in rows if "consent_reference" in row.identity}
    referenced = introduced(organisation=job.organisation.id, references=references)
    owners = {
        place: referenced[reference].resident
        for place, row in enumerate(rows)
        if (reference := row.identity.get("consent_reference", "")) in referenced
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
) -> dict[int, Result]:
    """Find a consent for every row and keep what has one; anew without evidence that no longer holds."""
    ended: list[Attestation] = []
    while True:
        verdicts = consenting.judge(rows, matches, asked, ended=ended)  # 5
        every = [_Kept(*each) for each in zip(rows, matches, verdicts, strict=True)]
        refused = {one.row.number: _refused(one.row, one.verdict.fault) for one in every if one.verdict.fault}
        try:
            with transaction.atomic():
                return refused | _seal(every, job, asked, licence)
        except _Ended as error:
            ended += error.attestations


class _Ended(Exception):
    """Evidence turned out to be of consents that are in force no more: nothing may be kept under them."""

    def __init__(self, attestations: Sequence[Attestation]) -> None:
        super().__init__()
        self.attestations = attestations


def _seal(  # 6
    every: Sequence[_Kept], job: Job, asked: consenting.Asked, licence: UUID
) -> dict[int, Result]:
    kept = [one for one in every if not one.verdict.fault]
    unkept = {one.match.resident for one in every if one.match.is_new} - {one.match.holder for one in kept}
    residents.keep(matches=[one.match for one in kept], by=job.by, at=job.at)
    signed = [one.verdict.attestation for one in kept if one.verdict.attestation]
    attested, ended = consenting.attest(signed, asked, licence=licence, by=job.by)
    if ended:
        raise _Ended(ended)
    stored = profiles.store(
        records=[_record(one, job, attested) for one in kept],
        organisation=job.organisation.id,
        licence=licence,
        upload=job.upload,
        chunk=job.chunk,
        by=job.by,
        at=job.at,
    )
    return {
        one.row.number: Result(
            one.row.number, _outcome(one, each.outcome, unkept), (), one.row.warnings, each.record_id
        )
        for one, each in zip(kept, stored, strict=True)
    }


def _record(one: _Kept, job: Job, attested: dict[Attestation, UUID]) -> profiles.NewRecord:
    verdict = one.verdict
    consent = attested[verdict.attestation] if verdict.attestation else verdict.consent
    assert one.row.record is not None
    assert consent is not None
    return profiles.NewRecord(
        resident=one.match.holder,
        type=job.mapping.record_type,
        fields=one.row.record,
        consent_id=consent,
        row=one.row.number if job.upload else None,
    )


def _refused(row: Checked, *faults: RowError) -> Result:
    return Result(row.number, "refused", faults, row.warnings)


def _outcome(one: _Kept, stored: str, unkept: set[UUID]) -> str:
    """A person who may be somebody known is kept as a resident of their own, and waits for a decision."""
    doubtful = one.match.doubt is not None and one.match.doubt not in unkept
    return "held_for_review" if doubtful and stored != "unchanged" else stored


def _keep_results(upload: UUID, results: Sequence[Result]) -> None:
    copy_rows(
        "ingest_rowresult",
        ("upload_id", "row", "outcome", "errors", "warnings"),
        ((upload, one.row, one.outcome, one.errors, one.warnings) for one in results),
    )


def _close(chunk: Chunk, results: Sequence[Result]) -> None:
    counts = Counter(one.outcome for one in results)
    done = {name: counts[name] for name in Upload.OUTCOMES}
    Chunk.objects.filter(id=chunk.id).update(state=Chunk.State.DONE, lease_until=None, file_key=None, **done)
    file = chunk.file
    transaction.on_commit(lambda: staging.destroy(file=file))


def _clashed(error: DatabaseError) -> bool:
    code = getattr(error.__cause__, "pgcode", None)
    return isinstance(error, IntegrityError) or code in _CLASHES
