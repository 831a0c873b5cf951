"""What becomes of each record of a call, decided without a query."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import NamedTuple
from uuid import UUID, uuid4

from registry.profiles.records import Digests, NewRecord, Stored, canonical, retained_until


class Standing(NamedTuple):
    """A record on file that is shown."""

    id: UUID
    content: bytes
    status: str
    consent_id: UUID
    upload: UUID | None
    row: int | None


class Candidate(NamedTuple):
    """A record of this call with its digests, and the member of the cluster whom it is kept under."""

    place: int
    record: NewRecord
    resident: UUID
    natural: bytes
    content: bytes
    text: bytes


class Written(NamedTuple):
    """A row to be appended. What had to be gone before today is kept as an empty row."""

    id: UUID
    one: Candidate
    status: str
    supersedes: UUID | None
    retained_until: date | None
    gone: bool


@dataclass(slots=True)
class Decided:
    """Answers in the records' order, rows to append, records replaced, records that change their consent."""

    stored: list[Stored]
    written: list[Written] = field(default_factory=list)
    replaced: list[UUID] = field(default_factory=list)
    moved: dict[UUID, UUID] = field(default_factory=dict)


Naturals = Sequence[tuple[UUID, bytes]]
"""A record's natural digest under each member of its cluster, its own resident first."""


def decide(
    records: Sequence[NewRecord],
    naturals: Sequence[Naturals],
    standing: Mapping[bytes, Standing],
    digests: Digests,
    *,
    upload: UUID | None,
    on: date,
) -> Decided:
    """Decide for every record; those of one natural key together, in their order."""
    groups: dict[bytes, list[Candidate]] = {}
    for place, (record, keys) in enumerate(zip(records, naturals, strict=True)):
        # Where it is on file already, under whichever member, there its correction belongs.
        resident, natural = next((pair for pair in keys if pair[1] in standing), keys[0])
        text = canonical(record.fields)
        one = Candidate(place, record, resident, natural, digests.content(natural, text), text)
        groups.setdefault(natural, []).append(one)
    decided = Decided([Stored(UUID(int=0), "")] * len(records))
    for natural, group in groups.items():
        before = standing.get(natural)
        if before is not None and _stands(group[-1], before, upload):
            _leave(group, before, decided)
        else:
            _append(group, before, decided, on)
    return decided


def _stands(last: Candidate, before: Standing, upload: UUID | None) -> bool:
    """Whether what stands is this very record, or a later row of the same file whose chunk came first."""
    later = upload is not None and before.upload == upload and (before.row or 0) > (last.record.row or 0)
    return later or before.content == last.content


def _leave(group: Sequence[Candidate], before: Standing, decided: Decided) -> None:
    for one in group:
        decided.stored[one.place] = Stored(before.id, "unchanged")
    last = group[-1]
    if before.content == last.content and before.consent_id != last.record.consent_id:
        decided.moved[before.id] = last.record.consent_id


def _append(group: Sequence[Candidate], before: Standing | None, decided: Decided, on: date) -> None:
    """The group's rows as a chain of which the last one stands; a dispute passes on to it."""
    previous, content = (before.id, before.content) if before is not None else (None, b"")
    chain: list[Written] = []
    for one in group:
        if previous is not None and one.content == content:
            decided.stored[one.place] = Stored(previous, "unchanged")
            continue
        chain.append(_history(one, previous, on))
        decided.stored[one.place] = Stored(chain[-1].id, "accepted" if previous is None else "corrected")
        previous, content = chain[-1].id, one.content
    status = "disputed" if before is not None and before.status == "disputed" else "active"
    chain[-1] = chain[-1]._replace(status="expired" if chain[-1].gone else status)
    decided.written += chain
    if before is not None:
        decided.replaced.append(before.id)


def _history(one: Candidate, supersedes: UUID | None, on: date) -> Written:
    until = retained_until(one.record)
    return Written(uuid4(), one, "corrected", supersedes, until, until is not None and until <= on)
