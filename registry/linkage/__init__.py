"""Who is who, decided by pure functions: a record and candidates in, a reasoned decision out.

Knows no database, no keys and no framework. `normalise` reads a row, `blocking_keys` says under which keys
candidates are found, `decide` weighs them against the model, `contradicts` tells two people apart.
"""

from registry.linkage.blocking import STRONG_KINDS, Key, blocking_keys
from registry.linkage.decide import Candidate, Decision, Evidence, contradicts, decide
from registry.linkage.normalise import normalise
from registry.linkage.person import Person
from registry.linkage.weights import Model, default_model

__all__ = (
    "STRONG_KINDS",
    "Candidate",
    "Decision",
    "Evidence",
    "Key",
    "Model",
    "Person",
    "blocking_keys",
    "contradicts",
    "decide",
    "default_model",
    "normalise",
)
