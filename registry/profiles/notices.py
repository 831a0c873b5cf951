"""People are told of what counts against them before anybody else sees it (条例 art. 15).

A notice is one message a person and upload, queued in the transaction that keeps the records; what comes
singly joins the notice of the same organisation that still waits to go out. Its records show to lenders once
the message was delivered, or, where none could be, once it stood in the portal for the jurisdiction's days.
The table of messages tells of the delivery: nothing is copied, so nothing can disagree.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Any, NamedTuple
from uuid import UUID, uuid4

from django.conf import settings
from django.db import connection

from registry import messages, residents
from registry.catalogue import Jurisdiction, Text, jurisdiction
from registry.ledger import Event, append
from registry.models import Notice, Organisation, Resident
from registry.models.arrays import uuid_array

KIND = "negative_record"
_SHOWN = """
(r.negative_from IS NULL OR r.negative_from > {on} OR EXISTS (
    SELECT 1 FROM registry_notice n LEFT JOIN registry_message m ON m.id = n.message_id
    WHERE n.id = r.notice_id AND (n.waits_until <= {at} OR (m.state = 'sent' AND m.sent_at <= {at}))))
"""


def shown_to_lenders(*, at: str = "%(at)s", on: str = "%(on)s") -> str:
    """SQL: whether lenders may see record `r` at the moment `at`, which is on the day `on`.

    What counts against the person by then is shown once she was told, so never without a notice.
    """
    return _SHOWN.format(at=at, on=on)


SHOWN_TO_LENDERS = shown_to_lenders()

# Two chunks of one upload may bring the same person: the second one waits, and joins the first one's notice.
_JOIN = """
INSERT INTO registry_notice (id, resident_id, organisation_id, upload_id, queued_at, waits_until)
SELECT new.id, new.resident, %(organisation)s, %(upload)s, %(at)s, %(waits_until)s
FROM unnest(%(ids)s::uuid[], %(residents)s::uuid[]) AS new(id, resident) ORDER BY new.resident
ON CONFLICT (resident_id, upload_id) DO UPDATE SET queued_at = registry_notice.queued_at
RETURNING resident_id, id
"""
_WAITING = """
SELECT n.resident_id, n.id FROM registry_notice n
JOIN registry_message m ON m.id = n.message_id AND m.state = 'queued'
WHERE n.resident_id = ANY(%(residents)s::uuid[]) AND n.organisation_id = %(organisation)s
  AND n.upload_id IS NULL
ORDER BY n.id FOR SHARE OF n
"""
_SENT_BY = """
UPDATE registry_notice n SET message_id = new.message
FROM unnest(%(ids)s::uuid[], %(messages)s::uuid[]) AS new(id, message) WHERE n.id = new.id
"""
_HOLD = "SELECT id FROM registry_notice WHERE id = ANY(%(ids)s::uuid[]) ORDER BY id FOR UPDATE"
_UNNEEDED = """
SELECT n.id, n.message_id FROM registry_notice n
WHERE n.id = ANY(%(ids)s::uuid[]) AND NOT EXISTS (
    SELECT 1 FROM registry_record r WHERE r.notice_id = n.id AND r.status IN ('active', 'disputed'))
