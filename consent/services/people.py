"""Holding a resident still while one of her consents changes, in the order that the gate takes its locks."""

from uuid import UUID

from django.db import connection

from consent.errors import ProfileFrozen
from registry import residents
from registry.errors import NotFound

_HOLD = "SELECT id, status, merged_into_id FROM registry_resident WHERE id = ANY(%s) ORDER BY id FOR SHARE"
_CLOSE = "SELECT pg_advisory_xact_lock(hashtextextended(id::text, 0)) FROM unnest(%s::uuid[]) AS members(id)"


def require_present(resident: UUID) -> UUID:
    """The root of a resident who may decide; her rows are held until commit.

    Raises NotFound for one who is unknown or erased, ProfileFrozen for one who is frozen.
    """
    members = residents.cluster(resident)
    with connection.cursor() as cursor:
        cursor.execute(_HOLD, [members])
        held = cursor.fetchall()
    statuses = {status for _id, status, _into in held}
    roots = [row for row, _status, into in held if into is None]
    if len(roots) != 1 or "erased" in statuses:
        raise NotFound
    if "frozen" in statuses:
        raise ProfileFrozen
    return UUID(str(roots[0]))


def present_or_frozen(resident: UUID) -> UUID:
    """The root of a resident who may decide, or who froze her profile: some acts are open to her still.

    Raises NotFound for one who is unknown or erased.
    """
    try:
        return require_present(resident)
    except ProfileFrozen:
        return residents.root_of([resident])[resident]


def close_gate(*members: UUID) -> None:
    """Let no read of these residents begin until commit; those under way end first, new ones queue behind us.

    Row locks alone would let an unbroken row of readers keep a withdrawal waiting for ever.
    """
    with connection.cursor() as cursor:
        cursor.execute(_CLOSE, [sorted(set(members))])


def same_person(one: UUID, other: UUID) -> bool:
    """Whether two residents are one cluster."""
    roots = residents.root_of([one, other])
    return one in roots and roots.get(one) == roots.get(other)
