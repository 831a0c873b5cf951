"""Furnishers attest consents that people signed with them: many at once, one statement per table.

1. what is on file already is found with one query, so the same evidence again changes nothing
2. a withdrawal outlasts the paper signed before it: that consent is answered, and it is not in force
3. texts, consents, events, receipts, ledger entries
4. everybody whose number is known is told at once
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from consent.models import CONTRIBUTION_PURPOSE, Consent
from consent.receipts import Change
from consent.services.acts import keep_texts, record
from consent.services.notices import attested_text
from consent.services.periods import end_of, start_of
from consent.texts import Shown, main_language, shown_text
from registry import keys, messages
from registry.catalogue import Jurisdiction, jurisdiction
from registry.catalogue.identity import ConsentMethod
from registry.errors import InvalidRequest
from registry.models import Organisation
from registry.models.bulk import copy_rows

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


@dataclass(slots=True)
class _Known:
    """Attested consents on file for the people of one call."""

    by_key: dict[tuple[object, ...], UUID] = field(default_factory=dict)
    withdrawn: dict[UUID, list[Consent]] = field(default_factory=dict)


def attestation_fault(attestation: Attestation, *, at: datetime) -> str | None:
    """The field of an attestation that is wrong at that moment, None if all is well."""
    pack, today = jurisdiction(settings.JURISDICTION), timezone.localdate(at)
    if not attestation.categories or not set(attestation.categories) <= set(pack.categories):
        return "categories"
    if not set(attestation.separate) <= set(attestation.categories):
        return "separate"
    if attestation.method not in METHODS:
        return "method"
    if len(_document(attestation)) != 32:
        return "document_sha256"
    if attestation.signed_on > today:
        return "signed_on"
    if _last_day(attestation, pack) < max(today, attestation.signed_on):
        return "until"
    return "reference" if len(attestation.reference) > MAX_REFERENCE else None


def attest_many(
    *,
    organisation: UUID,
    licence: UUID,
    attestations: Sequence[Attestation],
    by: str,
    at: datetime,
    language: str = "zh-hans",
) -> list[UUID]:
    """Keep attested contribution consents as granted; returns one consent id per attestation, in order.

    The same reference, person, evidence and categories again give the consent on file, in whatever state it
    is. Raises InvalidRequest naming the first fault by its place, and IntegrityError where a parallel call
    attests the same: run the call again.
    """
    for place, attestation in enumerate(attestations):
        if fault := attestation_fault(attestation, at=at):
            raise InvalidRequest("a faulty attestation", fields={f"{place}.{fault}": ["This is not right."]})
    furnisher = Organisation.objects.get(id=organisation)
    with transaction.atomic():
        known = _known(organisation, {each.resident for each in attestations})  # 1
        new: dict[UUID, tuple[Attestation, Consent]] = {}
        ids = []
        for attestation in attestations:
            consent = _on_file(attestation, known)  # 2
            if consent is None:
                made = _consent(attestation, furnisher, licence, main_language(language), at)
                new[made.id] = attestation, made
                consent = known.by_key[_key(attestation, _digest(attestation))] = made.id
            ids.append(consent)
        _keep([consent for _attestation, consent in new.values()], by=by, at=at)  # 3
        _tell([attestation for attestation, _consent in new.values()], furnisher, at=at)  # 4
        return ids


def _known(organisation: UUID, residents: set[UUID]) -> _Known:
    known = _Known()
    found = Consent.objects.filter(
        organisation=organisation, resident__in=residents, kind=Consent.Kind.CONTRIBUTION
    )
    for consent in found.filter(supersedes=None):
        if consent.status == Consent.Status.WITHDRAWN:
            known.withdrawn.setdefault(consent.resident_id, []).append(consent)  # type: ignore[arg-type]  # filtered by it
        reference = consent.reference_digest and bytes(consent.reference_digest)
        known.by_key[_stored_key(consent, reference)] = consent.id
    return known


def _stored_key(consent: Consent, reference: bytes | None) -> tuple[object, ...]:
    return (
        *(
            consent.resident_id,
            reference,
            bytes(consent.evidence_document or b""),
            consent.evidence_signed_on,
        ),
        *(tuple(sorted(consent.categories)), tuple(sorted(consent.separate_categories))),
    )


def _key(attestation: Attestation, reference: bytes | None) -> tuple[object, ...]:
    return (
        *(attestation.resident, reference, _document(attestation), attestation.signed_on),
        *(tuple(sorted(set(attestation.categories))), tuple(sorted(set(attestation.separate)))),
    )


def _on_file(attestation: Attestation, known: _Known) -> UUID | None:
    for digest in _digests(attestation):
        if consent := known.by_key.get(_key(attestation, digest)):
            return consent
    for withdrawn in known.withdrawn.get(attestation.resident, ()):
        if _outlasts(withdrawn, attestation):
            return withdrawn.id
    return None


def _outlasts(withdrawn: Consent, attestation: Attestation) -> bool:
    """Whether a withdrawal came after what is attested was signed, for the same kind of information."""
    same = bytes(withdrawn.evidence_document or b"") == _document(attestation)
    if same and withdrawn.evidence_signed_on == attestation.signed_on:
        return True
    ended = withdrawn.ended_at
    earlier = ended is not None and attestation.signed_on < timezone.localdate(ended)
    return earlier and bool(set(withdrawn.categories) & set(attestation.categories) - {"identity"})


def _digests(attestation: Attestation) -> list[bytes | None]:
    if not attestation.reference:
        return [None]
    return [indexer.digest("consent_reference", attestation.reference) for indexer in keys.indexers()]


def _digest(attestation: Attestation) -> bytes | None:
    return _digests(attestation)[0]


def _document(attestation: Attestation) -> bytes:
    document = attestation.document_sha256
    if isinstance(document, bytes):
        return document
    try:
        return bytes.fromhex(document)
    except ValueError:
        return b""


def _last_day(attestation: Attestation, pack: Jurisdiction) -> date:
    longest = attestation.signed_on + timedelta(days=pack.max_contribution_days)
    return min(attestation.until or longest, longest)


def _consent(
    attestation: Attestation, furnisher: Organisation, licence: UUID, language: str, at: datetime
) -> Consent:
    pack = jurisdiction(settings.JURISDICTION)
    return Consent(
        id=uuid4(),
        resident_id=attestation.resident,
        organisation=furnisher,
        licence_id=licence,
        kind=Consent.Kind.CONTRIBUTION,
        purpose=CONTRIBUTION_PURPOSE,
        categories=sorted(set(attestation.categories), key=list(pack.categories).index),
        separate_categories=sorted(set(attestation.separate)),
        mode=Consent.Mode.STORE,
        fetch=Consent.Fetch.PERIODIC,
        asked_until=attestation.until,
        valid_from=start_of(attestation.signed_on),
        valid_until=end_of(_last_day(attestation, pack)),
        how=Consent.How.FURNISHER_ATTESTED,
        place=Consent.Place.FURNISHER,
        language=language,
        jurisdiction=pack.code,
        evidence_document=_document(attestation),
        evidence_signed_on=attestation.signed_on,
        evidence_method=attestation.method,
        status=Consent.Status.GRANTED,
        reference_digest=_digest(attestation),
        requested_at=at,
        decided_at=at,
    )


def _keep(consents: Sequence[Consent], *, by: str, at: datetime) -> None:
    shown: dict[tuple[object, ...], Shown] = {}
    for consent in consents:
        terms = (tuple(consent.categories), consent.valid_until)
        if terms not in shown:
            shown[terms] = shown_text(consent, language=consent.language)
    texts = keep_texts(shown.values())
    for consent in consents:
        consent.text = texts[shown[tuple(consent.categories), consent.valid_until].digest]
    fields = list(Consent._meta.concrete_fields)
    copy_rows(
        "consent_consent", [field.column for field in fields], (_row(each, fields) for each in consents)
    )
    record([Change(each, "granted", at, by, each.how, each.place) for each in consents])


def _row(consent: Consent, fields: Sequence[Any]) -> list[object]:
    values = [getattr(consent, field.attname) for field in fields]
    return ["{" + ",".join(value) + "}" if isinstance(value, list) else value for value in values]


def _tell(attestations: Sequence[Attestation], furnisher: Organisation, *, at: datetime) -> None:
    people: Mapping[UUID, str] = {each.resident: each.mobile for each in attestations if each.mobile}
    text = attested_text(furnisher)
    if people:
        messages.queue_many([("consent_attested", mobile, text) for mobile in people.values()], at=at)
