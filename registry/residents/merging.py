"""Joining two residents who are one person, and undoing it.

Nothing sealed moves: each keeps key, identities and records. The root carries the standing of the one
account its cluster may hold, so that a freeze holds for all of it and ends with the split.
"""

from datetime import datetime
from uuid import UUID

from django.db import transaction

from registry.errors import Conflict
from registry.ledger import Event, append
from registry.models import Identifier, Merge, Resident
from registry.residents.clusters import cluster, clusters
from registry.residents.locks import hold, hold_cluster

SIGN_IN = "sign_in"
"""The kind of the identifier that makes a resident the holder of an account."""


def merge(*, resident: UUID, into: UUID, by: str, reasons: list[str], at: datetime) -> UUID:
    """Join two residents: `resident` points to `into`. Returns the merge's id.

    Raises Conflict unless both are roots, neither was erased, and at most one of them has an account.
    """
    with transaction.atomic():
        _require_mergeable(hold((resident, into)))
        Resident.objects.filter(id=resident).update(merged_into=into)
        act = Merge.objects.create(resident_id=resident, into_id=into, by=by, reasons=reasons, merged_at=at)
        settle(into)
        _record(Event.RESIDENT_MERGED, act, by, at)
        return act.id


def split(*, merge_id: UUID, by: str, at: datetime) -> None:
    """Undo one merge exactly. Raises Conflict where it was undone before or the person was erased."""
    with transaction.atomic():
        act = Merge.objects.filter(id=merge_id).first()
        if act is None:
            raise Conflict("there is no such merge")
        root, _members = hold_cluster(act.resident_id)
        act = Merge.objects.select_for_update().get(id=merge_id)
        if act.split_at is not None or root.status == Resident.Status.ERASED:
            raise Conflict("this merge was undone before, or the person was erased")
        Resident.objects.filter(id=act.resident_id).update(merged_into=None)
        act.split_at, act.split_by = at, by
        act.save(update_fields=("split_at", "split_by"))
        settle(root.id)
        settle(act.resident_id)
        _record(Event.RESIDENT_SPLIT, act, by, at)


def account_of(members: list[UUID]) -> UUID | None:
    """The resident among these who holds an account."""
    found = Identifier.objects.filter(resident__in=members, kind=SIGN_IN, strong=True)
    return found.values_list("resident_id", flat=True).first()


def account_holder(*, resident: UUID) -> UUID:
    """Who of a resident's cluster holds the account, since only that person can agree to anything; the
    resident where nobody does. What is kept under the holder stays with them when the cluster is split.
    """
    return account_of(cluster(resident)) or resident


def settle(root: UUID) -> None:
    """Give a root the standing of its cluster's account, and none to residents who hold no account."""
    members = clusters([root])[root]
    account = account_of(members)
    plain = Resident.objects.filter(id__in=[member for member in members if member != account])
    plain.exclude(status=Resident.Status.UNCLAIMED).update(status=Resident.Status.UNCLAIMED, claimed_at=None)
    if account is not None and account != root:
        held = Resident.objects.get(id=account)
        Resident.objects.filter(id=root).update(status=held.status, claimed_at=held.claimed_at)


def _require_mergeable(pair: list[Resident]) -> None:
    if len(pair) != 2 or any(row.merged_into_id for row in pair):
        raise Conflict("both residents must exist and be roots of their clusters")
    if any(row.status == Resident.Status.ERASED for row in pair):
        raise Conflict("an erased resident is nobody any more")
    if all(row.claimed_at for row in pair):
        raise Conflict("both residents have an account")


def _record(event: Event, act: Merge, by: str, at: datetime) -> None:
    append(event, by=by, at=at, subject=act.into_id, details={"merge": act.id, "resident": act.resident_id})
