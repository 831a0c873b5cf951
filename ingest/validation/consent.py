"""The evidence of a signed consent that may stand in a row beside the record."""

from collections.abc import Mapping
from typing import Any

from ingest.validation.faults import Faults, Terms
from registry.catalogue import CONSENT_FIELDS, RECORD_TYPES, Unreadable
from registry.catalogue.writing import says_nothing

_NEEDED = ("consent_reference", "consent_signed_on", "consent_method", "consent_document_sha256")
_EVERY = ["*"]


def check_consent(
    cells: Mapping[str, str], reference: str, terms: Terms, faults: Faults
) -> dict[str, Any] | None:
    """The evidence {reference, signed_on, method, document_sha256, until, separate}, or None.

    None where the row gives no evidence, or gives it incompletely or wrongly (then `faults` say so).
    `until` is an ISO day or None; `separate` lists the categories that the person agreed to
    separately.
    """
    before = len(faults.errors)
    read = _read(cells, faults)
    if not read and len(faults.errors) == before:
        return None
    for name in _NEEDED:
        if says_nothing(cells.get(name, "")):
            faults.refuse("consent_evidence_incomplete", name)
    said = read.pop("separate", [])
    evidence = {"reference": reference, "until": None, **read, "separate": _separate(said, terms, faults)}
    _in_time(evidence, terms, faults)
    return evidence if reference and len(faults.errors) == before else None


def _read(cells: Mapping[str, str], faults: Faults) -> dict[str, Any]:
    read: dict[str, Any] = {}
    for name, field in CONSENT_FIELDS.items():
        text = cells.get(name)
        if text is None or says_nothing(text):
            continue
        try:
            read[name.removeprefix("consent_")] = field.kind.read(text)
        except Unreadable as fault:
            faults.refuse(fault.code, name)
    return read


def _in_time(evidence: Mapping[str, Any], terms: Terms, faults: Faults) -> None:
    signed_on, until = evidence.get("signed_on"), evidence["until"]
    if signed_on and signed_on > terms.today.isoformat():
        faults.refuse("date_in_future", "consent_signed_on")
    if signed_on and until and until < signed_on:
        faults.refuse("dates_out_of_order", "consent_until")


def _separate(said: list[str], terms: Terms, faults: Faults) -> list[str]:
    """Codes of the categories agreed to separately; yes means the row's own category, if it needs that."""
    needing = terms.rules.separate_consent
    if said == _EVERY:
        record_type = RECORD_TYPES.get(terms.mapping.record_type)
        return [record_type.category] if record_type and record_type.category in needing else []
    known = {word.lower(): code for code in needing for word in (code, *terms.rules.category_labels(code))}
    if any(word.lower() not in known for word in said):
        faults.refuse("category_unknown", "consent_separate")
    return sorted({known[word.lower()] for word in said if word.lower() in known})
