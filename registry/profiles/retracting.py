"""A furnisher takes back what it furnished: single records, or a whole upload.

What is taken back is shown to nobody from that moment. Its content goes too, unless a lender may have seen
it: then it stays sealed, as history, so that whoever was judged by it can be answered. A disputed record is
left to the dispute. Of an upload, what a later file replaced or said again stays as that file says; what it
had replaced itself is in force again, unless its own time is over. A single record that is retracted leaves
its keyed digest and the moment, so that an older file does not bring it back.
"""

from collections import Counter
from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

from django.db import connection
from django.utils import timezone

from registry.ledger import Event, NewEntry, append, append_many
from registry.models.arrays import uuid_array
from registry.profiles import notices
from registry.residents import root_of

# Whoever was read is the root of that day, so the inquiries of every resident further up count. What was held
# back at the time of a read was not in it.
_VERDICTS = """
WITH RECURSIVE wanted AS MATERIALIZED (
    SELECT id, resident_id, category, status, type, received_at, negative_from, notice_id, supersedes_id,
           confirmed_upload
    FROM registry_record WHERE {which} AND status IN ('active', 'disputed') ORDER BY id {lock}
), up(start, id, next) AS (
    SELECT id, id, merged_into_id FROM registry_resident WHERE id IN (SELECT resident_id FROM wanted)
    UNION ALL
    SELECT up.start, r.id, r.merged_into_id FROM up JOIN registry_resident r ON r.id = up.next
), reported AS (
    SELECT DISTINCT r.id FROM registry_inquiry i
    JOIN up ON up.id = i.resident_id JOIN wanted r ON r.resident_id = up.start
    WHERE i.kind = 'report' AND i.at >= r.received_at AND i.categories ? r.category AND {shown}
)
SELECT r.id, r.resident_id, r.type, r.notice_id, CASE
    WHEN r.status = 'disputed' THEN 'disputed'
    WHEN r.confirmed_upload IS NOT NULL AND r.confirmed_upload <> %(upload)s THEN 'superseded'
    WHEN EXISTS (SELECT 1 FROM reported WHERE reported.id = r.id) THEN 'reported' ELSE 'gone' END
FROM wanted r
"""
_SHOWN_THEN = notices.shown_to_lenders(at="i.at", on="(i.at AT TIME ZONE %(zone)s)::date")
_OF_UPLOAD = "upload_id = %(upload)s"
_OF_RECORDS = "id = ANY(%(records)s::uuid[]) AND organisation_id = %(organisation)s"
_TAKE = """
UPDATE registry_record r SET status = 'withdrawn', ended_at = %(at)s,
    "natural" = CASE WHEN %(keeps_key)s THEN r."natural" ELSE '' END,
    as_of = CASE WHEN %(keeps_key)s THEN GREATEST(r.as_of, %(at)s) ELSE r.as_of END,
    content = CASE WHEN taken.verdict = 'reported' THEN r.content ELSE '' END,
    sealed = CASE WHEN taken.verdict = 'reported' THEN r.sealed ELSE '' END
FROM unnest(%(ids)s::uuid[], %(verdicts)s::text[]) AS taken(id, verdict) WHERE r.id = taken.id
"""
# Back from each record taken, through the earlier rows of its file, to what stood before the file came.
_BEFORE = """
WITH RECURSIVE back(id) AS (
    SELECT supersedes_id FROM registry_record WHERE id = ANY(%(ids)s::uuid[]) AND supersedes_id IS NOT NULL
    UNION
    SELECT r.supersedes_id FROM back JOIN registry_record r USING (id)
    WHERE r.upload_id = %(upload)s AND r.supersedes_id IS NOT NULL
)
SELECT r.id, r.upload_id IS NOT DISTINCT FROM %(upload)s FROM back JOIN registry_record r USING (id)
WHERE r.status = 'corrected' ORDER BY r.id FOR NO KEY UPDATE OF r
"""
_EMPTY = """
UPDATE registry_record SET sealed = '', "natural" = '', content = '' WHERE id = ANY(%(ids)s::uuid[])
"""
# A notice that was recalled, since nothing stood under it any more, is written anew by the nightly look.
_RESTORE = """
UPDATE registry_record r SET status = 'active',
    notice_id = (SELECT n.id FROM registry_notice n WHERE n.id = r.notice_id)
WHERE r.id = ANY(%(ids)s::uuid[]) AND r.sealed <> ''
  AND (r.retained_until IS NULL OR r.retained_until > %(on)s)
"""
_REPLACED = "SELECT count(*) FROM registry_record WHERE upload_id = %(upload)s AND status = 'corrected'"


_SINCE = """
WITH RECURSIVE down(id) AS (
    SELECT %(resident)s::uuid
    UNION ALL
    SELECT r.id FROM down JOIN registry_resident r ON r.merged_into_id = down.id
)
SELECT 1 FROM registry_record
WHERE resident_id IN (SELECT id FROM down) AND category = ANY(%(categories)s) AND ended_at > %(since)s LIMIT 1
"""


