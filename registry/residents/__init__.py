"""Keeper one: who is who. Finds, links, merges, splits, claims, freezes and erases residents.

With `registry.profiles`, the only way to the sealed tables. Callers hold a transaction; nothing here reads
the clock or commits.
"""

from registry.residents.claiming import ClaimRefused, claim, claimant, mobile_digest
from registry.residents.clusters import cluster, clusters, root_of
from registry.residents.contacts import contact, contacts, display_name, mobiles
from registry.residents.erasing import erase
from registry.residents.keeping import keep
from registry.residents.locks import Overtaken
from registry.residents.matching import Match, match
from registry.residents.merging import account_holder, merge, split
from registry.residents.requests import asked_digest, asked_digests, match_level, seal_asked
from registry.residents.standing import freeze, prefer, unfreeze
from registry.residents.turns import created, settle, take_turns

__all__ = (
    "ClaimRefused",
    "Match",
    "Overtaken",
    "account_holder",
    "asked_digest",
    "asked_digests",
    "claim",
    "claimant",
    "cluster",
    "clusters",
    "contact",
    "contacts",
    "created",
    "display_name",
    "erase",
    "freeze",
    "keep",
    "match",
    "match_level",
    "merge",
    "mobile_digest",
    "mobiles",
    "prefer",
    "root_of",
    "seal_asked",
    "settle",
    "split",
    "take_turns",
    "unfreeze",
)
