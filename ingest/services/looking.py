"""A look at the head of a file: what it is, which columns it has, its first rows, and what they seem to be.

1. read the head as the file shows itself, and recall what was confirmed of such tables before
2. read it again where somebody chose otherwise, now or the last time
3. hold the columns against what was chosen or remembered, the headers, the first rows' cells
"""

from dataclasses import dataclass, field
from itertools import islice
from typing import Any, BinaryIO, NamedTuple

from django.conf import settings

from ingest.errors import ForbiddenColumn, UploadError
from ingest.mapping import Mapping, guess
from ingest.models import Upload
from ingest.queries import name_of
from ingest.readers import Choices, Limits, Row, Table, read
from ingest.services import remembering
from ingest.services.remembering import Memory
from registry import staging
from registry.catalogue import jurisdiction

HEAD = 50
"""So many rows are looked at before anything is decided."""
_CELLS, _CHARS = 5_000, 300  # of wide tables fewer rows are looked at; no sound cell is longer


@dataclass(frozen=True)
class Chosen:
    """What somebody chose for one file: how to read it, its type, and fields by place for these `columns`.

    `forgetful` leaves out of account what was confirmed of such tables before.
    """

    reading: Choices = field(default_factory=Choices)
    type: str = ""
    columns: list[str] = field(default_factory=list)
    fields: dict[int, str] = field(default_factory=dict)
    forgetful: bool = False

    def to_json(self) -> dict[str, Any]:
        """For a sealed note."""
        reading = self.reading
        return {
            "reading": [reading.encoding, reading.delimiter, reading.sheet, reading.header_row],
            "type": self.type,
            "columns": self.columns,
            "fields": [[place, field] for place, field in self.fields.items()],
            "forgetful": self.forgetful,
        }

    @classmethod
    def from_json(cls, note: dict[str, Any]) -> "Chosen":
        """As `to_json` wrote it."""
        return cls(
            Choices(*note["reading"]), note["type"], note["columns"], dict(note["fields"]), note["forgetful"]
        )


class Head(NamedTuple):
    """The head of a file: how it was read, its columns and first rows; `more` says that it goes on."""

    kind: str
    encoding: str
    delimiter: str
    sheet: str
    header_row: int
    sheets: list[str]
    columns: list[str]
    rows: list[Row]
    more: bool


class Look(NamedTuple):
    """What was seen: the head and the mapping it leads to, or the `error` that reading it ended with.

    `headers` are the columns' names as the file shows them by itself, by which it is known the next time;
    `choices` say how it was read, `memory` what was used of last time.
    """

    headers: list[str]
    choices: Choices
    head: Head | None
    mapping: Mapping | None
    memory: Memory | None
    error: UploadError | None = None


def chosen_of(upload: Upload) -> Chosen:
    """What somebody chose for this file."""
    if upload.choices is None:
        return Chosen()
    note = staging.open_note(owner=upload.id, field="choices", sealed=bytes(upload.choices))
    return Chosen.from_json(note)


def look(upload: Upload, *, propose: bool = True) -> Look:
    """Look at a staged file. Raises ForbiddenColumn: of such a file nothing may be kept.

    Without `propose` no field is found by what stands in the cells.
    """
    chosen = chosen_of(upload)
    plain = _read_head(upload, Choices())  # 1
    headers = [f"!{plain.code}"] if isinstance(plain, UploadError) else plain.columns
    memory = None
    if not chosen.forgetful:
        memory = remembering.recall(
            organisation=upload.organisation_id, record_type=chosen.type or upload.type, headers=headers
        )
    choices, head, memory = _as_wanted(upload, plain, chosen, memory)  # 2
    if isinstance(head, UploadError):
        return Look(headers, choices, None, None, None, head)
    mapping = understood(upload, head, chosen, memory, propose=propose)  # 3
    return Look(headers, choices, head, mapping, memory)


def understood(
    upload: Upload, head: Head, chosen: Chosen, memory: Memory | None, *, propose: bool = True
) -> Mapping:
    """The mapping that a head leads to. Raises ForbiddenColumn."""
    fixed: dict[int, tuple[str, str]] = {}
    if memory is not None and memory.is_of(head.columns):
        fixed |= {place: (name, "remembered") for place, name in enumerate(memory.fields)}
    if chosen.columns == head.columns:
        fixed |= {place: (name, "chosen") for place, name in chosen.fields.items()}
    mapping = guess(
        head.columns,
        record_type=chosen.type or upload.type or (memory.type if memory else "") or None,
        furnisher_kind=upload.organisation.kind,
        fixed=fixed,
        sample=[row.cells for row in head.rows if not row.fault],
        propose=propose,
        rules=jurisdiction(settings.JURISDICTION),
    )
    refused = next((p for p in mapping.problems if p.code == "forbidden_column"), None)
    if refused is not None:
        raise ForbiddenColumn(column=refused.column, group=refused.field)
    return mapping


def open_table(upload: Upload, stream: BinaryIO, choices: Choices) -> Table:
    """The staged file, opened as it was chosen to be read. Raises the upload errors of `ingest.errors`."""
    return read(
        stream,
        filename=name_of(upload),
        content_type=upload.content_type,
        limits=Limits(bytes=settings.UPLOAD_MAX_BYTES),
        choices=choices,
    )


def _as_wanted(
    upload: Upload, plain: Head | UploadError, chosen: Chosen, memory: Memory | None
) -> tuple[Choices, Head | UploadError, Memory | None]:
    """The head read as somebody wants it, now or the last time; a memory that does not fit it is none."""
    if chosen.reading != Choices():
        choices, head = chosen.reading, _read_head(upload, chosen.reading)
    elif memory is not None and memory.choices != Choices():
        choices, head = memory.choices, _read_head(upload, memory.choices)
        if not _fits(memory, head):
            return Choices(), plain, None
    else:
        choices, head = Choices(), plain
    return choices, head, memory if memory is not None and _fits(memory, head) else None


def _fits(memory: Memory, head: Head | UploadError) -> bool:
    return not isinstance(head, UploadError) and memory.is_of(head.columns)


def _read_head(upload: Upload, choices: Choices) -> Head | UploadError:
    """The head as these choices show it, or why it cannot be read so."""
    assert upload.file_key is not None
    try:
        with staging.open_staged(file=upload.file, wrapped=bytes(upload.file_key)) as stream:
            return _head(open_table(upload, stream, choices))
    except UploadError as error:
        return error


def _head(table: Table) -> Head:
    most = max(5, min(HEAD, _CELLS // max(1, len(table.columns))))
    rows = list(islice(table.rows, most + 1))
    cut = [row._replace(cells=[cell[:_CHARS] for cell in row.cells]) for row in rows[:most]]
    return Head(
        table.kind,
        table.encoding,
        table.delimiter,
        table.sheet,
        table.header_row,
        list(table.sheets),
        list(table.columns),
        cut,
        len(rows) > most,
    )
