"""Locks on people. Every lock is on the root of a cluster, and several are taken in order of their ids.

Whoever writes about residents shares their roots' rows until commit; whoever freezes, merges, splits, claims
or erases holds a root's row alone. One of two waits, nobody is written to who has just been erased, and no
circle of waiting can arise between them.
"""

from collections.abc import Collection
from uuid import UUID

from django.db import IntegrityError, connection

from registry.errors import NotFound
from registry.models import Resident
from registry.residents.clusters import root_of

_SHARE = "SELECT id, status FROM registry_resident WHERE id = ANY(%s) ORDER BY id FOR SHARE"


class Overtaken(IntegrityError):
    """Another transaction changed what this one had read, such as by erasing one of its people.

    Like every clash of keys: roll back and do the whole piece of work again.
    """


def share_roots(residents: Collection[UUID]) -> dict[UUID, UUID]:
    """The roots of those of these residents that exist, shared until commit.

    Raises Overtaken where one of them was erased.
    """
    roots = root_of(residents)
    if roots:
        with connection.cursor() as cursor:
            cursor.execute(_SHARE, [sorted(set(roots.values()))])
            standing = dict(cursor.fetchall())
        if Resident.Status.ERASED in standing.values():
            raise Overtaken("somebody was erased meanwhile")
    return roots


def hold_root(resident: UUID) -> Resident:
    """The root of a resident's cluster, held alone until commit. Raises NotFound."""
    while True:
        root = root_of([resident]).get(resident)
        if root is None:
            raise NotFound("no such resident")
        row = Resident.objects.select_for_update(no_key=True).get(id=root)
        if row.merged_into_id is None and root_of([resident])[resident] == root:
            return row
