"""Keeping what `match` decided: residents, data keys, sealed identities, blind indexes, links."""

from collections.abc import Collection, Iterator, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

from registry import keys
from registry.ledger import Event, append
from registry.models.bulk import copy_rows
from registry.residents.identities import identity_place
from registry.residents.indexing import NewIdentifier, add_identifiers
from registry.residents.locks import share_roots
from registry.residents.matching import Match
from registry.residents.resident_keys import open_keys
from registry.vault import DataKey, seal


def keep(*, matches: Sequence[Match], by: str, at: datetime) -> None:
    """Write the people behind these matches; only for rows whose consent holds, in their transaction.

    Raises IntegrityError where another transaction, past the claims, took a strong identifier or erased
    somebody: run the chunk again. Matches that mismatch or are already known are passed over, but their
    residents too are held against erasure until commit.
    """
    meant = [m for m in matches if not m.mismatch]
    fresh = list({m.fingerprint: m for m in reversed(meant) if not m.known}.values())[::-1]
    existing = share_roots({m.holder for m in meant} | {m.doubt for m in fresh if m.doubt is not None}).keys()
    if not fresh:
        return
    created = list(dict.fromkeys(m.holder for m in fresh if m.holder not in existing))
    data_keys = _create(created, at) | open_keys({m.holder for m in fresh} & existing)
    _write_identities(fresh, data_keys, existing | set(created), at)
    add_identifiers(_identifiers(fresh))
    counts = {
        "created": len(created),
        "linked": sum(m.holder in existing for m in fresh),
        "review": sum(m.doubt is not None for m in fresh),
        "identities": len(fresh),
    }
    append(Event.RESIDENTS_LINKED, by=by, at=at, organisation=fresh[0].organisation, details=counts)


def _create(residents: Sequence[UUID], at: datetime) -> dict[UUID, DataKey]:
    """New residents with a data key each."""
    made = keys.new_resident_keys(residents)
    copy_rows("registry_resident", ("id", "status", "created_at"), ((r, "unclaimed", at) for r in residents))
    copy_rows(
        "registry_residentkey",
        ("resident_id", "shard", "shard_version", "wrapped"),
        ((new.resident, new.shard, new.shard_version, new.wrapped) for new in made),
    )
    return {new.resident: new.key for new in made}


def _write_identities(
    fresh: Sequence[Match], data_keys: dict[UUID, DataKey], people: Collection[UUID], at: datetime
) -> None:
    ids = [uuid4() for _ in fresh]
    copy_rows(
        "registry_identity",
        ("id", "resident_id", "organisation_id", "fingerprint", "sealed", "created_at"),
        (
            (row, m.holder, m.organisation, m.fingerprint, _seal(m, row, data_keys), at)
            for row, m in zip(ids, fresh, strict=True)
        ),
    )
    copy_rows(
        "registry_link",
        (
            "identity_id",
            "resident_id",
            "decision",
            "state",
            "candidate_id",
            "weight",
            "evidence",
            "decided_at",
        ),
        (_link(row, m, people, at) for row, m in zip(ids, fresh, strict=True)),
    )


def _seal(match: Match, row: UUID, data_keys: dict[UUID, DataKey]) -> bytes:
    return seal(data_keys[match.holder], match.person.to_json().encode(), identity_place(row, match.holder))


def _link(row: UUID, match: Match, people: Collection[UUID], at: datetime) -> tuple[Any, ...]:
    """A doubt about somebody who was not kept after all is no doubt."""
    doubt = match.doubt if match.doubt in people else None
    decision = "new" if match.decision == "review" and doubt is None else match.decision
    return row, match.holder, decision, "automatic", doubt, match.weight, match.evidence, at


def _identifiers(fresh: Sequence[Match]) -> Iterator[NewIdentifier]:
    """Strong identifiers of somebody else are kept as weak ones: the doubt stays visible."""
    owner: dict[bytes, UUID] = {}
    for m in fresh:
        for entry in m.indexed:
            for version, digest in entry.digests:
                strong = entry.strong and digest not in m.taken
                strong = strong and owner.setdefault(digest, m.holder) == m.holder
                yield NewIdentifier(m.holder, entry.kind, version, digest, strong)
