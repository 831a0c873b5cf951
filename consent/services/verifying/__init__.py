"""Consents, events and batches held against the ledger: whatever was changed past the guards is named.

1. every shown text is what its digest says
2. every batch is the one that is signed and that its entry names, and its consents are its leaves
3. every event has the receipt that is signed and that its entry names, and its consent is as it says
4. nothing that the ledger tells of is missing, and every consent is in the state of its newest event

It needs the public keys and the tables, nothing else, and runs in the caller's snapshot.
"""

from consent.services.verifying.batches import require_batches
from consent.services.verifying.events import require_events
from consent.services.verifying.states import require_states, require_texts


def verify_consents() -> list[str]:
    """Hold all of it against the ledger; says how much that was. Raises LedgerBroken."""
    require_texts()  # 1
    attested, batches = require_batches()  # 2
    events = require_events()  # 3
    require_states()  # 4
    return [f"Consents verified: {attested:,} attested in {batches:,} batches, {events:,} events of others."]
