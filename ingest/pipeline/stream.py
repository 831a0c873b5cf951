"""Lines of a stream become records: a batch of what has come is kept in one transaction, then answered.

1. read: a line is one flat object whose names are the catalogue's; what it is not is that row's fault
2. keep: the batch goes the way of a file's chunk (`process_batch`), under the stream's upload
3. answer: one result a line, in order; what was answered is kept whatever comes after
"""

import json
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.conf import settings
from django.utils import timezone

from ingest import services
from ingest.errors import ForbiddenColumn
from ingest.errors.requests import StreamOver
from ingest.mapping import Mapping, forbidden_columns
from ingest.pipeline.chunk import Job, Result, again, process_batch
from ingest.readers import Row
from ingest.readers.json_values import text_of
from ingest.services import closing
from ingest.validation import batch_of
from registry.catalogue import CONSENT_FIELDS, IDENTITY_FIELDS, RECORD_TYPES, jurisdiction

LONGEST = timedelta(hours=1)
"""Whoever goes on begins anew: a stream keeps one of few places, and its people are told of it once."""


@dataclass(slots=True)
class Stream:
    """An open stream: its upload and type, whose it is, since when, and how many lines it had."""

    upload: UUID
    type: str
    by: str
    begun: datetime
    columns: tuple[str, ...] = ()
    lines: int = 0
    _places: dict[str, int] = field(default_factory=dict)
    _lawful: set[str] = field(default_factory=set)

    def __post_init__(self) -> None:
        self.columns = tuple({**RECORD_TYPES[self.type].fields, **IDENTITY_FIELDS, **CONSENT_FIELDS})
        self._places = {name: place for place, name in enumerate(self.columns)}

    def read(self, lines: Sequence[bytes]) -> list[Row]:  # 1
        """The lines as rows, numbered from where the stream was; blank lines are none, and count.

        Raises ForbiddenColumn where a line names what may never be collected.
        """
        rows = []
        for line in lines:
            self.lines += 1
            if line.strip():
                rows.append(self._row(line))
        return rows

    def _row(self, line: bytes) -> Row:
        try:
            found = json.loads(line, parse_float=str, parse_int=str, object_pairs_hook=_object)
        except (ValueError, RecursionError):
            return Row(self.lines, [], "json_invalid")
        if not isinstance(found, _Object):
            return Row(self.lines, [], "json_invalid")
        if found.doubled:
            return Row(self.lines, [], "json_duplicate_key")
        self._require_lawful(found.keys() - self._lawful)
        if not found.keys() <= self._places.keys():
            return Row(self.lines, [], "json_unknown_key")
        cells = [""] * len(self.columns)
        for name, value in found.items():
            text = text_of(value)
            if text is None:
                return Row(self.lines, [], "json_nested")
            cells[self._places[name]] = text
        return Row(self.lines, cells)

    def _require_lawful(self, names: set[str]) -> None:
        if not names:
            return
        for column in forbidden_columns(sorted(names), jurisdiction(settings.JURISDICTION)):
            raise ForbiddenColumn(column=column)
        self._lawful |= names & self._places.keys()


class _Object(dict[str, Any]):
    """A JSON object, and whether it said a name twice."""

    doubled = False


def _object(pairs: list[tuple[str, Any]]) -> _Object:
    found = _Object(pairs)
    found.doubled = len(found) != len(pairs)
    return found


def keep_lines(stream: Stream, lines: Sequence[bytes], *, at: datetime) -> list[Result]:
    """Keep what came, in a transaction of its own; a result for each line that is not blank, in order.

    Raises StreamOver, also after `LONGEST`, KeyRequired, ForbiddenColumn; then nothing of them is kept.
    """
    if at >= stream.begun + LONGEST:
        raise StreamOver(upload=str(stream.upload))
    rows = stream.read(lines)
    if not rows:
        return []
    size = sum(map(len, lines))
    return again(lambda: _keep(stream, rows, size, at))


def _keep(stream: Stream, rows: Sequence[Row], size: int, at: datetime) -> list[Result]:  # 2
    began = time.perf_counter()
    upload = services.hold_stream(upload=stream.upload, at=at)
    chunk = services.add_batch(upload, numbers=[row.number for row in rows], bytes=size, at=at)
    mapping = Mapping(stream.type, stream.columns, stream.columns)
    place = upload.id, chunk.number, upload.as_of or upload.received_at
    job = Job(upload.organisation, upload.licence_id, mapping, stream.by, at, *place)
    results, judged = process_batch(batch_of(rows, len(stream.columns)), job)
    closing.close(
        chunk,
        [(one.row, one.outcome, one.errors, one.warnings) for one in results],
        closing.quality_of(judged, stream.type, on=timezone.localdate(at)),
        seconds=time.perf_counter() - began,
    )
    return results
