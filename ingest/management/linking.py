"""Partner files through the linker of production: `registry.residents.match` and `keep`, batch after batch.

1. open every file and name its columns before anything is linked, so that a wrong file or mapping ends early
2. each file is a furnisher of its own; its rows go through in file order, a batch a transaction
3. a row says who it is about as far as it can: numbers that fail their check count as weak evidence
4. a row too thin to be recognised again, even by an equal one, is decided but not kept: it gathers nobody
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from functools import lru_cache
from itertools import islice
from pathlib import Path
from typing import NamedTuple
from uuid import UUID, uuid4

from django.db import transaction
from django.utils import timezone

from ingest import mapping
from ingest.errors import ColumnsAmbiguous, ColumnsMissing, ForbiddenColumn
from ingest.readers import Row, Table, read
from registry.catalogue import IDENTITY_FIELDS
from registry.linkage import Person, default_model
from registry.linkage.decide import score
from registry.models import Organisation
from registry.residents import Match, keep, match, settle

BY = "system:link_file"
FIELDS = tuple(name for name in IDENTITY_FIELDS if name != "consent_reference")
"""Fields that say who a row is about."""


@dataclass(frozen=True, slots=True)
class PartnerFile:
    """A file whose header is read: where it is, its table, and the field of each column ("" for none)."""

    path: Path
    table: Table
    fields: tuple[str, ...]

    def identity(self, row: Row) -> dict[str, str]:
        """Who one row is about, field by field; empty where it does not say or cannot be read."""
        return {
            field: cell for field, cell in zip(self.fields, row.cells, strict=False) if field and cell.strip()
        }


class Linked(NamedTuple):
    """One row of the result: the file and row (from 1), the resident it belongs to, and how that was decided.

    `decision` is new, linked or review; `weight` is in bits, 0 where there was nobody to compare with.
    """

    file: str
    row: int
    resident: UUID
    decision: str
    weight: float


def open_file(path: Path, chosen: Mapping[str, str], stack: ExitStack) -> PartnerFile:
    """Read a file's header and find its identity columns; `chosen` maps columns to fields against the guess.

    Raises OSError, the upload errors of `ingest.errors`, and ColumnsMissing where no column says who a row is
    about.
    """
    table = read(stack.enter_context(path.open("rb")), filename=path.name)
    found = mapping.guess(table.columns, record_type=None, furnisher_kind="", chosen=chosen)
    for problem in found.problems:
        if problem.code == "forbidden_column":
            raise ForbiddenColumn(column=problem.column)
        if problem.code == "columns_ambiguous" and problem.field in FIELDS:
            raise ColumnsAmbiguous(columns=[p.column for p in found.problems if p.field == problem.field])
    fields = tuple(field if field in FIELDS else "" for field in found.fields)
    if not any(fields):
        raise ColumnsMissing(columns=table.columns, fields=list(FIELDS))
    return PartnerFile(path, table, fields)


def link(files: Sequence[PartnerFile], *, batch: int) -> Iterator[Linked]:
    """Every row of these files in order, decided and kept in the registry that `connection` leads to."""
    for number, file in enumerate(files, 1):
        furnisher = Organisation.objects.create(
            name=f"File {number}", kind=Organisation.Kind.COMMUNITY, credit_code=f"{number:018d}"
        )
        rows = iter(file.table.rows)
        while chunk := list(islice(rows, batch)):
            yield from _link_batch(file, chunk, furnisher.id)


def _link_batch(file: PartnerFile, rows: Sequence[Row], furnisher: UUID) -> list[Linked]:
    identities = [file.identity(row) for row in rows]
    spoken = [identity for identity in identities if identity]
    with transaction.atomic():
        at = timezone.now()
        matches = match(identities=spoken, organisation=furnisher, references={}, at=at)
        keep(matches=[m for m in matches if _recognisable(m.person)], by=BY, at=at)
        settle()
    decided, seen = iter(matches), set[bytes]()
    return [
        _linked(file, row, next(decided) if identity else None, seen)
        for row, identity in zip(rows, identities, strict=True)
    ]


def _linked(file: PartnerFile, row: Row, found: Match | None, seen: set[bytes]) -> Linked:
    """A match as one line of the result; `seen` are the fingerprints above it in its batch.

    A row that says too little is a resident of its own; one that was met before is linked to itself.
    """
    if found is None:
        return Linked(str(file.path), row.number, uuid4(), "new", 0.0)
    if not _recognisable(found.person):
        return Linked(str(file.path), row.number, uuid4(), found.decision, found.weight)
    if found.known or found.fingerprint in seen:
        return Linked(str(file.path), row.number, found.resident, "linked", _own_weight(found.person))
    seen.add(found.fingerprint)
    return Linked(str(file.path), row.number, found.resident, found.decision, found.weight)


def _recognisable(person: Person) -> bool:
    """Whether a second row that says exactly the same would be linked to this one."""
    if person.id_number_valid or person.passport:
        return True
    return _own_weight(person) >= default_model().link


@lru_cache(maxsize=4096)
def _own_weight(person: Person) -> float:
    found = score(person, [person], default_model())
    return 0.0 if found.barred else found.weight
