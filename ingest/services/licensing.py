"""Whether a furnisher's licence, and its kind, allow records of one type."""

from datetime import datetime
from typing import NamedTuple, cast
from uuid import UUID

from django.conf import settings

from ingest.errors import CategoryNotLicensed, LicenceEnded, RecordTypeNotYours
from ingest.validation import NumberPolicy
from registry.accounts.licences import furnisher_licence
from registry.catalogue import RECORD_TYPES, jurisdiction
from registry.errors import LicenceRequired
from registry.models import Licence, Organisation


class Allowed(NamedTuple):
    """The licence as far as rows are concerned; `fault` is the row fault of every row, "" if all is well."""

    licence: UUID
    number_policy: NumberPolicy
    fault: str


def require_type(record_type: str, organisation: Organisation, *, at: datetime) -> Licence:
    """The licence for a file of one type. Raises LicenceEnded, RecordTypeNotYours, CategoryNotLicensed."""
    try:
        licence = furnisher_licence(organisation=organisation.id, at=at)
    except LicenceRequired:
        raise LicenceEnded from None
    fault = _fault(record_type, organisation.kind, licence)
    if fault == "record_type_not_yours":
        raise RecordTypeNotYours(record_type=record_type)
    if fault:
        raise CategoryNotLicensed(category=RECORD_TYPES[record_type].category)
    return licence


def allowed_type(record_type: str, organisation: Organisation, licence: UUID, *, at: datetime) -> Allowed:
    """The same for rows whose turn has come: what was allowed when the file came may have ended since."""
    try:
        held = furnisher_licence(organisation=organisation.id, at=at)
    except LicenceRequired:
        return Allowed(licence, "refuse", "licence_required")
    return Allowed(
        held.id, cast("NumberPolicy", held.number_policy), _fault(record_type, organisation.kind, held)
    )


def _fault(record_type: str, kind: str, licence: Licence) -> str:
    if record_type not in jurisdiction(settings.JURISDICTION).record_types_of(kind):
        return "record_type_not_yours"
    category = RECORD_TYPES[record_type].category
    return "" if category in licence.categories else "category_not_licensed"
