"""Forgetting a person: the key goes, and with it everything that was ever sealed under it, in any copy.

1. hold the person alone, so that whoever is writing about them ends first and whoever comes finds them gone
2. destroy the data keys of the whole cluster
3. empty what is sealed, and take away every digest by which the person could be recognised
4. three ledger entries, without a word about who it was
5. out of what parallel decisions tell one another, which lasts until somebody settles later
"""

from datetime import datetime
from uuid import UUID

from django.db import connection, transaction

from registry.errors import Conflict
from registry.ledger import Event, NewEntry, append_many
from registry.models import Identifier, Record, Resident, ResidentKey
from registry.residents import turns
from registry.residents.locks import hold_cluster

# A fingerprint is unique, so it becomes random instead of empty.
_EMPTY_IDENTITIES = """
UPDATE registry_identity SET sealed = '', fingerprint = uuid_send(gen_random_uuid())
WHERE resident_id = ANY(%s)
"""


def erase(*, resident: UUID, by: str, reason: str, at: datetime) -> None:
    """Destroy everything about a resident and whoever is merged with them.

    Raises NotFound for nobody and Conflict for who was erased before.
    """
    with transaction.atomic():
        root, members = hold_cluster(resident)  # 1
        if root.status == Resident.Status.ERASED:
            raise Conflict("the resident was erased before")
        Resident.objects.filter(id__in=members).update(status=Resident.Status.ERASED)
        destroyed = ResidentKey.objects.filter(resident__in=members, wrapped__isnull=False).update(
            wrapped=None, destroyed_at=at
        )  # 2
        identifiers = Identifier.objects.filter(resident__in=members)
        digests = [bytes(digest) for digest in identifiers.values_list("digest", flat=True)]
        identities, records = _empty(members)  # 3
        counts = {"records": records, "identities": identities, "reason": reason}
        _record(root.id, by, at, reason, destroyed, counts)  # 4
        turns.forget(digests)  # 5


def _empty(members: list[UUID]) -> tuple[int, int]:
    with connection.cursor() as cursor:
        cursor.execute(_EMPTY_IDENTITIES, [members])
        identities = cursor.rowcount
    Identifier.objects.filter(resident__in=members).delete()
    records = Record.objects.filter(resident__in=members)
    gone = records.update(status=Record.Status.ERASED, sealed=b"", natural=b"", content=b"")
    return identities, gone


def _record(
    root: UUID, by: str, at: datetime, reason: str, destroyed: int, counts: dict[str, object]
) -> None:
    said = {
        Event.RESIDENT_ERASED: counts,
        Event.RECORDS_ERASED: {"records": counts["records"], "reason": reason},
        Event.KEY_DESTROYED: {"kind": "resident", "keys": destroyed, "reason": reason},
    }
    append_many([NewEntry(event, by, at, root, None, details) for event, details in said.items()])
