"""Whether decisions of a chunk still stand beside what others settled while it was at work.

Asked only about people who share a digest or a resident with what others decided. They are held against the
others' descriptions alone; who was new must be new to them, who was linked must be linked to the same.
"""

from collections.abc import Collection, Mapping, Sequence
from uuid import UUID

from registry.linkage import contradicts, decide, default_model
from registry.residents.candidates import Pool, gather
from registry.residents.matching import Match
from registry.residents.turns import look
from registry.vault import DataKey


def note(fresh: Sequence[Match], identities: Collection[UUID], made: Mapping[UUID, DataKey]) -> None:
    """Have `settle` ask again about these matches, which were kept as these identities.

    The data keys made for them are at hand until then (`keys_made`).
    """
    own = frozenset(identities)
    keys = {key for m in fresh for key in _keys(m)}
    turn = look()
    turn.made.update(made)
    turn.note(keys, lambda common: _stand(fresh, own, common))


def _keys(match: Match) -> list[bytes]:
    """What a decision rests on: digests, and the residents it speaks of."""
    digests = [digest for entry in match.indexed for _version, digest in entry.digests]
    if match.decision == "new":
        return digests
    return [*digests, match.resident.bytes[-8:], *([match.doubt.bytes[-8:]] if match.doubt else [])]


def _stand(fresh: Sequence[Match], own: Collection[UUID], common: Collection[bytes]) -> bool:
    asked = [m for m in fresh if not {key[:8] for key in _keys(m)}.isdisjoint(common)]
    also = {m.resident for m in asked if m.decision != "new"}
    pool = gather([entry for m in asked for entry in m.indexed], also, own)
    return all(_stands(m, pool) for m in asked)


def _stands(match: Match, pool: Pool) -> bool:
    digests = [digest for entry in match.indexed for digest in entry.all]
    known = match.resident in pool.known
    also = match.resident if known and match.decision == "reference" else None
    found = decide(match.person, pool.candidates(digests, also), default_model())
    if match.decision == "reference":
        elsewhere = found.kind == "linked" and found.resident != match.resident
        return not elsewhere and not any(
            contradicts(match.person, other) for other in pool.persons(match.resident)
        )
    if match.decision == "linked" and known:
        return found.kind == "linked" and found.resident == match.resident
    if match.decision == "review" and found.kind == "review":
        return found.resident == match.doubt
    return found.kind == "new"
