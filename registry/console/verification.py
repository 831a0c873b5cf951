"""When the ledger was last verified, and what was found; remembered so that a page can say it."""

from base64 import b64encode
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from django.core.cache import cache

from registry.ledger import LedgerBroken, verify
from registry.ledger.anchored import verify_anchored

_KEY = "ledger-verified"


@dataclass(frozen=True)
class LastVerified:
    """The newest verification: when, what was counted, the root in base64, or the `fault` that was found."""

    at: datetime
    leaves: int = 0
    waiting: int = 0
    checkpoints: int = 0
    root: str = ""
    fault: str = ""


def verify_and_remember(*, at: datetime) -> LastVerified:
    """Recompute the whole ledger, hold what it vouches for against it, and remember what was found."""
    try:
        found = verify()
        verify_anchored()
    except LedgerBroken as broken:
        last = LastVerified(at, fault=broken.describe())
    else:
        root = b64encode(found.root).decode()
        last = LastVerified(at, found.leaves, found.waiting, found.checkpoints, root)
    cache.set(_KEY, asdict(last), timeout=None)
    return last


def last_verified() -> LastVerified | None:
    """What the newest verification found; None before the first."""
    kept: dict[str, Any] | None = cache.get(_KEY)
    return LastVerified(**kept) if kept else None
