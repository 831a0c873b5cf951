"""A batch of rows in, checked rows out: what could be read, and every fault of every row. Pure.

Row errors hold a code and a field's name, never a value; sentences and cures stand in `ingest.errors`.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date
from itertools import repeat
from typing import Any

from ingest.mapping import Mapping
from ingest.readers.table import Row
from ingest.validation.faults import NumberPolicy, RowError, Terms
from ingest.validation.identity import numbers_rounded
from ingest.validation.people import Person, read_people
from ingest.validation.table import Columns, columns_of
from registry.catalogue import RECORD_TYPES, Issue, Jurisdiction, Record, jurisdiction
from registry.catalogue.columns import read_columns

__all__ = ["Checked", "NumberPolicy", "RowError", "validate"]

Read = tuple[Record | None, Sequence[Issue]]


@dataclass(slots=True)
class Checked:
    """A row as understood. With errors it must be refused; warnings are told and the row goes on.

    `identity` holds canonical values by field, as far as they could be read; `record` is None when it
    could not be read completely or the mapping has no record type; `consent` is the evidence of a
    signed consent {reference, signed_on, method, document_sha256, until, separate}, if the row gives
    one. Rows that say the same of a person share `identity` and `consent`: do not change them.
    """

    number: int = 0
    identity: dict[str, str] = field(default_factory=dict)
    record: dict[str, Any] | None = None
    consent: dict[str, Any] | None = None
    errors: tuple[RowError, ...] = ()
    warnings: tuple[RowError, ...] = ()


def validate(
    batch: Sequence[Row],
    *,
    mapping: Mapping,
    number_policy: NumberPolicy,
    today: date,
    rules: Jurisdiction | None = None,
) -> list[Checked]:
    """Check a batch of rows, in order, one result a row.

    `number_policy` says what a wrong check character of a citizen number does: refuse the row, or only warn.
    `rules` is the jurisdiction's pack (CN by default).
    """
    columns = columns_of([row for row in batch if not row.fault], mapping)
    rounded = numbers_rounded(columns.texts.get("id_number", ()))
    terms = Terms(mapping, number_policy, today, rules or jurisdiction("CN"), rounded)
    checked = iter(_put_together(read_people(columns, terms), _records(columns, terms)))
    return [_faulty(row) if row.fault else _numbered(next(checked), row.number) for row in batch]


def _records(columns: Columns, terms: Terms) -> Iterable[Read]:
    """Each row's record, with what is wrong with it."""
    if not terms.mapping.record_type:
        return repeat((None, ()), columns.count)
    kind = RECORD_TYPES[terms.mapping.record_type]
    records, issues = read_columns(kind, columns.texts, columns.count, today=terms.today)
    return ((record, issues.get(place, ())) for place, record in enumerate(records))


def _put_together(people: Sequence[Person], records: Iterable[Read]) -> Iterator[Checked]:
    for person, (record, issues) in zip(people, records, strict=True):
        checked = Checked(0, person.identity, record, person.consent, person.errors, person.warnings)
        if issues:
            errors = tuple(RowError(issue.code, issue.field) for issue in issues if not issue.warning)
            warnings = tuple(RowError(issue.code, issue.field) for issue in issues if issue.warning)
            checked.errors += errors
            checked.warnings += warnings
            checked.record = None if errors else record
        yield checked


def _numbered(checked: Checked, number: int) -> Checked:
    checked.number = number
    return checked


def _faulty(row: Row) -> Checked:
    return Checked(row.number, errors=(RowError(row.fault, ""),))
