"""Residents' data keys, many at a time."""

from collections.abc import Collection
from uuid import UUID

from registry import keys
from registry.models import ResidentKey
from registry.vault import DataKey


def open_keys(residents: Collection[UUID]) -> dict[UUID, DataKey]:
    """The data keys of these residents with one query; whoever was erased is left out.

    Raises SealBroken for a key that was altered or belongs to another resident.
    """
    rows = ResidentKey.objects.filter(resident__in=residents, wrapped__isnull=False)
    return {
        row.resident_id: keys.open_resident_key(row.resident_id, row.wrapped, row.shard, row.shard_version)
        for row in rows
    }
