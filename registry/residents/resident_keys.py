"""Residents' data keys, many at a time."""

from collections.abc import Collection
from uuid import UUID

from django.db import connection

from registry import keys
from registry.models.arrays import uuid_array
from registry.vault import DataKey

_KEYS = """
SELECT resident_id, wrapped, shard, shard_version FROM registry_residentkey
WHERE resident_id = ANY(%s::uuid[]) AND wrapped IS NOT NULL
"""


def open_keys(residents: Collection[UUID]) -> dict[UUID, DataKey]:
    """The data keys of these residents with one query; whoever was erased is left out.

    Raises SealBroken for a key that was altered or belongs to another resident.
    """
    if not residents:
        return {}
    with connection.cursor() as cursor:
        cursor.execute(_KEYS, [uuid_array(residents)])
        rows = cursor.fetchall()
    return {row[0]: keys.open_resident_key(*row) for row in rows}
