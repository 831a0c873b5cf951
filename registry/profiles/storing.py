"""Records of one call into the tables: every step over all of them, none for a single one.

1. whom each record is kept under: share the people until commit, know their clusters and keys
2. the records on file under the same natural keys, with one query; a record furnished under another member
   of the cluster before a merge is met there, and its correction stays there
3. decide in order: unchanged, corrected or accepted; of equal keys in one call the last row stands
4. mark what is replaced and what is said again; whoever had changed it meanwhile sends the call back
5. queue a notice to everybody of whom something negative is new: until she was told, lenders do not see it
6. seal what is new under the resident's key, append by COPY
7. one ledger entry
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import connection
from django.utils import timezone

from registry.catalogue import RECORD_TYPES
from registry.ledger import Event, append
from registry.models.arrays import bytes_array, uuid_array
from registry.models.bulk import copy_columns
from registry.profiles import notices
from registry.profiles.deciding import NOBODY, Candidate, Confirmed, Said, Standing, Written, decide
from registry.profiles.digesting import Digests
from registry.profiles.people import People, people_of
from registry.profiles.records import NewRecord, Stored, canonical
from registry.residents import Overtaken
from registry.vault import seal_rows

# What is shown, and what its furnisher retracted: two partial indexes, the second one almost empty.
_STANDING = """
WITH wanted AS (SELECT unnest(%(naturals)s::bytea[]) AS "natural")
SELECT r."natural", r.id, r.content, r.status, r.consent_id, r.resident_id, r.as_of,
       COALESCE(r.confirmed_upload, r.upload_id), COALESCE(r.confirmed_row, r."row"), r.notice_id
FROM wanted CROSS JOIN LATERAL (
    SELECT * FROM registry_record
    WHERE "natural" = wanted."natural" AND status IN ('active', 'disputed') OFFSET 0
) AS r
UNION ALL
SELECT r."natural", r.id, r.content, r.status, r.consent_id, r.resident_id, r.as_of, NULL, NULL, NULL
FROM wanted CROSS JOIN LATERAL (
    SELECT * FROM registry_record
    WHERE "natural" = wanted."natural" AND status = 'withdrawn' AND "natural" <> '' OFFSET 0
) AS r
"""
# Locked in order of their ids, so that two calls about the same records do not block each other; and only as
# they were seen, since another call may have disputed one, or said it again from a newer file.
_REPLACE = """
UPDATE registry_record SET status = 'corrected' WHERE id IN (
    SELECT r.id FROM registry_record r
    JOIN unnest(%(ids)s::uuid[], %(moments)s::timestamptz[], %(states)s::text[], %(rows)s::int[])
        AS seen(id, as_of, status, "row") ON seen.id = r.id
    WHERE r.status = seen.status AND r.as_of = seen.as_of
      AND COALESCE(r.confirmed_row, r."row") IS NOT DISTINCT FROM seen."row"
    ORDER BY r.id FOR NO KEY UPDATE OF r
)
"""
_CONFIRM = """
WITH held AS MATERIALIZED (
    SELECT id FROM registry_record WHERE id = ANY(%(ids)s::uuid[]) AND status IN ('active', 'disputed')
    ORDER BY id FOR NO KEY UPDATE
), said AS (
    SELECT new.id, new.consent, new."row", (%(as_of)s > r.as_of OR (%(as_of)s = r.as_of AND (
        COALESCE(r.confirmed_upload, r.upload_id) IS DISTINCT FROM %(upload)s::uuid
        OR COALESCE(r.confirmed_row, r."row") < new."row"))) AS newer
    FROM unnest(%(ids)s::uuid[], %(consents)s::uuid[], %(rows)s::int[]) AS new(id, consent, "row")
    JOIN held USING (id) JOIN registry_record r USING (id)
)
UPDATE registry_record r SET consent_id = said.consent, as_of = GREATEST(r.as_of, %(as_of)s),
    confirmed_upload = CASE WHEN said.newer THEN %(upload)s::uuid ELSE r.confirmed_upload END,
    confirmed_row = CASE WHEN said.newer THEN said."row" ELSE r.confirmed_row END
