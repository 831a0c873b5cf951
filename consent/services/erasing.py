"""A person is erased: whatever others may still do with her ends first, then her key goes. One transaction.

1. hold the person alone, before any consent is locked, as the gate does; note how others may have named her
2. lenders' open requests for her end, and with them their sealed descriptions of her
3. everything she granted is withdrawn, with its receipts and the records that rest on it
4. messages that wait for her mobiles are dropped
5. her key is destroyed and what is sealed under it emptied; last, since others who settle wait for the end
"""

from datetime import datetime
from uuid import UUID

from django.db import transaction

from consent.services.ending import expire_asked, withdraw_all
from registry import messages, residents
from registry.residents.locks import hold_cluster


def erase(*, resident: UUID, by: str, reason: str, at: datetime) -> None:
    """Erase a person, whoever is merged with her included. `reason` is a code for ledger and receipts.

    Raises NotFound for nobody, Conflict for who was erased before, EntryRefused for a reason in words.
    """
    with transaction.atomic():
        hold_cluster(resident)  # 1
        digests = residents.asked_digests(resident=resident)
        mobiles = residents.mobiles(resident=resident)
        expire_asked(digests=digests, by=by, at=at)  # 2
        withdraw_all(resident=resident, by=by, at=at, how="", reason=reason)  # 3
        messages.forget(mobiles=mobiles)  # 4
        residents.erase(resident=resident, by=by, reason=reason, at=at)  # 5
