"""Locks on people, always in order of their ids, so that no circle of waiting can arise.

Whoever writes about residents shares their roots' rows until commit; whoever freezes, merges, splits, claims
or erases holds all rows of the cluster alone. One of two waits, and nobody is written to who has just been
erased. Readers queue at the gate of `consent.checks` before they share rows; whoever holds rows alone closes
that gate first, since an unbroken row of readers would otherwise keep a freeze waiting for ever.
"""

from collections.abc import Collection
from typing import NamedTuple
from uuid import UUID

from django.db import IntegrityError, connection, transaction

from registry.errors import NotFound
from registry.models import Resident
from registry.models.arrays import uuid_array
from registry.residents.clusters import cluster, root_of

# All are locked, in order; only the erased are told of.
_SHARE = """
WITH shared AS MATERIALIZED (
    SELECT id, status FROM registry_resident WHERE id = ANY(%s::uuid[]) ORDER BY id FOR SHARE
)
SELECT id FROM shared WHERE status = 'erased' ORDER BY id
"""
_CLOSE = "SELECT pg_advisory_xact_lock(hashtextextended(id::text, 0)) FROM unnest(%s::uuid[]) AS wanted(id)"


class Overtaken(IntegrityError):
    """Another transaction changed what this one had read, such as by erasing one of its people.

    Like every clash of keys: roll back and do the whole piece of work again.
    """


class Held(NamedTuple):
    """A cluster held alone: its root's row and the ids of all its members in order."""

    root: Resident
    members: list[UUID]


def share_roots(residents: Collection[UUID]) -> dict[UUID, UUID]:
    """The roots of those of these residents that exist, shared until commit.

    Raises Overtaken where one of them was erased.
    """
    roots = root_of(residents)
    if roots:
        with connection.cursor() as cursor:
            cursor.execute(_SHARE, [uuid_array(set(roots.values()))])
            erased = cursor.fetchone()
        if erased:
            raise Overtaken("somebody was erased meanwhile")
    return roots


def hold(residents: Collection[UUID]) -> list[Resident]:
    """The rows of these residents in order, held alone until commit; those that do not exist are left out."""
    with connection.cursor() as cursor:
        cursor.execute(_CLOSE, [sorted(set(residents))])
    rows = Resident.objects.select_for_update(no_key=True).filter(id__in=residents)
    return list(rows.order_by("id"))


def hold_cluster(resident: UUID) -> Held:
    """The whole cluster of a resident, held alone until commit. Raises NotFound."""
    members = cluster(resident)
    while members:
        savepoint = transaction.savepoint()
        rows = hold(members)
        standing = cluster(resident)
        if standing == members:
            transaction.savepoint_commit(savepoint)
            return Held(next(row for row in rows if row.merged_into_id is None), members)
        # A merge or split was faster. To take more locks while we keep these would be out of order.
        transaction.savepoint_rollback(savepoint)
        members = standing
    raise NotFound("no such resident")
