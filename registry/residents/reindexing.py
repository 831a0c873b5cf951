"""Giving residents of before their blind indexes under a newer index key, while everybody works on.

What is owned under an older version is owned under the newer one. Nothing happens a second time, so that an
interrupted run is simply begun again.
"""

from collections.abc import Collection, Iterator
from uuid import UUID

from django.db import connection

from registry.models import Identifier
from registry.residents.identities import OpenIdentity, open_identities
from registry.residents.indexing import Indexed, NewIdentifier, add_identifiers, digests_of, index
from registry.residents.merging import SIGN_IN

CHUNK = 1000

# Shared, so that nobody is erased between being read and being written to.
_NEXT = """
SELECT id FROM registry_resident WHERE id > %s AND status <> 'erased' ORDER BY id LIMIT %s FOR SHARE
"""


def reindex(*, after: UUID, limit: int = CHUNK) -> list[UUID]:
    """Index the next residents after `after`, in order of their ids, under every version in force.

    Returns them; [] where there are no more. Needs a transaction. Raises SealBroken for an identity that was
    altered.
    """
    with connection.cursor() as cursor:
        cursor.execute(_NEXT, [after, limit])
        residents = [row[0] for row in cursor.fetchall()]
    held = Identifier.objects.filter(resident__in=residents, strong=True).values_list("resident_id", "digest")
    owned = {(resident, bytes(digest)) for resident, digest in held}
    add_identifiers(
        NewIdentifier(identity.resident, entry.kind, version, digest, strong)
        for identity in open_identities(residents)
        for entry, strong in _entries(identity, owned)
        for version, digest in entry.digests
    )
    return residents


def _entries(identity: OpenIdentity, owned: Collection[tuple[UUID, bytes]]) -> Iterator[tuple[Indexed, bool]]:
    """What an identity is found by, and whether its resident owns that under some version."""
    for entry in index(identity.person):
        yield entry, any((identity.resident, digest) in owned for digest in entry.all)
    account = Indexed(SIGN_IN, True, digests_of(SIGN_IN, identity.person.mobile))
    if any((identity.resident, digest) in owned for digest in account.all):
        yield account, True
