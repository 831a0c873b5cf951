"""Records of one call into the tables: every step over all of them, none for a single one.

1. whom each record is kept under: share the people until commit, know their clusters and keys
2. the records on file under the same natural keys, with one query; a record furnished under another member
   of the cluster before a merge is met there, and its correction stays there
3. decide in order: unchanged, corrected or accepted; of equal keys in one call the last row stands
4. seal what is new under the resident's key, mark what it replaces, append by COPY
5. one ledger entry
"""

from collections import Counter
from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import connection
from django.utils import timezone

from registry import keys
from registry.catalogue import RECORD_TYPES
from registry.ledger import Event, append
from registry.models.bulk import copy_rows
from registry.profiles.deciding import Standing, Written, decide
from registry.profiles.people import People, people_of
from registry.profiles.records import Digests, NewRecord, Stored, record_place
from registry.residents import Overtaken
from registry.vault import seal

_STANDING = """
SELECT "natural", id, content, status, consent_id, upload_id, "row" FROM registry_record
WHERE "natural" = ANY(%s::bytea[]) AND status IN ('active', 'disputed')
"""
# Locked in order of their ids, so that two calls about the same records do not block each other.
_REPLACE = """
UPDATE registry_record SET status = 'corrected' WHERE id IN (
    SELECT id FROM registry_record WHERE id = ANY(%s) AND status IN ('active', 'disputed')
    ORDER BY id FOR NO KEY UPDATE
)
"""
_MOVE = """
WITH held AS MATERIALIZED (
    SELECT id FROM registry_record WHERE id = ANY(%(ids)s::uuid[]) AND status IN ('active', 'disputed')
    ORDER BY id FOR NO KEY UPDATE
)
UPDATE registry_record r SET consent_id = new.consent
FROM unnest(%(ids)s::uuid[], %(consents)s::uuid[]) AS new(id, consent) JOIN held USING (id)
WHERE r.id = new.id
"""
_COLUMNS = (
    *("id", "resident_id", "organisation_id", "type", "category", "consent_id", "natural", "content"),
    *("sealed", "period", "retained_until", "status", "supersedes_id", "upload_id", "row", "received_at"),
)


def store(
    *,
    records: Sequence[NewRecord],
    organisation: UUID,
    licence: UUID | None,
    upload: UUID | None,
    chunk: int | None,
    by: str,
    at: datetime,
) -> list[Stored]:
    """Keep records whose consent holds, in the acting transaction; the answers are in the records' order.

    The residents must exist. The same records again change nothing. Raises IntegrityError where a parallel
    transaction stored the same record, or erased somebody: the caller does the whole piece of work again.
    """
    if not records:
        return []
    people = people_of({record.resident for record in records})  # 1
    digests = Digests(keys.indexers()[-1], organisation)
    naturals = [
        [(member, digests.natural(member, record)) for member in people.cluster_of(record.resident)]
        for record in records
    ]
    standing = _standing({natural for pairs in naturals for _member, natural in pairs})  # 2
    on = timezone.localdate(at)
    decided = decide(records, naturals, standing, digests, upload=upload, on=on)  # 3
    _replace(decided.replaced)  # 4
    _move(decided.moved)
    copy_rows(
        "registry_record",
        _COLUMNS,
        (_row(written, people, organisation, upload, at) for written in _in_order(decided.written)),
    )
    details = {"upload": upload, "chunk": chunk, "licence": licence} | _counts(records, decided.stored)
    append(Event.RECORDS_STORED, by=by, at=at, organisation=organisation, details=details)  # 5
    return decided.stored


def _in_order(written: Sequence[Written]) -> list[Written]:
    """By natural digest, so that two calls that store the same records cannot wait for each other."""
    return sorted(written, key=lambda new: new.one.natural)


def _standing(naturals: Collection[bytes]) -> dict[bytes, Standing]:
    with connection.cursor() as cursor:
        cursor.execute(_STANDING, [list(naturals)])
        return {bytes(row[0]): Standing(row[1], bytes(row[2]), *row[3:]) for row in cursor.fetchall()}


def _replace(records: Sequence[UUID]) -> None:
    if records:
        with connection.cursor() as cursor:
            cursor.execute(_REPLACE, [list(records)])
            if cursor.rowcount != len(records):
                raise Overtaken("a record was corrected or ended meanwhile")


def _move(consents: dict[UUID, UUID]) -> None:
    """Unchanged records that are furnished anew under another consent rest on that one from now on."""
    if consents:
        with connection.cursor() as cursor:
            cursor.execute(_MOVE, {"ids": list(consents), "consents": list(consents.values())})


def _row(written: Written, people: People, organisation: UUID, upload: UUID | None, at: datetime) -> Any:
    one, gone = written.one, written.gone
    kind = RECORD_TYPES[one.record.type]
    place = record_place(written.id, one.resident)
    return (
        written.id,
        one.resident,
        organisation,
        kind.code,
        kind.category,
        one.record.consent_id,
        b"" if gone else one.natural,
        b"" if gone else one.content,
        b"" if gone else seal(people.keys[one.resident], one.text, place),
        kind.period_of(one.record.fields),
        written.retained_until,
        written.status,
        written.supersedes,
        upload,
        one.record.row,
        at,
    )


def _counts(records: Sequence[NewRecord], stored: Sequence[Stored]) -> dict[str, object]:
    types = {record.type for record in records}
    outcomes = Counter(one.outcome for one in stored)
    return {
        "type": types.pop() if len(types) == 1 else None,
        "rows": len(records),
        **{name: outcomes[name] for name in ("accepted", "unchanged", "corrected")},
    }
