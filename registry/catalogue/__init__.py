"""The record catalogue: every record type, identity field and jurisdiction, declared once. Pure.

Validation, templates, API schema, report, labels and retention all follow from these declarations.
"""

from registry.catalogue.community import PARTICIPATION, RESIDENCE
from registry.catalogue.employer import EMPLOYMENT, HOUSING_FUND, PLATFORM_WORK, SOCIAL_INSURANCE, WAGE
from registry.catalogue.fields import Column, Field
from registry.catalogue.forbidden import FORBIDDEN, ForbiddenGroup, forbidden_group, forbidden_value
from registry.catalogue.identity import CONSENT_FIELDS, IDENTITY, IDENTITY_FIELDS
from registry.catalogue.issues import ISSUE_CODES, Issue, Unreadable
from registry.catalogue.lender import TRADELINE
from registry.catalogue.packs import Jurisdiction, Text, UnknownJurisdiction, jurisdiction
from registry.catalogue.record_type import Record, RecordType
from registry.catalogue.utility import ACCOUNT, BILL

RECORD_TYPES: dict[str, RecordType] = {
    record_type.code: record_type
    for record_type in (
        RESIDENCE,
        PARTICIPATION,
        EMPLOYMENT,
        WAGE,
        SOCIAL_INSURANCE,
        HOUSING_FUND,
        PLATFORM_WORK,
        ACCOUNT,
        BILL,
        TRADELINE,
    )
}

__all__ = [
    "CONSENT_FIELDS",
    "FORBIDDEN",
    "IDENTITY",
    "IDENTITY_FIELDS",
    "ISSUE_CODES",
    "RECORD_TYPES",
    "Column",
    "Field",
    "ForbiddenGroup",
    "Issue",
    "Jurisdiction",
    "Record",
    "RecordType",
    "Text",
    "UnknownJurisdiction",
    "Unreadable",
    "forbidden_group",
    "forbidden_value",
    "jurisdiction",
]
