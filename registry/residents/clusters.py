"""Residents merged into one another. A merge is a pointer and nothing else, so a split restores exactly.

The root of a resident is the end of its `merged_into` chain; a cluster is everything with one root.
"""

from collections.abc import Iterable
from typing import NamedTuple
from uuid import UUID

from django.db import connection

# Few residents are merged: only those are followed, and only those come with a second id.
_ROOTS = """
WITH RECURSIVE up(start, id, next) AS (
    SELECT id, id, merged_into_id FROM registry_resident
    WHERE id = ANY(%(ids)s) AND merged_into_id IS NOT NULL
    UNION ALL
    SELECT up.start, r.id, r.merged_into_id FROM up JOIN registry_resident r ON r.id = up.next
)
SELECT r.id, up.id FROM registry_resident r LEFT JOIN up ON up.start = r.id AND up.next IS NULL
WHERE r.id = ANY(%(ids)s)
"""

_BELOW = """
WITH RECURSIVE down(root, id) AS (
    SELECT merged_into_id, id FROM registry_resident WHERE merged_into_id = ANY(%(ids)s)
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
    return {resident: root or resident for resident, root in _pairs(_ROOTS, residents)}


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
    wanted = sorted(set(residents))
    if not wanted:
        return []
    with connection.cursor() as cursor:
        cursor.execute(query, {"ids": wanted})
        found: list[tuple[UUID, UUID]] = cursor.fetchall()
    return found
