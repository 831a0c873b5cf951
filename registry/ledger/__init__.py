"""The append-only record of every consequential act, as a Merkle tree with signed heads.

`append` in the transaction of the act; `sequence` puts committed entries into the tree; `verify` recomputes
everything. See docs/ledger.md.
"""

from registry.ledger.entries import NewEntry, append, append_many
from registry.ledger.errors import LedgerBroken
from registry.ledger.events import Event
from registry.ledger.heads import newest_checkpoint
from registry.ledger.sequencing import sequence
from registry.ledger.verification import Verified, verify

__all__ = (
    "Event",
    "LedgerBroken",
    "NewEntry",
    "Verified",
    "append",
    "append_many",
    "newest_checkpoint",
    "sequence",
    "verify",
)
