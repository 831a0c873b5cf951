"""The people of one call: their clusters and their opened keys."""

from collections.abc import Collection
from typing import NamedTuple
from uuid import UUID

from django.db import connection

from registry import keys, residents
from registry.errors import NotFound
from registry.models.arrays import uuid_array
from registry.residents.locks import share_roots
from registry.residents.resident_keys import open_keys
from registry.residents.turns import keys_made
from registry.vault import DataKey

_TURN = "SELECT pg_advisory_xact_lock(root) FROM unnest(%s::bigint[]) AS wanted(root)"
# Few people are merged: the keys of all others come with the answer that they are not.
_ROOTS = """
SELECT wanted.id, other.id IS NOT NULL, k.wrapped, k.shard, k.shard_version
FROM unnest(%s::uuid[]) AS wanted(id) CROSS JOIN LATERAL (
    SELECT * FROM registry_residentkey WHERE resident_id = wanted.id AND wrapped IS NOT NULL OFFSET 0
) AS k LEFT JOIN LATERAL (
    SELECT id FROM registry_resident WHERE merged_into_id = wanted.id LIMIT 1
) AS other ON true
"""


class People(NamedTuple):
    """Residents with their roots, the clusters of those roots that are merged, everybody's data keys."""

    roots: dict[UUID, UUID]
    clusters: dict[UUID, list[UUID]]
    keys: dict[UUID, DataKey]

    def others(self, resident: UUID) -> list[UUID]:
        """The other members of a resident's cluster; few people are in one."""
        members = self.clusters.get(self.roots[resident], ())
        return [member for member in members if member != resident]


def people_of(wanted: Collection[UUID]) -> People:
    """These residents, shared until commit so that nobody erases them meanwhile.

    Raises NotFound for a resident who does not exist, Overtaken for one who was erased.
    """
    made = keys_made()
    older = set(wanted) - made.keys()
    roots = share_roots(older)
    if len(roots) != len(older):
        raise NotFound("no such resident")
    opened, merged = _opened(set(roots.values()))
    clusters = residents.clusters(merged) if merged else {}
    _take_turns(sorted(clusters))
    members = {member for group in clusters.values() for member in group}
    opened |= open_keys(members - opened.keys()) if members else {}
    return People({each: each for each in made} | roots, clusters, made | opened)


def _opened(roots: Collection[UUID]) -> tuple[dict[UUID, DataKey], list[UUID]]:
    """The roots' own keys, and which roots others are merged into."""
    if not roots:
        return {}, []
    with connection.cursor() as cursor:
        cursor.execute(_ROOTS, [uuid_array(roots)])
        rows = cursor.fetchall()
    opened = {root: keys.open_resident_key(root, *wrapped) for root, _merged, *wrapped in rows}
    return opened, [row[0] for row in rows if row[1]]


def _take_turns(merged: list[UUID]) -> None:
    """Let one writer at a time at each cluster of several residents, until commit.

    Two might otherwise keep one record under two members at once, where no unique index would meet them.
    """
    if merged:
        with connection.cursor() as cursor:
            cursor.execute(_TURN, [[int.from_bytes(root.bytes[:8], signed=True) for root in merged]])
