"""The evidence of a signed consent that may stand in a row beside the record."""

from collections.abc import Mapping
from typing import Any

from ingest.validation.faults import Faults, Terms
from registry.catalogue import CONSENT_FIELDS, RECORD_TYPES

EVIDENCE = tuple(CONSENT_FIELDS)
"""The fields that evidence is read from, in order: signed_on, method, document_sha256, until, separate."""
_NEEDED = ("consent_signed_on", "consent_method", "consent_document_sha256")
_NOTHING = (None,) * len(EVIDENCE)
_EVERY = ["*"]
Said = tuple[str | None, str | None, str | None, str | None, list[str] | None]


def check_consent(
    said: Said, unread: Mapping[str, str], reference: str, terms: Terms, faults: Faults
) -> dict[str, Any] | None:
    """The evidence {reference, signed_on, method, document_sha256, until, separate}, or None.

    `said` holds the values of the cells that `EVIDENCE` names, `unread` the codes of those that cannot
    be read. None where the row gives no evidence, or gives it incompletely or wrongly (then `faults` say so).
    `until` is an ISO day or None; `separate` lists the categories that the person agreed to separately.
    """
    before = len(faults.errors)
    if unread:
        for name in EVIDENCE:
            if name in unread:
                faults.refuse(unread[name], name)
    if said == _NOTHING and len(faults.errors) == before:
        return None
    signed_on, method, document, until, separate = said
    if not (reference and signed_on and method and document):
        _incomplete(said, unread, reference, faults)
    evidence = {
        "reference": reference,
        "signed_on": signed_on,
        "method": method,
        "document_sha256": document,
        "until": until,
        "separate": _separate(separate, terms, faults) if separate else [],
    }
    if signed_on and signed_on > terms.now:
        faults.refuse("date_in_future", "consent_signed_on")
    if signed_on and until and until < signed_on:
        faults.refuse("dates_out_of_order", "consent_until")
    return evidence if reference and len(faults.errors) == before else None


def _incomplete(said: Said, unread: Mapping[str, str], reference: str, faults: Faults) -> None:
    """Name what is missing; what stands there and cannot be read is no gap."""
    for name, value in (("consent_reference", reference), *zip(_NEEDED, said, strict=False)):
        if not value and name not in unread:
            faults.refuse("consent_evidence_incomplete", name)


def _separate(said: list[str], terms: Terms, faults: Faults) -> list[str]:
    """Codes of the categories agreed to separately; yes means the row's own category, if it needs that."""
    if said == _EVERY:
        record_type = RECORD_TYPES.get(terms.mapping.record_type)
        needing = terms.rules.separate_consent
        return [record_type.category] if record_type and record_type.category in needing else []
    known = terms.separate
    if any(word.lower() not in known for word in said):
        faults.refuse("category_unknown", "consent_separate")
    return sorted({known[word.lower()] for word in said if word.lower() in known})
