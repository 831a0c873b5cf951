"""What a furnisher states about one person's signed consent, and whether it can be right."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from uuid import UUID

from django.conf import settings
from django.utils import timezone

from registry import keys
from registry.catalogue import Jurisdiction, jurisdiction
from registry.catalogue.identity import ConsentMethod

METHODS = tuple(word.value for word in ConsentMethod)
MAX_REFERENCE = 128


@dataclass(frozen=True, slots=True)
class Attestation:
    """One person's signed consent as a furnisher states it.

    `document_sha256` is the hash of the signed document, as 32 bytes or 64 hex digits; `until` is the last
    day, None for as long as the jurisdiction allows from `signed_on`; `mobile` is where to tell the person.
    """

    resident: UUID
    reference: str
    categories: Sequence[str]
    separate: Sequence[str]
    signed_on: date
    method: str
    document_sha256: str | bytes
    until: date | None = None
    mobile: str | None = field(default=None, repr=False)


def attestation_fault(attestation: Attestation, *, at: datetime) -> str | None:
    """The field of an attestation that is wrong at that moment, None if all is well."""
    pack, today = jurisdiction(settings.JURISDICTION), timezone.localdate(at)
    if not attestation.categories or not set(attestation.categories) <= set(pack.categories):
        return "categories"
    if not set(attestation.separate) <= set(attestation.categories):
        return "separate"
    if attestation.method not in METHODS:
        return "method"
    if len(document(attestation)) != 32:
        return "document_sha256"
    if attestation.signed_on > today:
        return "signed_on"
    if last_day(attestation, pack) < max(today, attestation.signed_on):
        return "until"
    return "reference" if len(attestation.reference) > MAX_REFERENCE else None


def digests(attestation: Attestation) -> list[bytes | None]:
    """The keyed digests under which the reference may be on file, the newest first; [None] without one."""
    if not attestation.reference:
        return [None]
    return [indexer.digest("consent_reference", attestation.reference) for indexer in keys.indexers()]


def document(attestation: Attestation) -> bytes:
    """The hash of the signed document; empty if it was not written as one."""
    stated = attestation.document_sha256
    if isinstance(stated, bytes):
        return stated
    try:
        return bytes.fromhex(stated)
    except ValueError:
        return b""


def last_day(attestation: Attestation, pack: Jurisdiction) -> date:
    """The last day of the consent, which the jurisdiction limits."""
    longest = attestation.signed_on + timedelta(days=pack.max_contribution_days)
    return min(attestation.until or longest, longest)