FROM said WHERE r.id = said.id
"""


def store(
    *,
    records: Sequence[NewRecord],
    organisation: UUID,
    licence: UUID | None,
    upload: UUID | None,
    chunk: int | None,
    by: str,
    at: datetime,
    as_of: datetime | None = None,
) -> list[Stored]:
    """Keep records whose consent holds, in the acting transaction; the answers are in the records' order.

    The residents must exist. `as_of` is the moment the records speak of, `at` where it is not said. The same
    records again change nothing, and older ones never replace newer ones. Raises IntegrityError where a
    parallel transaction stored the same record, or erased somebody: the caller does the whole piece of work
    again.
    """
    if not records:
        return []
    said = Said(as_of or at, upload, timezone.localdate(at))
    people = people_of({record.resident for record in records})  # 1
    candidates, standing = _met(records, people, Digests(organisation))  # 2
    decided = decide(candidates, standing, said)  # 3
    _replace(decided.replaced)  # 4
    _confirm(decided.confirmed, said)
    told = _tell(decided.written, people, organisation, said, at)  # 5
    _append(decided.written, people, organisation, said, told, at)  # 6
    notices.recall(one.notice for one in decided.replaced if one.notice)
    details = {"upload": upload, "chunk": chunk, "licence": licence, "notices": len(told) or None}
    counts = _counts(records, decided.stored)
    append(Event.RECORDS_STORED, by=by, at=at, organisation=organisation, details=details | counts)  # 7
    return decided.stored


def _met(
    records: Sequence[NewRecord], people: People, digests: Digests
) -> tuple[list[Candidate], dict[bytes, Standing]]:
    """The records with their digests, and what is on file under them, whoever of the cluster has it."""
    naturals = digests.naturals(records)
    holders = [record.resident for record in records]
    others = {
        place: [(member, digests.natural(member, record)) for member in members]
        for place, record in enumerate(records if people.clusters else ())
        if (members := people.others(record.resident))
    }
    standing = _standing({*naturals, *(natural for pairs in others.values() for _member, natural in pairs)})
    for place, pairs in others.items():
        # Where it is on file already, under whichever member, there its correction belongs.
        own = holders[place], naturals[place]
        found = next((pair for pair in (own, *pairs) if pair[1] in standing), own)
        holders[place], naturals[place] = found
    texts = [canonical(record.fields) for record in records]
    contents = digests.contents(naturals, texts)
    told = zip(range(len(records)), records, holders, naturals, contents, texts, strict=True)
    return list(map(Candidate._make, told)), standing


def _standing(naturals: set[bytes]) -> dict[bytes, Standing]:
    found: dict[bytes, Standing] = {}
    with connection.cursor() as cursor:
        cursor.execute(_STANDING, {"naturals": bytes_array(naturals)})
        for natural, id, content, *of in cursor.fetchall():
            one, before = Standing(id, bytes(content), *of), found.get(bytes(natural))
            retracted = one.status == "withdrawn"
            if before is None or not (
                retracted and (before.status != "withdrawn" or before.as_of > one.as_of)
            ):
                found[bytes(natural)] = one
    return found


def _replace(records: Sequence[Standing]) -> None:
    if records:
        seen = {
            "ids": uuid_array(one.id for one in records),
            "moments": [one.as_of for one in records],
            "states": [one.status for one in records],
            "rows": [one.row for one in records],
        }
        _each(_REPLACE, seen, len(records))


def _confirm(confirmed: Sequence[Confirmed], said: Said) -> None:
    """What is said again rests on the newer consent from now on, and is as fresh as this file."""
    if confirmed:
        new = {
            "ids": uuid_array(one.id for one in confirmed),
            "consents": uuid_array(one.consent_id for one in confirmed),
            "rows": [one.row for one in confirmed],
        }
        _each(_CONFIRM, new | {"as_of": said.as_of, "upload": said.upload or NOBODY}, len(confirmed))


def _each(statement: str, values: Mapping[str, Any], count: int) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        if cursor.rowcount != count:
            raise Overtaken("a record was corrected or ended meanwhile")


def _tell(
    written: Sequence[Written], people: People, organisation: UUID, said: Said, at: datetime
) -> dict[UUID, UUID]:
    """The notices, by root, under which what is new, shown and negative stands."""
    negative = [new for new in written if new.days.negative_from is not None]
    roots = {people.roots[new.one.record.resident] for new in negative if _counts_now(new, said)}
    return notices.announce(roots=roots, organisation=organisation, upload=said.upload, at=at)


def _counts_now(new: Written, said: Said) -> bool:
    since = new.days.negative_from
    return since is not None and since <= said.on and new.status in ("active", "disputed")


def _append(
    written: Sequence[Written],
    people: People,
    organisation: UUID,
    said: Said,
    told: Mapping[UUID, UUID],
    at: datetime,
) -> None:
    """By natural digest, so that two calls that store the same records cannot wait for each other."""
    rows = sorted(written, key=lambda new: new.one.natural)
    kinds = [RECORD_TYPES[new.one.record.type] for new in rows]
    news = [new.one.record for new in rows]
    columns: dict[str, Sequence[object]] = {
        "id": [new.id for new in rows],
        "resident_id": [new.one.resident for new in rows],
        "organisation_id": [organisation] * len(rows),
        "type": [kind.code for kind in kinds],
        "category": [kind.category for kind in kinds],
        "consent_id": [new.consent_id for new in news],
        "natural": [b"" if new.gone else new.one.natural for new in rows],
        "content": [b"" if new.gone else new.one.content for new in rows],
        "sealed": _sealed(rows, people),
        "period": [kind.period_of(new.fields) for kind, new in zip(kinds, news, strict=True)],
        "retained_until": [new.days.retained_until for new in rows],
        "status": [new.status for new in rows],
        "supersedes_id": [new.supersedes for new in rows],
        "upload_id": [said.upload] * len(rows),
        "row": [new.row for new in news],
        "received_at": [at] * len(rows),
        "as_of": [said.as_of] * len(rows),
        "negative_from": [new.days.negative_from for new in rows],
        "notice_id": [
            told[people.roots[new.one.record.resident]] if _counts_now(new, said) else None for new in rows
        ]
        if told
        else [None] * len(rows),
    }
    copy_columns("registry_record", columns)


def _sealed(rows: Sequence[Written], people: People) -> list[bytes]:
    """Each record under the key of whom it is kept for; empty where it had to be gone before today."""
    opened, kept = people.keys, [new for new in rows if not new.gone]
    wanted = [(opened[new.one.resident], new.one.text, new.id, new.one.resident) for new in kept]
    sealed = iter(seal_rows("registry_record", "sealed", wanted))
    return [b"" if new.gone else next(sealed) for new in rows]


def _counts(records: Sequence[NewRecord], stored: Sequence[Stored]) -> dict[str, object]:
    types = {record.type for record in records}
    outcomes = Counter(one.outcome for one in stored)
    return {
        "type": types.pop() if len(types) == 1 else None,
        "rows": len(records),
        **{name: outcomes[name] for name in ("accepted", "unchanged", "corrected")},
    }
