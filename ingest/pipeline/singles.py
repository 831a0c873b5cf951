"""Records and signed consents sent by machines: each in a transaction of its own, answered at once.

1. the same reading, validation, linking and gate as a file's rows: a record is a chunk of one
2. a consent: who it is about, then its evidence, then both are kept together
"""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any, NamedTuple, cast
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from consent.checks import contributions_in_force, introduced
from consent.services import Attestation, attest_many, attestation_fault
from ingest.errors import ForbiddenColumn, RecordTypeUnknown
from ingest.mapping import Mapping as Columns
from ingest.mapping import forbidden_columns
from ingest.pipeline.chunk import Job, Result, again, process
from ingest.readers import Row
from ingest.readers.json_values import text_of
from ingest.validation import Checked, NumberPolicy, RowError, validate
from registry import residents
from registry.accounts.licences import furnisher_licence
from registry.catalogue import CONSENT_FIELDS, IDENTITY, IDENTITY_FIELDS, RECORD_TYPES, jurisdiction
from registry.models import Licence, Organisation

_CELLS = {
    name: f"consent_{name}"
    for name in ("reference", "signed_on", "method", "document_sha256", "until", "separate")
}
_CONSENT = frozenset((*IDENTITY_FIELDS, *_CELLS, "categories")) - {"consent_reference"}


class ConsentResult(NamedTuple):
    """What became of one consent: its id, or why it was refused; by place in the request, from 0."""

    place: int
    consent: UUID | None
    errors: tuple[RowError, ...] = ()
    warnings: tuple[RowError, ...] = ()


def record_each(
    *, organisation: UUID, records: Sequence[Mapping[str, Any]], type: str, by: str, at: datetime
) -> list[Result]:
    """Keep records of one type; a result each, in order.

    Raises LicenceRequired, RecordTypeUnknown, and ForbiddenColumn where any of them names forbidden data.
    """
    licence = furnisher_licence(organisation=organisation, at=at)
    if type not in RECORD_TYPES:
        raise RecordTypeUnknown(candidates=list(RECORD_TYPES))
    _refuse_forbidden(records)
    furnisher = Organisation.objects.get(id=organisation)
    return [
        _record(place, record, type, furnisher, licence.id, by, at) for place, record in enumerate(records)
    ]


def attest_each(
    *, organisation: UUID, consents: Sequence[Mapping[str, Any]], by: str, at: datetime
) -> list[ConsentResult]:
    """Attest consents that people signed with this furnisher; a result each, in order.

    Each names the person by the identity fields, and holds reference, categories, separate, signed_on,
    method, document_sha256 and until. Raises LicenceRequired, ForbiddenColumn.
    """
    licence = furnisher_licence(organisation=organisation, at=at)
    _refuse_forbidden(consents)
    return [_consent(place, said, licence, by, at) for place, said in enumerate(consents)]


def _refuse_forbidden(objects: Sequence[Mapping[str, Any]]) -> None:
    names = list(dict.fromkeys(str(key) for each in objects for key in each))
    for column in forbidden_columns(names, jurisdiction(settings.JURISDICTION)):
        raise ForbiddenColumn(column=column)


def _record(
    place: int,
    record: Mapping[str, Any],
    type: str,
    organisation: Organisation,
    licence: UUID,
    by: str,
    at: datetime,
) -> Result:
    known = {*RECORD_TYPES[type].fields, *IDENTITY_FIELDS, *CONSENT_FIELDS}
    columns = tuple(record)
    strangers = [name for name in columns if name not in known]
    cells = {name: text_of(value) for name, value in record.items()}
    nested = [name for name, cell in cells.items() if cell is None]
    if strangers or nested:
        code, faulty = ("json_unknown_key", strangers) if strangers else ("json_nested", nested)
        # A stranger's name is the caller's own text and is not repeated.
        return Result(place, "refused", (RowError(code, "" if strangers else faulty[0]),))
    job = Job(organisation, licence, Columns(type, columns, columns), by, at)
    row = Row(place, [cell or "" for cell in cells.values()])
    return again(lambda: process([row], job))[0]


