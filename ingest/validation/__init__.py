"""A batch of rows in, checked rows out: what could be read, and every fault of every row. Pure.

Row errors hold a code and a field's name, never a value; sentences and cures stand in `ingest.errors`.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date
from itertools import repeat
from typing import Any, NamedTuple

from ingest.mapping import Mapping
from ingest.readers.table import Row
from ingest.validation.faults import NumberPolicy, RowError, Terms
from ingest.validation.identity import numbers_rounded
from ingest.validation.people import Person, read_people
from ingest.validation.table import Batch, Columns, batch_of, columns_of
from registry.catalogue import RECORD_TYPES, Issue, Jurisdiction, Record, jurisdiction
from registry.catalogue.columns import read_columns

__all__ = ["Batch", "Checked", "Judged", "NumberPolicy", "RowError", "batch_of", "judge", "validate"]

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


class Judged(NamedTuple):
    """A batch's rows as understood, in order; and how many rows say something, by field of the mapping."""

    rows: list[Checked]
    filled: dict[str, int]


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
    columns = batch_of(batch, len(mapping.fields))
    return judge(columns, mapping=mapping, number_policy=number_policy, today=today, rules=rules).rows


def judge(
    batch: Batch,
    *,
    mapping: Mapping,
    number_policy: NumberPolicy,
    today: date,
    rules: Jurisdiction | None = None,
) -> Judged:
    """Check a batch that is turned into columns already; as `validate` else."""
    columns = columns_of(batch, mapping)
    rounded = numbers_rounded(columns.texts.get("id_number", ()))
    terms = Terms(mapping, number_policy, today, rules or jurisdiction("CN"), rounded)
    people, filled = read_people(columns, terms)
    records = _records(columns, terms, filled)
    checked = list(_put_together(people, records))
    for number, row in zip(_sound_numbers(batch), checked, strict=True):
        row.number = number
    for place, code in batch.faulty.items():  # in order, so that each finds its place
        checked.insert(place, Checked(batch.numbers[place], errors=(RowError(code, ""),)))
    return Judged(checked, filled)


def _sound_numbers(batch: Batch) -> Iterable[int]:
    if not batch.faulty:
        return batch.numbers
    return [number for place, number in enumerate(batch.numbers) if place not in batch.faulty]


def _records(columns: Columns, terms: Terms, filled: dict[str, int]) -> Iterable[Read]:
    """Each row's record, with what is wrong with it; how many rows say something is added to `filled`."""
    if not terms.mapping.record_type:
        return repeat((None, ()), columns.height)
    kind = RECORD_TYPES[terms.mapping.record_type]
    records, issues, said = read_columns(kind, columns.texts, columns.height, today=terms.today)
    filled.update((name, said[name]) for name in columns.texts if name in said)
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
