"""Records end on their day or with their consent, and what ended holds nothing any more.

The row stays, so that counts and the ledger agree; its seal and its digests are emptied with the same
statement, and with them those of the row's history. Nobody is told any more of what is not there.
"""

from collections.abc import Collection
from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.db import connection

from registry.ledger import Event, append
from registry.profiles import notices

# One statement for what is shown and for its history, locked in order of the ids.
_END = """
UPDATE registry_record SET sealed = '', "natural" = '', content = '',
       status = CASE WHEN status IN ('active', 'disputed') THEN %(status)s ELSE status END
WHERE id IN (
    SELECT id FROM registry_record WHERE {which} AND (status IN ('active', 'disputed') OR sealed <> '')
    ORDER BY id FOR NO KEY UPDATE
)
RETURNING notice_id
"""
_OF_CONSENTS = _END.format(which="consent_id = ANY(%(consents)s)")
_DUE = _END.format(which="retained_until <= %(on)s")


def withdraw(*, consent_ids: Collection[UUID], by: str, at: datetime) -> int:
    """End and empty all records that rest on these consents, in the transaction of the withdrawal itself.

    Returns how many records were emptied, those that had been corrected before included.
    """
    ended = _end(_OF_CONSENTS, status="withdrawn", consents=list(consent_ids))
    if ended:
        only = next(iter(consent_ids)) if len(consent_ids) == 1 else None
        append(Event.RECORDS_WITHDRAWN, by=by, at=at, details={"consent": only, "records": ended})
    return ended


def expire(*, on: date, by: str, at: datetime) -> int:
    """End and empty all records that must be gone on this day; returns how many, their history included."""
    ended = _end(_DUE, status="expired", on=on)
    if ended:
        append(Event.RECORDS_EXPIRED, by=by, at=at, details={"records": ended, "reason": "retention"})
    return ended


def _end(statement: str, **values: Any) -> int:
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        under = [notice for (notice,) in cursor.fetchall()]
    notices.recall(notice for notice in under if notice)
    return len(under)