def _consent(place: int, said: Mapping[str, Any], licence: Licence, by: str, at: datetime) -> ConsentResult:
    strangers = set(said) - _CONSENT
    cells = {
        _CELLS.get(name, name): text_of(said[name]) for name in said if name in _CONSENT - {"categories"}
    }
    categories = said.get("categories")
    listed = isinstance(categories, list) and all(isinstance(each, str) for each in categories)
    if strangers or None in cells.values() or not listed:
        code = "json_unknown_key" if strangers else "json_nested"
        return ConsentResult(place, None, (RowError(code, "" if listed else "categories"),))
    checked = _check(place, {name: cell or "" for name, cell in cells.items()}, licence, at)
    errors = (*checked.errors, *_unfit(categories or [], checked, licence))
    if errors or checked.consent is None:
        return ConsentResult(place, None, tuple(map(_renamed, errors)), checked.warnings)
    terms = sorted(set(categories or []))
    kept = again(lambda: _attest(checked, terms, licence, by, at))
    if isinstance(kept, RowError):
        return ConsentResult(place, None, (kept,), checked.warnings)
    return ConsentResult(place, kept, (), checked.warnings)


def _check(place: int, cells: Mapping[str, str], licence: Licence, at: datetime) -> Checked:
    """The consent read as a row without a record; evidence must be there."""
    columns = tuple(cells)
    checked = validate(
        [Row(place, list(cells.values()))],
        mapping=Columns("", columns, columns),
        number_policy=cast("NumberPolicy", licence.number_policy),
        today=timezone.localdate(at),
        rules=jurisdiction(settings.JURISDICTION),
    )[0]
    if checked.consent is None and not checked.errors:
        checked.errors = (RowError("consent_evidence_incomplete", "consent_reference"),)
    return checked


def _unfit(categories: Sequence[str], checked: Checked, licence: Licence) -> list[RowError]:
    rules = jurisdiction(settings.JURISDICTION)
    allowed = {*licence.categories, IDENTITY}
    if not categories or not set(categories) <= rules.categories.keys():
        return [RowError("category_unknown", "categories")]
    if not set(categories) <= allowed:
        return [RowError("category_not_licensed", "categories")]
    if checked.consent is None:
        return []
    separate = set(checked.consent["separate"])
    needed = {each for each in categories if rules.needs_separate_consent(each)}
    return [] if needed <= separate else [RowError("separate_consent_missing", "separate")]


def _attest(
    checked: Checked, categories: Sequence[str], licence: Licence, by: str, at: datetime
) -> UUID | RowError:
    """Keep the person and the consent together; the fault where it is somebody else's or in force no more."""
    said, organisation = checked.consent or {}, licence.organisation_id
    reference = checked.identity["consent_reference"]
    referenced = introduced(organisation=organisation, references=[reference])
    owners = {0: referenced[reference].resident} if referenced else {}
    match = residents.match(
        identities=[checked.identity], organisation=organisation, references=owners, at=at
    )[0]
    if match.mismatch:
        return RowError("identity_mismatch", "reference")
    attestation = Attestation(
        resident=match.holder,
        reference=reference,
        categories=tuple(categories),
        separate=tuple(each for each in said["separate"] if each in categories),
        signed_on=date.fromisoformat(said["signed_on"]),
        method=said["method"],
        document_sha256=said["document_sha256"],
        until=date.fromisoformat(said["until"]) if said["until"] else None,
        mobile=checked.identity.get("mobile"),
    )
    if attestation_fault(attestation, at=at):
        return RowError("consent_withdrawn", "until")
    with transaction.atomic():
        residents.keep(matches=[match], by=by, at=at)
        consent = attest_many(
            organisation=organisation, licence=licence.id, attestations=[attestation], by=by, at=at
        )[0]
        in_force = contributions_in_force(organisation=organisation, residents=[match.holder], at=at)
        if all(each.consent_id != consent for each in in_force.get(match.holder, ())):
            transaction.set_rollback(True)
            return RowError("consent_withdrawn", "reference")
    return consent


def _renamed(fault: RowError) -> RowError:
    """A fault under the name that the field has in a request, which is shorter than a column's."""
    short = fault.field.removeprefix("consent_")
    return RowError(fault.code, short if short in _CELLS else fault.field)
