"""A batch of mapped rows in, checked rows out: what could be read, and every fault of every row. Pure.

Row errors hold a code and a field's name, never a value; sentences and cures stand in `ingest.errors`.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Literal, NamedTuple

from ingest.mapping import Mapping
from ingest.readers.table import Row
from registry.catalogue import (
    CONSENT_FIELDS,
    IDENTITY_FIELDS,
    RECORD_TYPES,
    Jurisdiction,
    Unreadable,
    jurisdiction,
)
from registry.catalogue.citizen import REGIONS, birth_of, check_holds, is_shaped, sex_of
from registry.catalogue.identity import read_document, read_last4
from registry.catalogue.writing import is_blank

NumberPolicy = Literal["refuse", "accept_with_warning"]
OLDEST = 120
_PAPERS = ("id_number", "passport", "residence_permit", "mobile")
_EVIDENCE = ("consent_reference", "consent_signed_on", "consent_method", "consent_document_sha256")


class RowError(NamedTuple):
    """One fault of a row: a code of `ingest.errors.ROW_FAULTS` and the field it stands in ("" for the whole row)."""

    code: str
    field: str


@dataclass(slots=True)
class Checked:
    """A row as understood. With errors it must be refused; warnings are told and the row goes on.

    `identity` holds canonical values by field; `record` is None when it could not be read completely; `consent`
    is the evidence of a signed consent {reference, signed_on, method, document_sha256, until, separate} or None.
    """

    number: int
    identity: dict[str, str] = field(default_factory=dict)
    record: dict[str, Any] | None = None
    consent: dict[str, Any] | None = None
    errors: tuple[RowError, ...] = ()
    warnings: tuple[RowError, ...] = ()


@dataclass(frozen=True)
class _Terms:
    """What all rows of a batch are judged by."""

    mapping: Mapping
    policy: NumberPolicy
    today: date
    rules: Jurisdiction
    column_damaged: bool = False


class _Faults:
    """Gathers the faults of one row."""

    __slots__ = ("errors", "warnings")

    def __init__(self) -> None:
        self.errors: list[RowError] = []
        self.warnings: list[RowError] = []

    def refuse(self, code: str, field: str) -> None:
        self.errors.append(RowError(code, field))

    def warn(self, code: str, field: str) -> None:
        self.warnings.append(RowError(code, field))


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
    """
    rows = [(row, mapping.apply(row.cells)) for row in batch]
    terms = _Terms(
        mapping, number_policy, today, rules or jurisdiction("CN"), _rounded([cells for _, cells in rows])
    )
    return [_check(row, cells, terms) for row, cells in rows]


def _check(row: Row, cells: dict[str, str], terms: _Terms) -> Checked:
    if row.fault:
        return Checked(row.number, errors=(RowError(row.fault, ""),))
    faults = _Faults()
    identity = _identity(cells, terms, faults)
    consent = _consent(cells, terms, faults)
    record = _record(cells, terms, faults) if terms.mapping.record_type else None
    return Checked(row.number, identity, record, consent, tuple(faults.errors), tuple(faults.warnings))


def _record(cells: dict[str, str], terms: _Terms, faults: _Faults) -> dict[str, Any] | None:
    record, issues = RECORD_TYPES[terms.mapping.record_type].parse(cells, today=terms.today)
    complete = True
    for issue in issues:
        if issue.warning:
            faults.warn(issue.code, issue.field)
        else:
            complete = False
            faults.refuse(issue.code, issue.field)
    return record if complete else None


def _identity(cells: dict[str, str], terms: _Terms, faults: _Faults) -> dict[str, str]:
    before = len(faults.errors)
    identity: dict[str, str] = {}
    for name, declared in IDENTITY_FIELDS.items():
        text = cells.get(name)
        if text is None or is_blank(text):
            continue
        try:
            identity[name] = declared.kind.read(text)
        except Unreadable as fault:
            faults.refuse(fault.code, name)
    if "id_number" in identity:
        _citizen_number(identity, terms, faults)
    _birth(identity, terms, faults)
    if len(faults.errors) == before:
        _sufficient(identity, faults)
    return identity


def _citizen_number(identity: dict[str, str], terms: _Terms, faults: _Faults) -> None:
    number = identity["id_number"]
    if not is_shaped(number):
        _other_document(identity, faults)
        return
    holds = check_holds(number)
    if number.endswith("000") and (not holds or terms.column_damaged):
        del identity["id_number"]  # its last digits are not the person's: never compared, never linked
        faults.refuse("id_number_damaged", "id_number")
    elif not holds and terms.policy == "refuse":
        faults.refuse("id_number_check", "id_number")
    elif not holds:
        faults.warn("id_number_check", "id_number")
    else:
        _inside_number(identity, terms, faults)
    if number[:2] not in REGIONS:
        faults.warn("id_number_county", "id_number")


