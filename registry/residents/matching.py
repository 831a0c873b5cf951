"""Who the people of a chunk are: known residents, doubtful ones, or new.

1. normalise every distinct identity once; a chunk of bills names the same person many times
2. meet identities this furnisher sent before by their fingerprint; nothing is opened for them
3. note how far others have come, so that `settle` can see whether they decided the same people meanwhile
4. find candidates with one query and open them once
5. decide in row order; whoever is decided is a candidate for the rows below
6. hold each decision against the consent reference of its row
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from django.db import connection

from registry.errors import RegistryError
from registry.linkage import Decision, Person, contradicts, decide, default_model, normalise
from registry.models.arrays import bytes_array
from registry.models.ids import new_ids
from registry.residents.candidates import Pool, gather
from registry.residents.clusters import root_of
from registry.residents.indexing import Indexed, index_many, stable_digest
from registry.residents.turns import look

# Whoever is erased has another, random fingerprint from then on.
_KNOWN = """
SELECT wanted.fingerprint, found.resident_id FROM unnest(%s::bytea[]) AS wanted(fingerprint)
CROSS JOIN LATERAL (
    SELECT resident_id FROM registry_identity i WHERE i.fingerprint = wanted.fingerprint LIMIT 1
) AS found
"""


class Match(NamedTuple):
    """What was decided for one row's identity, and why.

    `resident` is a root, or the id a new resident would get (`is_new`); `holder` is the member of its cluster
    under whom the row's identity and records are kept, so that they stay with the right one after a split.
    `doubt` is the resident it might be after all (decision `review`). `mismatch` says that the row's consent
    reference belongs to another person. `known` says this furnisher sent the very same identity before:
    there is nothing to keep. `taken` are strong digests that belong to somebody else.
    """

    resident: UUID
    holder: UUID
    decision: str
    weight: float
    evidence: list[dict[str, object]]
    is_new: bool
    mismatch: bool
    known: bool
    doubt: UUID | None
    organisation: UUID | None
    fingerprint: bytes
    person: Person
    indexed: list[Indexed]
    taken: frozenset[bytes] = frozenset()

    def __repr__(self) -> str:
        return f"Match({self.decision}, resident={self.resident}, holder={self.holder})"


_NOTHING: list[dict[str, object]] = []
_UNINDEXED: list[Indexed] = []
_NONE_TAKEN: frozenset[bytes] = frozenset()


class _Distinct(NamedTuple):
    """One distinct identity of the chunk under one consent reference."""

    person: Person
    fingerprint: bytes
    reference: UUID | None


_Key = tuple[bytes, UUID | None]


def match(
    *,
    identities: Sequence[Mapping[str, str]],
    organisation: UUID | None,
    references: Mapping[int, UUID],
    at: datetime,
) -> list[Match]:
    """Decide for every row who it is about; `references[i]` is the resident of row i's consent reference.

    Must run inside a transaction, whose last act is `settle`. Nothing is written about the people themselves;
    `keep` does that for the rows whose consent holds. A reference to somebody who was erased says nothing.
    """
    if not connection.in_atomic_block:
        raise RegistryError("residents.match needs a transaction")
    rows, distinct = _distinct(identities, organisation, references)  # 1
    look()  # 3
    known = _known({item.fingerprint for item in distinct.values()})  # 2
    unknown = {item.fingerprint: item.person for item in distinct.values() if item.fingerprint not in known}
    indexed = dict(zip(unknown, index_many(unknown.values()), strict=True))
    roots = root_of({*known.values(), *(item.reference for item in distinct.values() if item.reference)})
    referred = _in_question(distinct.values(), known, roots)
    pool = gather([entry for entries in indexed.values() for entry in entries], referred)  # 4
    strangers = sum(item.fingerprint in indexed for item in distinct.values())
    chunk = _Chunk(organisation, known, roots, pool, indexed, new_ids(strangers, at=at))
    decided = {key: chunk.decide(item) for key, item in distinct.items()}
    return [decided[key] for key in rows]


@dataclass(slots=True)
class _Chunk:
    """What every decision of one chunk rests on.

    `known` maps fingerprints to residents, `indexed` the others to their blind indexes; `ids` are for those
    who turn out to be new.
    """

    organisation: UUID | None
    known: Mapping[bytes, UUID]
    roots: Mapping[UUID, UUID]
    pool: Pool
    indexed: Mapping[bytes, list[Indexed]]
    ids: list[UUID]

    def decide(self, item: _Distinct) -> Match:
        """Decide one identity and make it a candidate for the next ones."""
        referred = self.roots.get(item.reference) if item.reference else None
        if referred is not None and referred not in self.pool.known:
            referred = None
        if item.fingerprint in self.known:
            return self._meet(item, referred)
        indexed = self.indexed[item.fingerprint]
        digests = [digest for entry in indexed for _version, digest in entry.digests]
        if referred is None and self.pool.strangers(digests):
            return self._introduce(item, indexed, digests)
        return self._weigh(item, indexed, digests, referred)

    def _introduce(self, item: _Distinct, indexed: list[Indexed], digests: list[bytes]) -> Match:
        """Somebody whom nobody shares a digest with: nothing to compare, and nothing to weigh."""
        who = self.ids.pop()
        self.pool.learn(who, who, item.person, digests)
        return Match(
            who,
            who,
            "new",
            0.0,
            _NOTHING,
            True,
            False,
            False,
            None,
            self.organisation,
            item.fingerprint,
            item.person,
            indexed,
        )

    def _weigh(
        self, item: _Distinct, indexed: list[Indexed], digests: list[bytes], referred: UUID | None
    ) -> Match:
        decision = decide(item.person, self.pool.candidates(digests, referred), default_model())  # 5
        root, kind, mismatch = self._against(item.person, decision, referred)  # 6
        who = root or self.ids.pop()
        holder = self._holder(item, who, referred if not mismatch else None)
        if not mismatch:
            self.pool.learn(who, holder, item.person, digests)
        return Match(
            resident=who,
            holder=holder,
            decision=kind,
            weight=decision.weight,
            evidence=decision.evidence_json() or _NOTHING,
            is_new=root is None,
            mismatch=mismatch,
            known=False,
            doubt=decision.resident if kind == "review" else None,
            organisation=self.organisation,
            fingerprint=item.fingerprint,
            person=item.person,
            indexed=indexed,
            taken=self._taken(indexed, holder),
        )

    def _meet(self, item: _Distinct, referred: UUID | None) -> Match:
        holder = self.known[item.fingerprint]
        root = self.roots[holder]
        return Match(
            root,
            holder,
            "linked",
            0.0,
            _NOTHING,
            False,
            referred is not None and referred != root,
            True,
            None,
            self.organisation,
            item.fingerprint,
            item.person,
            _UNINDEXED,
        )

    def _against(
        self, person: Person, decision: Decision, referred: UUID | None
    ) -> tuple[UUID | None, str, bool]:
        """The root decided for (None for a new resident), the kind of decision, and whether they mismatch."""
        if decision.kind == "linked":
            return decision.resident, "linked", referred is not None and referred != decision.resident
        if referred is None:
            return None, decision.kind, False
        mismatch = any(contradicts(person, known) for known in self.pool.persons(referred))
        return referred, "reference", mismatch

    def _holder(self, item: _Distinct, root: UUID, referred: UUID | None) -> UUID:
        """The resident whom a consent reference names, else the member most alike."""
        if referred is not None and item.reference is not None:
            return item.reference
        return self.pool.holder(root, item.person, default_model())

    def _taken(self, indexed: Collection[Indexed], holder: UUID) -> frozenset[bytes]:
        owners = self.pool.owners
        return (
            frozenset(
                digest
                for entry in indexed
                if entry.strong and {owners[d] for d in entry.all if d in owners} - {holder}
                for digest in entry.all
            )
            or _NONE_TAKEN
        )


def _distinct(
    identities: Sequence[Mapping[str, str]], organisation: UUID | None, references: Mapping[int, UUID]
) -> tuple[list[_Key], dict[_Key, _Distinct]]:
    source = organisation.hex if organisation else "-"
    seen: dict[tuple[tuple[str, str], ...], tuple[Person, bytes]] = {}
    distinct: dict[_Key, _Distinct] = {}
    rows: list[_Key] = []
    for number, identity in enumerate(identities):
        raw = tuple(identity.items())
        found = seen.get(raw)
        if found is None:
            person = normalise(identity)
            found = seen[raw] = person, stable_digest("fingerprint", f"{source}|{person.to_json()}")
        reference = references.get(number)
        key = found[1], reference
        rows.append(key)
        if key not in distinct:
            distinct[key] = _Distinct(*found, reference)
    return rows, distinct


def _in_question(
    distinct: Iterable[_Distinct], known: Mapping[bytes, UUID], roots: Mapping[UUID, UUID]
) -> set[UUID]:
    """Those referred to who must be opened: not where somebody known is named as who they are."""
    found = set()
    for _person, fingerprint, reference in distinct:
        if reference is not None and reference in roots:
            holder = known.get(fingerprint)
            if holder is None or (holder != reference and roots[holder] != roots[reference]):
                found.add(reference)
    return found


def _known(fingerprints: Collection[bytes]) -> dict[bytes, UUID]:
    with connection.cursor() as cursor:
        cursor.execute(_KNOWN, [bytes_array(fingerprints)])
        return {bytes(fingerprint): resident for fingerprint, resident in cursor.fetchall()}
