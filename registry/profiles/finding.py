"""Which record on file a furnisher means: by whose it is and its natural key, or by its row of a file."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from django.db import connection

from registry import residents
from registry.models.arrays import bytes_array
from registry.profiles.digesting import Digests
from registry.profiles.records import NewRecord

_BY_NATURAL = """
SELECT "natural", id FROM registry_record
WHERE "natural" = ANY(%s::bytea[]) AND status IN ('active', 'disputed')
"""
_BY_ROW = """
SELECT id FROM registry_record
WHERE organisation_id = %s AND upload_id = %s AND "row" = %s AND status IN ('active', 'disputed')
"""


def standing_records(
    *, organisation: UUID, type: str, people: Sequence[tuple[UUID, Mapping[str, Any]]]
) -> list[UUID | None]:
    """For each (resident, fields of the natural key) the record of this furnisher that is shown, or None.

    It is found under whichever member of the resident's cluster it is kept.
    """
    digests, roots = Digests(organisation), residents.root_of(resident for resident, _fields in people)
    clusters = residents.clusters(roots.values())
    naturals = [
        [
            digests.natural(member, NewRecord(member, type, fields, UUID(int=0)))
            for member in (clusters[roots[resident]] if resident in roots else ())
        ]
        for resident, fields in people
    ]
    with connection.cursor() as cursor:
        cursor.execute(_BY_NATURAL, [bytes_array(each for group in naturals for each in group)])
        found = {bytes(natural): record for natural, record in cursor.fetchall()}
    return [next((found[each] for each in group if each in found), None) for group in naturals]


def record_of_row(*, organisation: UUID, upload: UUID, row: int) -> UUID | None:
    """The record that a row of this furnisher's upload stands for, if it is shown."""
    with connection.cursor() as cursor:
        cursor.execute(_BY_ROW, [organisation, upload, row])
        found = cursor.fetchone()
        return found[0] if found else None
