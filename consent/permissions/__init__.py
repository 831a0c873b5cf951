"""Who may see a resident's pages: the person who proved a mobile and whose profile hangs on it, nobody else.

The middleware denies every page of this app to strangers unless its view is marked `open_to_strangers`.
"""

from consent.permissions.addresses import address_of
from consent.permissions.middleware import ResidentMiddleware, open_to_strangers
from consent.permissions.requests import ResidentRequest, VisitorRequest
from consent.permissions.sessions import (
    begin,
    end,
    pending_code,
    proven_code,
    remember_pending,
    remember_proven,
    safe_next,
)

__all__ = (
    "ResidentMiddleware",
    "ResidentRequest",
    "VisitorRequest",
    "address_of",
    "begin",
    "end",
    "open_to_strangers",
    "pending_code",
    "proven_code",
    "remember_pending",
    "remember_proven",
    "safe_next",
)
