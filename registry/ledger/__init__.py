"""The append-only record of every consequential act, as a Merkle tree with signed heads.

`append` in the transaction of the act; `sequence` puts committed entries into the tree; `verify` recomputes
everything. See docs/ledger.md.
"""

from registry.ledger.entries import NewEntry, append, append_many
from registry.ledger.events import Event

__all__ = ("Event", "NewEntry", "append", "append_many")
