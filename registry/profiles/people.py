"""The people of one call: their clusters and their opened keys."""

from collections.abc import Collection
from dataclasses import dataclass
from uuid import UUID

from django.db import connection

from registry import residents
from registry.errors import NotFound
from registry.residents.locks import share_roots
from registry.residents.resident_keys import open_keys
from registry.vault import DataKey

_TURN = "SELECT pg_advisory_xact_lock(root) FROM unnest(%s::bigint[]) AS wanted(root)"


@dataclass(frozen=True, slots=True)
class People:
    """Residents with their roots, their roots' clusters, and the data keys of all of them."""

    roots: dict[UUID, UUID]
    clusters: dict[UUID, list[UUID]]
    keys: dict[UUID, DataKey]

    def others(self, resident: UUID) -> list[UUID]:
        """The other members of a resident's cluster; few people are in one."""
        members = self.clusters[self.roots[resident]]
        return [member for member in members if member != resident] if len(members) > 1 else []


def people_of(wanted: Collection[UUID]) -> People:
    """These residents, shared until commit so that nobody erases them meanwhile.

    Raises NotFound for a resident who does not exist, Overtaken for one who was erased.
    """
    roots = share_roots(wanted)
    if len(roots) != len(set(wanted)):
        raise NotFound("no such resident")
    clusters = residents.clusters(roots.values())
    _take_turns(sorted(root for root, members in clusters.items() if len(members) > 1))
    members = [member for group in clusters.values() for member in group]
    return People(roots, clusters, open_keys(members))


def _take_turns(merged: list[UUID]) -> None:
    """Let one writer at a time at each cluster of several residents, until commit.

    Two might otherwise keep one record under two members at once, where no unique index would meet them.
    """
    if merged:
        with connection.cursor() as cursor:
            cursor.execute(_TURN, [[int.from_bytes(root.bytes[:8], signed=True) for root in merged]])
