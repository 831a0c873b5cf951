"""Sealed identities and how they open: with one key unwrap per resident, only where somebody asks."""

from collections.abc import Collection, Iterator
from typing import NamedTuple
from uuid import UUID

from django.db import connection

from registry import keys
from registry.linkage import Person
from registry.models.arrays import uuid_array
from registry.vault import DataKey, Place, open_sealed

# What residents have proved themselves comes first, then whatever was furnished last.
_IDENTITIES = """
SELECT i.id, wanted.id, i.organisation_id, i.sealed, k.shard, k.shard_version, k.wrapped
FROM unnest(%s::uuid[]) AS wanted(id)
CROSS JOIN LATERAL (
    SELECT shard, shard_version, wrapped FROM registry_residentkey
    WHERE resident_id = wanted.id AND wrapped IS NOT NULL OFFSET 0
) AS k
CROSS JOIN LATERAL (
    SELECT id, organisation_id, sealed, created_at FROM registry_identity
    WHERE resident_id = wanted.id OFFSET 0
) AS i
ORDER BY (i.organisation_id IS NULL) DESC, i.created_at DESC, i.id
"""


class OpenIdentity(NamedTuple):
    """One identity, opened. `organisation` is None where the resident proved it in person."""

    resident: UUID
    organisation: UUID | None
    person: Person
    id: UUID


def open_identities(residents: Collection[UUID]) -> Iterator[OpenIdentity]:
    """Identities of these residents, the proven ones first and then the newest, each opened when reached.

    Raises SealBroken for one that was altered or moved.
    """
    if not residents:
        return
    with connection.cursor() as cursor:
        cursor.execute(_IDENTITIES, [uuid_array(residents)])
        rows = cursor.fetchall()
    opened: dict[UUID, DataKey] = {}
    for identity, resident, organisation, sealed, shard, version, wrapped in rows:
        key = opened.get(resident)
        if key is None:
            key = opened[resident] = keys.open_resident_key(resident, wrapped, shard, version)
        text = open_sealed(key, sealed, identity_place(identity, resident))
        yield OpenIdentity(resident, organisation, Person.from_json(text), identity)


def identity_place(identity: UUID, resident: UUID) -> Place:
    """Where an identity's seal is bound to."""
    return Place("registry_identity", identity, resident, "sealed")
