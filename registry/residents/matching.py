"""Who the people of a chunk are: known residents, doubtful ones, or new.

1. normalise every distinct identity once; a chunk of bills names the same person many times
2. meet identities this furnisher sent before by their fingerprint; nothing is opened for them
3. claim the blocking keys of the rest, so that no other transaction decides the same people meanwhile
4. find candidates with one query and open them once
5. decide in row order; whoever is decided is a candidate for the rows below
6. hold each decision against the consent reference of its row
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID, uuid4

from django.db import connection

from registry.errors import RegistryError
from registry.linkage import Decision, Person, contradicts, decide, default_model, normalise
from registry.models import Identity
from registry.residents.candidates import Pool, gather
from registry.residents.clusters import root_of
from registry.residents.indexing import Indexed, index, stable_digest
from registry.residents.turns import take_turns


@dataclass(frozen=True, slots=True)
class Match:
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
    fingerprint: bytes = field(repr=False)
    person: Person = field(repr=False)
    indexed: list[Indexed] = field(repr=False)
    taken: frozenset[bytes] = field(repr=False, default=frozenset())


@dataclass(slots=True)
class _Distinct:
    """One distinct identity of the chunk under one consent reference."""

    person: Person
    fingerprint: bytes
    reference: UUID | None
    indexed: list[Indexed] = field(default_factory=list)


def match(
    *,
    identities: Sequence[Mapping[str, str]],
    organisation: UUID | None,
    references: Mapping[int, UUID],
    at: datetime,
) -> list[Match]:
    """Decide for every row who it is about; `references[i]` is the resident of row i's consent reference.

    Must run inside a transaction: the claims of step 3 hold until its end. Nothing is written about the
    people themselves; `keep` does that for the rows whose consent holds. A reference to somebody who was
    erased says nothing.
    """
    if not connection.in_atomic_block:
        raise RegistryError("residents.match needs a transaction")
    rows, distinct = _distinct(identities, organisation, references)  # 1
    items = list(distinct.values())
    known = _known({item.fingerprint for item in items})  # 2
    unknown = [item for item in items if item.fingerprint not in known]
    for item in unknown:
        item.indexed = index(item.person)
    if unknown:
        _claim(unknown)  # 3
        known |= _known({item.fingerprint for item in unknown})  # kept by another upload while we waited
    referred = {item.reference for item in items if item.reference is not None}
    roots = root_of(referred | set(known.values()))
    indexed = [entry for item in unknown if item.fingerprint not in known for entry in item.indexed]
    chunk = _Chunk(organisation, known, roots, gather(indexed, referred & roots.keys()))  # 4
    decided = {key: chunk.decide(item) for key, item in distinct.items()}
    return [decided[key] for key in rows]


@dataclass(frozen=True, slots=True)
class _Chunk:
    """What every decision of one chunk rests on; `known` maps fingerprints to residents."""

    organisation: UUID | None
    known: Mapping[bytes, UUID]
    roots: Mapping[UUID, UUID]
    pool: Pool

    def decide(self, item: _Distinct) -> Match:
        """Decide one identity and make it a candidate for the next ones."""
        referred = self.roots.get(item.reference) if item.reference else None
        if referred is not None and referred not in self.pool.known:
            referred = None
        if item.fingerprint in self.known:
            return self._meet(item, referred)
        decision = decide(item.person, self.pool.candidates(item.indexed, referred), default_model())  # 5
        root, kind, mismatch = self._against(item.person, decision, referred)  # 6
        is_new = root is None
        who = root or uuid4()
        holder = self._holder(item, who, referred if not mismatch else None)
        if not mismatch:
            self.pool.learn(who, holder, item.person, item.indexed)
        return Match(
            resident=who,
            holder=holder,
            decision=kind,
            weight=decision.weight,
            evidence=decision.evidence_json(),
            is_new=is_new,
            mismatch=mismatch,
            known=False,
            doubt=decision.resident if kind == "review" else None,
            organisation=self.organisation,
            fingerprint=item.fingerprint,
            person=item.person,
            indexed=item.indexed,
            taken=self._taken(item.indexed, holder),
        )

    def _meet(self, item: _Distinct, referred: UUID | None) -> Match:
        holder = self.known[item.fingerprint]
        root = self.roots[holder]
        mismatch = referred is not None and referred != root
        return Match(
            resident=root,
            holder=holder,
            decision="linked",
            weight=0.0,
            evidence=[],
            is_new=False,
            mismatch=mismatch,
            known=True,
            doubt=None,
            organisation=self.organisation,
            fingerprint=item.fingerprint,
            person=item.person,
            indexed=[],
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
        return frozenset(
            digest
            for entry in indexed
            if entry.strong and {owners[d] for d in entry.all if d in owners} - {holder}
            for digest in entry.all
        )


def _distinct(
    identities: Sequence[Mapping[str, str]], organisation: UUID | None, references: Mapping[int, UUID]
) -> tuple[list[tuple[bytes, UUID | None]], dict[tuple[bytes, UUID | None], _Distinct]]:
    source = organisation.hex if organisation else "-"
    seen: dict[tuple[str, ...], tuple[Person, bytes]] = {}
    distinct: dict[tuple[bytes, UUID | None], _Distinct] = {}
    rows: list[tuple[bytes, UUID | None]] = []
    for number, identity in enumerate(identities):
        raw = tuple(value for pair in sorted(identity.items()) for value in pair)
        if raw not in seen:
            person = normalise(identity)
            seen[raw] = person, stable_digest("fingerprint", f"{source}|{person.to_json()}")
        person, fingerprint = seen[raw]
        key = fingerprint, references.get(number)
        rows.append(key)
        if key not in distinct:
            distinct[key] = _Distinct(person, fingerprint, key[1])
    return rows, distinct


def _known(fingerprints: Collection[bytes]) -> dict[bytes, UUID]:
    found = Identity.objects.filter(fingerprint__in=fingerprints, resident__data_key__wrapped__isnull=False)
    pairs = found.values_list("fingerprint", "resident_id")
    return {bytes(fingerprint): resident for fingerprint, resident in pairs}


def _claim(items: Sequence[_Distinct]) -> None:
    """Wait until no other open transaction decides any of these keys."""
    digests = {digest for item in items for entry in item.indexed for digest in entry.all}
    digests |= {item.fingerprint for item in items}
    take_turns(digests)
