"""Receipts: signed documents about one change of one consent, which anyone can check offline.

One act makes a receipt with a signature of its own (`signing`); consents attested together share one over
the root of a Merkle tree (`batches`). The public keys stand in `/.well-known/jwks.json`.
"""

from collections.abc import Mapping
from typing import Any

from consent.receipts import batches
from consent.receipts.members import Change, canonical, claims
from consent.receipts.signing import KEY, TYPE, Receipt, ReceiptBroken, opened, signed

__all__ = ("KEY", "TYPE", "Change", "Receipt", "ReceiptBroken", "canonical", "claims", "signed", "verified")


def verified(text: str, *, key_set: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """The members of a receipt of either form that a key of the set (our own by default) vouches for.

    Raises ReceiptBroken.
    """
    if text.startswith("{"):
        return batches.verified(text, key_set=key_set)
    return opened(text, TYPE, key_set=key_set)
