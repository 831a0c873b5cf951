"""A batch of rows in, checked rows out: what could be read, and every fault of every row. Pure.

Row errors hold a code and a field's name, never a value; sentences and cures stand in `ingest.errors`.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any, NamedTuple

from ingest.mapping import Mapping
from ingest.readers.table import Row
from ingest.validation.consent import check_consent
from ingest.validation.faults import Faults, NumberPolicy, RowError, Terms
from ingest.validation.identity import check_identity, numbers_rounded
from registry.catalogue import CONSENT_FIELDS, IDENTITY_FIELDS, RECORD_TYPES, Jurisdiction, jurisdiction

__all__ = ["Checked", "NumberPolicy", "RowError", "validate"]


@dataclass(slots=True)
class Checked:
    """A row as understood. With errors it must be refused; warnings are told and the row goes on.

    `identity` holds canonical values by field, as far as they could be read; `record` is None when it
    could not be read completely or the mapping has no record type; `consent` is the evidence of a
    signed consent {reference, signed_on, method, document_sha256, until, separate}, if the row gives
    one. Rows that say the same of a person share `identity` and `consent`: do not change them.
    """

    number: int
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
    rows = [(row, mapping.apply(row.cells)) for row in batch]
    rounded = numbers_rounded(cells["id_number"] for _, cells in rows if "id_number" in cells)
    terms = Terms(mapping, number_policy, today, rules or jurisdiction("CN"), rounded)
    people: People = {}
    return [_check(row, cells, terms, people) for row, cells in rows]


def _check(row: Row, cells: dict[str, str], terms: Terms, people: "People") -> Checked:
    if row.fault:
        return Checked(row.number, errors=(RowError(row.fault, ""),))
    person, faults = _person(cells, terms, people), Faults()
    record = _record(cells, terms, faults) if terms.mapping.record_type else None
    errors, warnings = (*person.errors, *faults.errors), (*person.warnings, *faults.warnings)
    return Checked(row.number, person.identity, record, person.consent, errors, warnings)


class _Person(NamedTuple):
    """Who a row is about and by which signed consent; the same objects for all rows that say the same."""

    identity: dict[str, str]
    consent: dict[str, Any] | None
    errors: tuple[RowError, ...]
    warnings: tuple[RowError, ...]


People = dict[tuple[str | None, ...], _Person]
_PERSON = (*IDENTITY_FIELDS, *CONSENT_FIELDS)


def _person(cells: dict[str, str], terms: Terms, people: People) -> _Person:
    """A batch of wages or bills names each person many times: read once."""
    said = tuple(map(cells.get, _PERSON))
    person = people.get(said)
    if person is None:
        faults = Faults()
        identity = check_identity(cells, terms, faults)
        consent = check_consent(cells, identity.get("consent_reference", ""), terms, faults)
        person = _Person(identity, consent, tuple(faults.errors), tuple(faults.warnings))
        people[said] = person
    return person


def _record(cells: dict[str, str], terms: Terms, faults: Faults) -> dict[str, Any] | None:
    before = len(faults.errors)
    record, issues = RECORD_TYPES[terms.mapping.record_type].parse(cells, today=terms.today)
    for issue in issues:
        (faults.warn if issue.warning else faults.refuse)(issue.code, issue.field)
    return record if len(faults.errors) == before else None
