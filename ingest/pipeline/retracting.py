"""Records taken back by machines, each in a transaction of its own, answered at once.

1. which record is meant: by upload and row, or by the person and the fields of its natural key
2. whom the identity belongs to, decided as for any row; a person who would be new has no record
3. take it back, unless it is disputed
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import partial
from typing import Any, NamedTuple
from uuid import UUID

from django.conf import settings
from django.utils import timezone

from ingest.errors import RecordTypeUnknown
from ingest.mapping import Mapping as Columns
from ingest.pipeline.chunk import again
from ingest.readers import Row
from ingest.validation import RowError, validate
from registry import profiles, residents
from registry.catalogue import IDENTITY_FIELDS, RECORD_TYPES, jurisdiction
from registry.catalogue.columns import read_columns
from registry.models import Organisation

REASONS = ("mistake", "wrong_person", "no_longer_wanted")
_FILE = {"upload", "row"}


class Retracted(NamedTuple):
    """What became of one record to be taken back, by place in the request, from 0.

    `kept` says that its content stays sealed as history, since a lender may have seen it.
    """

    place: int
    kept: bool = False
    errors: tuple[RowError, ...] = ()


class _Asked(NamedTuple):
    organisation: Organisation
    type: str
    reason: str
    by: str
    at: datetime


def retract_each(
    *, organisation: UUID, records: Sequence[Mapping[str, Any]], type: str, reason: str, by: str, at: datetime
) -> list[Retracted]:
    """Take records of one type back; a result each, in order. `reason` is one of REASONS.

    It needs no licence: whose licence has ended must still be able to put right. Raises RecordTypeUnknown.
    """
    if type not in RECORD_TYPES:
        raise RecordTypeUnknown(candidates=list(RECORD_TYPES))
    asked = _Asked(Organisation.objects.get(id=organisation), type, reason, by, at)
    return [again(partial(_retract, place, said, asked)) for place, said in enumerate(records)]


def _retract(place: int, said: Mapping[str, Any], asked: _Asked) -> Retracted:
    record, faults = _of_row(said, asked) if _FILE & said.keys() else _of_person(place, said, asked)  # 1
    if faults:
        return Retracted(place, errors=faults)
    if record is None:
        return Retracted(place, errors=(RowError("record_not_found", ""),))
    done = profiles.retract(  # 3
        organisation=asked.organisation.id, records=[record], by=asked.by, at=asked.at, reason=asked.reason
    )
    if done.get(record) == "disputed":
        return Retracted(place, errors=(RowError("record_disputed", ""),))
    if record not in done:
        return Retracted(place, errors=(RowError("record_not_found", ""),))
    return Retracted(place, kept=done[record] == "reported")


def _of_row(said: Mapping[str, Any], asked: _Asked) -> tuple[UUID | None, tuple[RowError, ...]]:
    if said.keys() != _FILE:
        return None, (RowError("json_unknown_key", ""),)
    try:
        upload, row = UUID(str(said["upload"])), int(str(said["row"]))
    except ValueError:
        return None, ()
    if not 0 <= row < 1 << 31:
        return None, ()
    return profiles.record_of_row(organisation=asked.organisation.id, upload=upload, row=row), ()


def _of_person(
    place: int, said: Mapping[str, Any], asked: _Asked
) -> tuple[UUID | None, tuple[RowError, ...]]:
    kind = RECORD_TYPES[asked.type]
    if said.keys() - {*kind.fields, *IDENTITY_FIELDS}:
        return None, (RowError("json_unknown_key", ""),)
    cells = {name: str(value) for name, value in said.items() if isinstance(value, str | bool | int)}
    if cells.keys() != said.keys():
        return None, (RowError("json_nested", ""),)
    records, issues, _filled = read_columns(kind, {name: [text] for name, text in cells.items()}, 1)
    faults = [
        RowError(one.code, one.field)
        for one in issues.get(0, ())
        if one.field in kind.natural_key and not one.warning
    ]
    named = tuple(name for name in cells if name in IDENTITY_FIELDS)
    (row,) = validate(
        [Row(place, [cells[name] for name in named])],
        mapping=Columns("", named, named),
        number_policy="accept_with_warning",
        today=timezone.localdate(asked.at),
        rules=jurisdiction(settings.JURISDICTION),
    )
    faults += row.errors
    if faults:
        return None, tuple(faults)
    (match,) = residents.match(  # 2
        identities=[row.identity], organisation=asked.organisation.id, references={}, at=asked.at
    )
    if match.is_new:
        return None, ()
    people = [(match.resident, records[0])]
    return profiles.standing_records(organisation=asked.organisation.id, type=asked.type, people=people)[
        0
    ], ()