class Undone(NamedTuple):
    """What undoing an upload does, in records.

    `gone` without a trace of their content, `reported` taken from view and kept sealed as history, `restored`
    in force again; left as they are: `disputed`, and `superseded` by what came later.
    """

    gone: int
    reported: int
    restored: int
    disputed: int
    superseded: int


def undoable(*, upload: UUID) -> Undone:
    """What `undo` would do now, `restored` apart, which shows when it is done. Changes and locks nothing."""
    return _counted(upload, _verdicts(_OF_UPLOAD, lock="", upload=upload), restored=0, emptied=0)


def undo(*, upload: UUID, organisation: UUID, by: str, at: datetime, reason: str) -> Undone:
    """Take an upload's records back, in the acting transaction; what they replaced is in force again.

    Doing it twice changes nothing more. Raises IntegrityError where a parallel transaction stored the same
    record meanwhile: the caller does it again.
    """
    verdicts = _verdicts(_OF_UPLOAD, lock="FOR NO KEY UPDATE", upload=upload)
    taken = _take(verdicts, at=at, keeps_key=False)
    earlier = _rows(_BEFORE, ids=uuid_array(taken), upload=upload)
    own = [record for record, same_file in earlier if same_file]
    _run(_EMPTY, ids=uuid_array(own))
    before = uuid_array(record for record, same_file in earlier if not same_file)
    restored = _run(_RESTORE, ids=before, on=timezone.localdate(at))
    done = _counted(upload, verdicts, restored=restored, emptied=len(own))
    counts = done._asdict()
    counts["records"] = counts.pop("gone") + done.reported
    append(
        Event.UPLOAD_UNDONE,
        by=by,
        at=at,
        organisation=organisation,
        details=counts | {"upload": upload, "reason": reason},
    )
    return done


def retract(
    *, organisation: UUID, records: Collection[UUID], by: str, at: datetime, reason: str
) -> dict[UUID, str]:
    """Take single records back, in the acting transaction; `reason` is a code for the ledger.

    Returns what became of each that is this organisation's and shown: "gone", "reported" (kept as history) or
    "disputed" (left to the dispute). Others are left out. An older file does not bring them back.
    """
    which = {"records": uuid_array(records), "organisation": organisation, "upload": None}
    verdicts = _verdicts(_OF_RECORDS, lock="FOR NO KEY UPDATE", **which)
    taken = _take(verdicts, at=at, keeps_key=True)
    roots = root_of({one.resident for one in taken.values()})
    append_many(
        [
            NewEntry(
                Event.RECORDS_RETRACTED,
                by,
                at,
                roots[one.resident],
                organisation,
                {
                    "record": one.id,
                    "type": one.type,
                    "reported": int(one.verdict == "reported"),
                    "reason": reason,
                },
            )
            for one in taken.values()
        ]
    )
    return {one.id: one.verdict for one in verdicts}


def retracted_since(*, resident: UUID, categories: Collection[str], since: datetime) -> bool:
    """Whether anything of these categories was taken back by its furnisher after that moment."""
    return bool(_rows(_SINCE, resident=resident, categories=list(categories), since=since))


class _Verdict(NamedTuple):
    id: UUID
    resident: UUID
    type: str
    notice: UUID | None
    verdict: str


def _verdicts(which: str, *, lock: str, **values: Any) -> list[_Verdict]:
    """What is to become of each record that is shown, in order of their ids."""
    statement = _VERDICTS.format(which=which, lock=lock, shown=_SHOWN_THEN)
    zone = timezone.get_current_timezone_name()
    return [_Verdict(*row) for row in _rows(statement, zone=zone, **values)]


def _take(verdicts: Collection[_Verdict], *, at: datetime, keeps_key: bool) -> dict[UUID, _Verdict]:
    taken = {one.id: one for one in verdicts if one.verdict in ("gone", "reported")}
    said = "{" + ",".join(one.verdict for one in taken.values()) + "}"
    _run(_TAKE, ids=uuid_array(taken), verdicts=said, at=at, keeps_key=keeps_key)
    notices.recall(one.notice for one in taken.values() if one.notice)
    return taken


def _counted(upload: UUID, verdicts: Collection[_Verdict], *, restored: int, emptied: int) -> Undone:
    found: Mapping[str, int] = Counter(one.verdict for one in verdicts)
    replaced = _rows(_REPLACED, upload=upload)[0][0] - emptied
    return Undone(
        found.get("gone", 0),
        found.get("reported", 0),
        restored,
        found.get("disputed", 0),
        found.get("superseded", 0) + replaced,
    )


def _rows(statement: str, **values: Any) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        return list(cursor.fetchall())


def _run(statement: str, **values: Any) -> int:
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        return int(cursor.rowcount)
