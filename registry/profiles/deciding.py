"""What becomes of each record of a call, decided without a query.

- nothing on file under its key: accepted
- the same is on file: unchanged; who says it last is noted, where that is newer than what was noted
- something newer is on file, or was retracted later than this speaks of: unchanged, with a warning
- a later row of the same file is on file, since its chunk came first: unchanged
- otherwise it corrects what is on file
"""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import NamedTuple
from uuid import UUID

from registry.models.ids import new_ids
from registry.profiles.records import NEWER, Days, NewRecord, Stored, days_of

NOBODY = UUID(int=0)


class Standing(NamedTuple):
    """A record on file that is shown, or one that was retracted. `upload` and `row` said it last."""

    id: UUID
    content: bytes
    status: str
    consent_id: UUID
    resident: UUID
    as_of: datetime
    upload: UUID | None
    row: int | None
    notice: UUID | None


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
    days: Days
    gone: bool


class Confirmed(NamedTuple):
    """A record on file that this call says again, by which consent and in which row of its file."""

    id: UUID
    consent_id: UUID
    row: int | None


class Said(NamedTuple):
    """When and where this call speaks: its moment, its file (None for none), its day."""

    as_of: datetime
    upload: UUID | None
    on: date


class Decided(NamedTuple):
    """Answers in the records' order, rows to append, records replaced, records said again."""

    stored: list[Stored]
    written: list[Written]
    replaced: list[Standing]
    confirmed: list[Confirmed]


def decide(candidates: Sequence[Candidate], standing: Mapping[bytes, Standing], said: Said) -> Decided:
    """Decide for every record; those of one natural key together, in their order."""
    decided = Decided([Stored(NOBODY, "")] * len(candidates), [], [], [])
    groups: dict[bytes, list[Candidate]] = {}
    for one in candidates:
        groups.setdefault(one.natural, []).append(one)
    ids = new_ids(len(candidates), at=said.as_of)
    for natural, group in groups.items():
        before = standing.get(natural)
        if before is None and len(group) == 1:
            _accept(group[0], ids.pop(), decided, said)
        elif before is None or before.status == "withdrawn":
            if before is not None and before.as_of > said.as_of:
                _leave(group, before, decided, NEWER)
            else:
                _append(group, None, ids, decided, said)
        elif before.content == group[-1].content:
            _confirm(group, before, decided, said)
        elif before.as_of > said.as_of:
            _leave(group, before, decided, NEWER)
        elif _later_row(before, group[-1], said):
            _leave(group, before, decided)
        else:
            _append(group, before, ids, decided, said)
    return decided


def _later_row(before: Standing, last: Candidate, said: Said) -> bool:
    """Whether what is on file is a later row of this very file."""
    same_file = said.upload is not None and before.upload == said.upload
    return same_file and (before.row or 0) > (last.record.row or 0)


def _leave(group: Sequence[Candidate], before: Standing, decided: Decided, warning: str = "") -> None:
    answer = Stored(before.id, "unchanged", warning)
    for one in group:
        decided.stored[one.place] = answer


def _confirm(group: Sequence[Candidate], before: Standing, decided: Decided, said: Said) -> None:
    _leave(group, before, decided)
    last = group[-1].record
    if before.as_of == said.as_of:
        newer = said.upload is not None and not (
            before.upload == said.upload and (before.row or 0) >= (last.row or 0)
        )
    else:
        newer = said.as_of > before.as_of
    if newer or before.consent_id != last.consent_id:
        decided.confirmed.append(Confirmed(before.id, last.consent_id, last.row))


def _accept(one: Candidate, id: UUID, decided: Decided, said: Said) -> None:
    """The usual case, in few steps: a record that nobody has sent before."""
    days = days_of(one.record, on=said.on)
    until = days.retained_until
    gone = until is not None and until <= said.on
    decided.written.append(Written(id, one, "expired" if gone else "active", None, days, gone))
    decided.stored[one.place] = Stored(id, "accepted")


def _append(
    group: Sequence[Candidate], before: Standing | None, ids: list[UUID], decided: Decided, said: Said
) -> None:
    """The group's rows as a chain of which the last one stands; a dispute passes on to it."""
    previous, content = (before.id, before.content) if before is not None else (None, b"")
    chain: list[Written] = []
    for one in group:
        if previous is not None and one.content == content:
            decided.stored[one.place] = Stored(previous, "unchanged")
            continue
        chain.append(_written(ids.pop(), one, "corrected", previous, said.on))
        decided.stored[one.place] = Stored(chain[-1].id, "accepted" if previous is None else "corrected")
        previous, content = chain[-1].id, one.content
    last = chain.pop()
    status = "disputed" if before is not None and before.status == "disputed" else "active"
    decided.written.extend(chain)
    decided.written.append(last._replace(status="expired" if last.gone else status))
    if before is not None:
        decided.replaced.append(before)


def _written(id: UUID, one: Candidate, status: str, supersedes: UUID | None, on: date) -> Written:
    days = days_of(one.record, on=on)
    until = days.retained_until
    return Written(id, one, status, supersedes, days, until is not None and until <= on)
