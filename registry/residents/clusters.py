"""Residents merged into one another. A merge is a pointer and nothing else, so a split restores exactly.

The root of a resident is the end of its `merged_into` chain; a cluster is everything with one root.
"""

from collections.abc import Iterable
from typing import NamedTuple
from uuid import UUID

from django.db import connection

from registry.models.arrays import uuid_array

# Few residents are merged, and few do not exist: only those are told of. Here and wherever thousands of keys
# are looked up: LATERAL with OFFSET 0 leaves PostgreSQL no choice but the index. While a table grows by
# thousands of rows a second it takes it for small, and reads it whole for every chunk.
_EXCEPTIONS = """
SELECT wanted.id, r.merged_into_id FROM unnest(%s::uuid[]) AS wanted(id)
LEFT JOIN LATERAL (
    SELECT id, merged_into_id FROM registry_resident WHERE id = wanted.id OFFSET 0
) AS r ON true
WHERE r.id IS NULL OR r.merged_into_id IS NOT NULL
"""
_ROOTS = """
WITH RECURSIVE up(start, id, next) AS (
    SELECT id, id, merged_into_id FROM registry_resident WHERE id = ANY(%s::uuid[])
    UNION ALL
    SELECT up.start, r.id, r.merged_into_id FROM up JOIN registry_resident r ON r.id = up.next
)
SELECT start, id FROM up WHERE next IS NULL
"""

_BELOW = """
WITH RECURSIVE down(root, id) AS (
    SELECT merged_into_id, id FROM registry_resident WHERE merged_into_id = ANY(%s::uuid[])
    UNION ALL
    SELECT down.root, r.id FROM down JOIN registry_resident r ON r.merged_into_id = down.id
)
SELECT root, id FROM down
"""

_CLUSTER = """
WITH RECURSIVE up(id, next) AS (
    SELECT id, merged_into_id FROM registry_resident WHERE id = %s
    UNION ALL
    SELECT r.id, r.merged_into_id FROM up JOIN registry_resident r ON r.id = up.next
), down(id, status, next) AS (
    SELECT r.id, r.status, NULL::uuid FROM up JOIN registry_resident r ON r.id = up.id WHERE up.next IS NULL
    UNION ALL
    SELECT r.id, r.status, r.merged_into_id FROM down JOIN registry_resident r ON r.merged_into_id = down.id
)
SELECT id, status, next IS NULL FROM down ORDER BY id
"""


class Cluster(NamedTuple):
    """One person: the root, its standing, and all members in order, the root included."""

    root: UUID
    status: str
    members: list[UUID]


def find_cluster(resident: UUID) -> Cluster | None:
    """The cluster that a resident belongs to, with one query; None for nobody."""
    with connection.cursor() as cursor:
        cursor.execute(_CLUSTER, [resident])
        rows = cursor.fetchall()
    for root, status, is_root in rows:
        if is_root:
            return Cluster(root, status, [row[0] for row in rows])
    return None


def root_of(residents: Iterable[UUID]) -> dict[UUID, UUID]:
    """For each resident that exists, the resident its profile is read under (often itself)."""
    roots = {resident: resident for resident in residents}
    exceptions = dict(_pairs(_EXCEPTIONS, roots))
    for resident, next_up in exceptions.items():
        if next_up is None:
            del roots[resident]
    roots |= _pairs(_ROOTS, [resident for resident, next_up in exceptions.items() if next_up is not None])
    return roots


def clusters(roots: Iterable[UUID]) -> dict[UUID, list[UUID]]:
    """For each of these roots, every resident of its cluster in order, the root included.

    What does not exist comes back alone.
    """
    members = {root: [root] for root in roots}
    for root, member in _pairs(_BELOW, members):
        members[root].append(member)
    return {root: sorted(group) if len(group) > 1 else group for root, group in members.items()}


def cluster(resident: UUID) -> list[UUID]:
    """Every resident whose records make up this resident's profile, in a stable order; [] for nobody."""
    found = find_cluster(resident)
    return found.members if found else []


def _pairs(query: str, residents: Iterable[UUID]) -> list[tuple[UUID, UUID]]:
    wanted = uuid_array(residents)
    if wanted == "{}":
        return []
    with connection.cursor() as cursor:
        cursor.execute(query, [wanted])
        found: list[tuple[UUID, UUID]] = cursor.fetchall()
    return found
