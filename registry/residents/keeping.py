"""Keeping what `match` decided: residents, data keys, sealed identities, blind indexes, links."""

from collections import Counter
from collections.abc import Collection, Sequence
from datetime import datetime
from uuid import UUID

from registry import keys
from registry.ledger import Event, append
from registry.models.bulk import copy_columns
from registry.models.ids import new_ids
from registry.residents.indexing import NewIdentifier, add_identifiers, copy_identifiers
from registry.residents.locks import share_roots
from registry.residents.matching import Match
from registry.residents.resident_keys import open_keys
from registry.residents.settling import note
from registry.vault import DataKey, seal_rows


def keep(*, matches: Sequence[Match], by: str, at: datetime) -> None:
    """Write the people behind these matches; only for rows whose consent holds, in their transaction.

    Raises IntegrityError where another transaction took a strong identifier or a fingerprint, or erased
    somebody: run the chunk again. Matches that mismatch or are already known are passed over, but their
    residents too are held against erasure until commit. The transaction ends with `settle`.
    """
    meant = [m for m in matches if not m.mismatch]
    fresh = list({m.fingerprint: m for m in reversed(meant) if not m.known}.values())[::-1]
    new = {m.holder for m in meant if m.is_new}
    held = {m.holder for m in meant} | {m.doubt for m in fresh if m.doubt is not None}
    existing = share_roots(held - new).keys()
    if not fresh:
        return
    created = list(dict.fromkeys(m.holder for m in fresh if m.holder not in existing))
    made = _create(created, at)
    data_keys = made | open_keys({m.holder for m in fresh} & existing)
    identities = _write_identities(fresh, data_keys, existing | set(created), at)
    _write_identifiers(fresh, set(created))
    note(fresh, identities, made)
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
    count = len(made)
    copy_columns(
        "registry_resident", {"id": residents, "status": ["unclaimed"] * count, "created_at": [at] * count}
    )
    copy_columns(
        "registry_residentkey",
        {
            "resident_id": residents,
            "shard": [new.shard for new in made],
            "shard_version": [new.shard_version for new in made],
            "wrapped": [new.wrapped for new in made],
        },
    )
    return {new.resident: new.key for new in made}


def _write_identities(
    fresh: Sequence[Match], data_keys: dict[UUID, DataKey], people: Collection[UUID], at: datetime
) -> list[UUID]:
    """Identities and links, in order of the fingerprints, so that two writers cannot block each other."""
    fresh = sorted(fresh, key=lambda m: m.fingerprint)
    ids = new_ids(len(fresh), at=at)
    holders = [m.holder for m in fresh]
    copy_columns(
        "registry_identity",
        {
            "id": ids,
            "resident_id": holders,
            "organisation_id": [m.organisation for m in fresh],
            "fingerprint": [m.fingerprint for m in fresh],
            "sealed": seal_rows(
                "registry_identity",
                "sealed",
                [
                    (data_keys[m.holder], m.person.to_json().encode(), row, m.holder)
                    for row, m in zip(ids, fresh, strict=True)
                ],
            ),
            "created_at": [at] * len(ids),
        },
    )
    decisions = [_decision(m, people) for m in fresh]
    copy_columns(
        "registry_link",
        {
            "identity_id": ids,
            "resident_id": holders,
            "decision": [decision for decision, _doubt in decisions],
            "state": ["automatic"] * len(ids),
            "candidate_id": [doubt for _decision, doubt in decisions],
            "weight": [m.weight for m in fresh],
            "evidence": [m.evidence for m in fresh],
            "decided_at": [at] * len(ids),
        },
    )
    return ids


def _decision(match: Match, people: Collection[UUID]) -> tuple[str, UUID | None]:
    """A doubt about somebody who was not kept after all is no doubt."""
    if match.doubt is None:
        return match.decision, None
    return (match.decision, match.doubt) if match.doubt in people else ("new", None)


def _write_identifiers(fresh: Sequence[Match], created: Collection[UUID]) -> None:
    """Digests of people who are wholly new are appended; those of others may be on file already.

    Strong identifiers of somebody else are kept as weak ones: the doubt stays visible.
    """
    owner: dict[bytes, UUID] = {}
    meeting: list[NewIdentifier] = []
    apart: list[tuple[UUID, str, int, bytes, bool]] = []
    often = Counter(m.holder for m in fresh)
    for m in fresh:
        holder, taken = m.holder, m.taken
        alone = often[holder] == 1 and holder in created
        for kind, named, digests in m.indexed:
            for version, digest in digests:
                strong = named and digest not in taken and owner.setdefault(digest, holder) == holder
                if alone:
                    apart.append((holder, kind, version, digest, strong))
                else:
                    meeting.append(NewIdentifier(holder, kind, version, digest, strong))
    add_identifiers(meeting)
    copy_identifiers(apart)
