"""A resident's own switch: frozen, nobody reads the profile by any consent; unfrozen, consents hold again."""

from datetime import datetime
from uuid import UUID

from django.db import transaction

from registry.errors import Conflict
from registry.ledger import Event, append
from registry.models import Resident
from registry.residents.locks import hold_cluster


def freeze(*, resident: UUID, by: str, at: datetime, how: str = "self_service") -> None:
    """Block all new access from this commit on. Raises Conflict unless the resident is active."""
    _turn(resident, Resident.Status.ACTIVE, Resident.Status.FROZEN, Event.RESIDENT_FROZEN, by, at, how)


def unfreeze(*, resident: UUID, by: str, at: datetime, how: str = "self_service") -> None:
    """Lift the block. Raises Conflict unless the resident is frozen."""
    _turn(resident, Resident.Status.FROZEN, Resident.Status.ACTIVE, Event.RESIDENT_UNFROZEN, by, at, how)


def prefer(*, resident: UUID, language: str) -> None:
    """Remember the language in which the resident wants to be written to; no act that anybody is bound by."""
    Resident.objects.filter(id=resident).update(language=language)


def _turn(
    resident: UUID, old: Resident.Status, new: Resident.Status, event: Event, by: str, at: datetime, how: str
) -> None:
    with transaction.atomic():
        root, members = hold_cluster(resident)
        if root.status != old:
            raise Conflict(f"the resident is not {old.value}")
        # The account's own row as well as the root's: a reader shares either of them until it is done.
        Resident.objects.filter(id__in=members, status=old).update(status=new)
        details = {"how": how, "assisted": how == "assisted"}
        append(event, by=by, at=at, subject=root.id, details=details)