def _other_document(identity: dict[str, str], faults: _Faults) -> None:
    """Clerks write the last four, or a foreigner's passport, into the column of citizen numbers."""
    number = identity.pop("id_number")
    for name, read in (("id_last4", read_last4), ("passport", read_document)):
        fits = len(number) in (3, 4) if name == "id_last4" else number[:1].isalpha() and not number.isalpha()
        if not fits:
            continue
        try:
            identity.setdefault(name, read(number))
        except Unreadable:
            continue
        return
    faults.refuse("id_number_format", "id_number")


def _inside_number(identity: dict[str, str], terms: _Terms, faults: _Faults) -> None:
    number = identity["id_number"]
    born = birth_of(number)
    if born is None or not _plausible(born, terms.today):
        faults.refuse("id_number_birth", "id_number")
        return
    if number.endswith("000"):
        faults.warn("id_number_rounded", "id_number")
    if identity.get("birth_date", born.isoformat()) != born.isoformat():
        faults.warn("birth_date_differs", "birth_date")
    if identity.get("sex", sex_of(number)) != sex_of(number):
        faults.warn("sex_differs", "sex")
    if identity.get("id_last4", number[-4:]) != number[-4:]:
        faults.refuse("id_last4_differs", "id_last4")
    if not terms.rules.of_age(born, on=terms.today):
        faults.refuse("under_age", "id_number")


def _birth(identity: dict[str, str], terms: _Terms, faults: _Faults) -> None:
    if "birth_date" not in identity:
        return
    born = date.fromisoformat(identity["birth_date"])
    if not _plausible(born, terms.today):
        faults.refuse("birth_date_absurd", "birth_date")
    elif not terms.rules.of_age(born, on=terms.today):
        faults.refuse("under_age", "birth_date")


def _plausible(born: date, today: date) -> bool:
    return born <= today and today.year - born.year <= OLDEST


def _sufficient(identity: dict[str, str], faults: _Faults) -> None:
    strong = any(name in identity for name in _PAPERS)
    described = "birth_date" in identity and ("id_last4" in identity or "address" in identity)
    if "name" not in identity or not (strong or described):
        faults.refuse("identity_insufficient", "name" if "name" not in identity else "id_number")


def _consent(cells: dict[str, str], terms: _Terms, faults: _Faults) -> dict[str, Any] | None:
    read: dict[str, Any] = {}
    before = len(faults.errors)
    for name, declared in CONSENT_FIELDS.items():
        text = cells.get(name)
        if text is None or is_blank(text):
            continue
        try:
            read[name.removeprefix("consent_")] = declared.kind.read(text)
        except Unreadable as fault:
            faults.refuse(fault.code, name)
    if not read or len(faults.errors) > before:
        return None
    return _evidence(read, cells, terms, faults)


def _evidence(
    read: dict[str, Any], cells: dict[str, str], terms: _Terms, faults: _Faults
) -> dict[str, Any] | None:
    missing = [name for name in _EVIDENCE if is_blank(cells.get(name, ""))]
    for name in missing:
        faults.refuse("consent_evidence_incomplete", name)
    if missing:
        return None
    if read["signed_on"] > terms.today.isoformat():
        faults.refuse("date_in_future", "consent_signed_on")
    if read.get("until", read["signed_on"]) < read["signed_on"]:
        faults.refuse("dates_out_of_order", "consent_until")
    separate = _separate(read.pop("separate", []), terms, faults)
    reference = IDENTITY_FIELDS["consent_reference"].kind
    return {
        "until": None,
        **read,
        "reference": _quietly(reference.read, cells["consent_reference"]),
        "separate": separate,
    }


def _separate(said: list[str], terms: _Terms, faults: _Faults) -> list[str]:
    """Codes of the categories agreed to separately; yes means those that the row's own type needs."""
    needing = terms.rules.separate_consent
    if said == ["*"]:
        category = RECORD_TYPES[terms.mapping.record_type].category if terms.mapping.record_type else ""
        return [category] if category in needing else []
    known = {word.lower(): code for code in needing for word in _category_words(code, terms.rules)}
    if any(word.lower() not in known for word in said):
        faults.refuse("category_unknown", "consent_separate")
    return sorted({known[word.lower()] for word in said if word.lower() in known})


def _category_words(code: str, rules: Jurisdiction) -> tuple[str, str, str]:
    label = rules.categories[code].label
    return code, label.zh, label.en


def _quietly(read: Any, text: str) -> str:
    # Its faults were told with the identity's.
    try:
        return str(read(text))
    except Unreadable:
        return ""


def _rounded(rows: list[dict[str, str]]) -> bool:
    """Whether a spreadsheet has rounded the batch's citizen numbers: many end in 000, and some fail their check.

    One in eleven rounded numbers passes its check by chance, so the column is judged, not only the cell.
    """
    numbers = [cells["id_number"].strip() for cells in rows if len(cells.get("id_number", "").strip()) == 18]
    ending = [number for number in numbers if number.endswith("000")]
    damaged = sum(1 for number in ending if is_shaped(number) and not check_holds(number))
    return damaged >= 2 and len(ending) * 10 >= len(numbers)
