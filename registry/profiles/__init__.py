"""Keeper two: what is known. Stores records, opens profiles, ends records on their day.

With `registry.residents`, the only way to the sealed tables. A profile opens only for a named reader, a
purpose and a time, and never without its ledger entry. Callers hold a transaction; nothing here reads the
clock or commits.
"""

from registry.profiles.ending import expire, withdraw
from registry.profiles.holding import Held, held, pseudonym
from registry.profiles.reading import OpenRecord, Profile, Reader, read
from registry.profiles.records import NewRecord, Stored
from registry.profiles.storing import store

__all__ = (
    "Held",
    "NewRecord",
    "OpenRecord",
    "Profile",
    "Reader",
    "Stored",
    "expire",
    "held",
    "pseudonym",
    "read",
    "store",
    "withdraw",
)
