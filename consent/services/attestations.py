"""What a furnisher states about one person's signed consent, and whether it can be right."""

from collections.abc import Iterable, Sequence
from datetime import date, datetime, timedelta
from functools import lru_cache
from hashlib import sha256
from typing import Any, NamedTuple
from uuid import UUID

from django.conf import settings
from django.utils import timezone

from registry import keys
from registry.catalogue import Jurisdiction, jurisdiction
from registry.catalogue.identity import ConsentMethod

METHODS = tuple(word.value for word in ConsentMethod)
MAX_REFERENCE = 128


class Attestation(NamedTuple):
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
    mobile: str | None = None

    def __repr__(self) -> str:
        return f"Attestation(resident={self.resident}, signed_on={self.signed_on}, method={self.method!r})"


class Terms(NamedTuple):
    """What many attestations have in common, as consents keep it; codes in the order of the jurisdiction.

    Equal terms are one and the same object. `said` is what an evidence digest is made of besides the digests.
    """

    categories: tuple[str, ...]
    separate: tuple[str, ...]
    signed_on: date
    method: str
    last_day: date
    said: bytes


def attestation_fault(attestation: Attestation, *, at: datetime) -> str | None:
    """The field of an attestation that is wrong at that moment, None if all is well."""
    if fault := _fault(*_terms(attestation), _day_of(at)):
        return fault
    if len(document(attestation)) != 32:
        return "document_sha256"
    return "reference" if len(attestation.reference) > MAX_REFERENCE else None


def terms_of(attestation: Attestation) -> Terms:
    """The terms of an attestation that has no fault."""
    return _common(*_terms(attestation))


def document(attestation: Attestation) -> bytes:
    """The hash of the signed document; empty if it was not written as one."""
    stated = attestation.document_sha256
    if isinstance(stated, bytes):
        return stated
    try:
        return bytes.fromhex(stated)
    except ValueError:
        return b""


def reference_digests(references: Iterable[str]) -> dict[str, list[bytes | None]]:
    """The keyed digests under which references may be on file, the newest first; [None] for an empty one."""
    indexers = keys.indexers()
    return {
        each: [indexer.digest("consent_reference", each) for indexer in indexers] if each else [None]
        for each in set(references)
    }


def evidence_digest(said: bytes, document: bytes, reference: bytes | None) -> bytes:
    """The 16 bytes that the same reference, document and terms (`Terms.said`) always have, and no others."""
    head = b"\x00" if reference is None else b"\x10" + reference
    return sha256(head + document + said).digest()[:16]


def said_of(signed_on: date, categories: Sequence[str], separate: Sequence[str]) -> bytes:
    """The part of an evidence digest that is the same for many; codes in the order in which they are kept."""
    return f"{signed_on}|{','.join(categories)}|{','.join(separate)}".encode()


def _terms(attestation: Attestation) -> tuple[Any, ...]:
    return (
        tuple(attestation.categories),
        tuple(attestation.separate),
        attestation.signed_on,
        attestation.method,
        attestation.until,
        settings.JURISDICTION,
    )


@lru_cache(maxsize=16)
def _day_of(at: datetime) -> date:
    return timezone.localdate(at)


@lru_cache(maxsize=4096)
def _fault(
    categories: Sequence[str],
    separate: Sequence[str],
    signed_on: date,
    method: str,
    until: date | None,
    code: str,
    today: date,
) -> str:
    pack = jurisdiction(code)
    if not categories or not set(categories) <= set(pack.categories):
        return "categories"
    if not set(separate) <= set(categories):
        return "separate"
    if method not in METHODS:
        return "method"
    if signed_on > today:
        return "signed_on"
    return "until" if _last_day(signed_on, until, pack) < max(today, signed_on) else ""


@lru_cache(maxsize=4096)
def _common(
    categories: Sequence[str],
    separate: Sequence[str],
    signed_on: date,
    method: str,
    until: date | None,
    code: str,
) -> Terms:
    pack = jurisdiction(code)
    kept = tuple(sorted(set(categories), key=list(pack.categories).index))
    apart = tuple(sorted(set(separate)))
    last = _last_day(signed_on, until, pack)
    return Terms(kept, apart, signed_on, method, last, said_of(signed_on, kept, apart))


def _last_day(signed_on: date, until: date | None, pack: Jurisdiction) -> date:
    """The last day of the consent, which the jurisdiction limits."""
    longest = signed_on + timedelta(days=pack.max_contribution_days)
    return min(until or longest, longest)
