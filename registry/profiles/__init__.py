"""Keeper two: what is known. Stores records, opens profiles, ends records on their day.

With `registry.residents`, the only way to the sealed tables. A profile opens only for a named reader, a
purpose and a time, and never without its ledger entry. Callers hold a transaction; nothing here reads the
clock or commits.
"""

from registry.profiles.ending import expire, withdraw
from registry.profiles.finding import record_of_row, standing_records
from registry.profiles.holding import Held, held, held_back, pseudonym
from registry.profiles.notices import announce_due
from registry.profiles.reading import OpenRecord, Profile, Reader, read
from registry.profiles.records import NewRecord, Stored
from registry.profiles.retracting import Undone, retract, retracted_since, undo, undoable
from registry.profiles.storing import store

__all__ = (
    "Held",
    "NewRecord",
    "OpenRecord",
    "Profile",
    "Reader",
    "Stored",
    "Undone",
    "announce_due",
    "expire",
    "held",
    "held_back",
    "pseudonym",
    "read",
    "record_of_row",
    "retract",
    "retracted_since",
    "standing_records",
    "store",
    "undo",
    "undoable",
    "withdraw",
)