"""
# Whoever comes later in the night finds what became negative by the calendar alone.
_UNANNOUNCED = """
SELECT id, resident_id, organisation_id FROM registry_record
WHERE negative_from <= %(on)s AND notice_id IS NULL AND status IN ('active', 'disputed')
ORDER BY id LIMIT %(limit)s FOR NO KEY UPDATE SKIP LOCKED
"""
_MARK = """
UPDATE registry_record r SET notice_id = new.notice
FROM unnest(%(ids)s::uuid[], %(notices)s::uuid[]) AS new(id, notice) WHERE r.id = new.id
"""


def announce(
    *, roots: Collection[UUID], organisation: UUID, upload: UUID | None, at: datetime
) -> dict[UUID, UUID]:
    """The notice of each of these people, by root; who has none yet gets one, and a message if reachable."""
    if not roots:
        return {}
    found = {} if upload else _waiting(roots, organisation)
    new = {uuid4(): root for root in set(roots) - found.keys()}
    joined = _join(new, organisation, upload, at)
    _send([root for root, notice in joined.items() if notice in new], joined, organisation, at=at)
    return found | joined


def announce_due(*, on: date, by: str, at: datetime, limit: int = 1_000) -> int:
    """Tell people of what began to count against them by the calendar alone; returns how many records.

    A notice of the file that brought a record does not do: it may have gone out long before. Never more than
    `limit` in the acting transaction; records that others hold are left to the next call.
    """
    with connection.cursor() as cursor:
        cursor.execute(_UNANNOUNCED, {"on": on, "limit": limit})
        due = [_Due(*row) for row in cursor.fetchall()]
    if not due:
        return 0
    roots = residents.root_of({one.resident for one in due})
    marks: dict[UUID, UUID] = {}
    told = 0
    for organisation, group in _by_organisation(due).items():
        people = {roots[one.resident] for one in group}
        found = announce(roots=people, organisation=organisation, upload=None, at=at)
        marks |= {one.record: found[roots[one.resident]] for one in group}
        told += len(found)
    _run(_MARK, ids=uuid_array(marks), notices=uuid_array(marks.values()))
    append(Event.RECORDS_ANNOUNCED, by=by, at=at, details={"records": len(marks), "notices": told})
    return len(marks)


def recall(notices: Iterable[UUID]) -> None:
    """Take back, unless they have gone out, messages about records of which none is shown any more."""
    wanted = set(notices)
    if not wanted:
        return
    with connection.cursor() as cursor:
        cursor.execute(_HOLD, {"ids": uuid_array(wanted)})
        cursor.execute(_UNNEEDED, {"ids": uuid_array(wanted)})
        by_message = {message: notice for notice, message in cursor.fetchall() if message}
    dropped = messages.recall(ids=by_message)
    Notice.objects.filter(id__in=[by_message[message] for message in dropped]).delete()


class _Due(NamedTuple):
    record: UUID
    resident: UUID
    organisation: UUID


def _by_organisation(due: Sequence[_Due]) -> dict[UUID, list[_Due]]:
    groups: dict[UUID, list[_Due]] = {}
    for one in due:
        groups.setdefault(one.organisation, []).append(one)
    return groups


def _waiting(roots: Collection[UUID], organisation: UUID) -> dict[UUID, UUID]:
    """Notices about what came singly that have not gone out yet: one more record joins them."""
    with connection.cursor() as cursor:
        cursor.execute(_WAITING, {"residents": uuid_array(roots), "organisation": organisation})
        return dict(cursor.fetchall())


def _join(
    new: Mapping[UUID, UUID], organisation: UUID, upload: UUID | None, at: datetime
) -> dict[UUID, UUID]:
    if not new:
        return {}
    days = timedelta(days=_pack().negative_notice.days)
    values: dict[str, Any] = {
        "ids": uuid_array(new),
        "residents": uuid_array(new.values()),
        "at": at,
        "waits_until": at + days,
    }
    with connection.cursor() as cursor:
        cursor.execute(_JOIN, values | {"organisation": organisation, "upload": upload})
        return dict(cursor.fetchall())


def _send(roots: Sequence[UUID], notices: Mapping[UUID, UUID], organisation: UUID, *, at: datetime) -> None:
    """One message a person, in the language she reads; both where nobody knows which."""
    mobiles = residents.contacts(residents=roots) if roots else {}
    if not mobiles:
        return
    furnisher = Organisation.objects.get(id=organisation)
    known = Resident.objects.filter(id__in=mobiles).exclude(language="")
    languages = dict(known.values_list("id", "language"))
    told = [
        (KIND, mobile, notice_text(furnisher, languages.get(root, ""))) for root, mobile in mobiles.items()
    ]
    sent = messages.queue_many(told, at=at)
    _run(_SENT_BY, ids=uuid_array(notices[root] for root in mobiles), messages=uuid_array(sent))


def notice_text(furnisher: Organisation, language: str) -> str:
    """What a person is told; no word of what it is. In both languages where none is given."""
    text, link = _pack().negative_notice.text, f"{settings.BASE_URL}/records"
    zh = text.zh.format(organisation=furnisher.name, link=link)
    en = text.en.format(organisation=furnisher.name_en or furnisher.name, link=link)
    return Text(zh, en).in_language(language) if language else f"{zh} / {en}"


def _pack() -> Jurisdiction:
    return jurisdiction(settings.JURISDICTION)


def _run(statement: str, **values: Any) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
