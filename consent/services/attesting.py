"""Furnishers attest consents that people signed with them: many at once, one statement per table.

1. what is on file already is found for all at once, so the same evidence again changes nothing
2. a withdrawal outlasts the paper signed before it: that consent is answered, and it is not in force
3. texts, consents, events, receipts, ledger entries
4. everybody whose number is known is told at once; who has an account, at the number she proved herself
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext as _

from consent.models import CONTRIBUTION_PURPOSE, Consent
from consent.receipts import Change
from consent.services.acts import keep_texts, record
from consent.services.attestations import Attestation, attestation_fault, digests, document, last_day
from consent.services.notices import attested_text
from consent.services.on_file import on_file
from consent.services.periods import end_of, start_of
from consent.texts import Shown, main_language, shown_text
from registry import messages, residents
from registry.catalogue import jurisdiction
from registry.errors import InvalidRequest
from registry.models import Organisation, Resident
from registry.models.bulk import copy_rows


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
    _require_right(attestations, at)
    furnisher = Organisation.objects.get(id=organisation)
    with transaction.atomic():
        known = on_file(organisation, {each.resident for each in attestations})  # 1
        new: dict[UUID, tuple[Attestation, Consent]] = {}
        ids = []
        for attestation in attestations:
            consent = known.find(attestation)  # 2
            if consent is None:
                made = _consent(attestation, furnisher, licence, main_language(language), at)
                new[made.id] = attestation, made
                known.add(attestation, consent := made.id)
            ids.append(consent)
        _keep([consent for _attestation, consent in new.values()], by=by, at=at)  # 3
        _tell([attestation for attestation, _consent in new.values()], known.roots, furnisher, at=at)  # 4
        return ids


def _require_right(attestations: Sequence[Attestation], at: datetime) -> None:
    for place, attestation in enumerate(attestations):
        if fault := attestation_fault(attestation, at=at):
            said = {f"{place}.{fault}": [_("This is not right.")]}
            raise InvalidRequest("a faulty attestation", fields=said)


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
        valid_until=end_of(last_day(attestation, pack)),
        how=Consent.How.FURNISHER_ATTESTED,
        place=Consent.Place.FURNISHER,
        language=language,
        jurisdiction=pack.code,
        evidence_document=document(attestation),
        evidence_signed_on=attestation.signed_on,
        evidence_method=attestation.method,
        status=Consent.Status.GRANTED,
        reference_digest=digests(attestation)[0],
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
        "consent_consent", [str(field.column) for field in fields], (_row(each, fields) for each in consents)
    )
    record([Change(each, "granted", at, by, each.how, each.place) for each in consents])


def _row(consent: Consent, fields: Sequence[Any]) -> list[object]:
    values = [getattr(consent, field.attname) for field in fields]
    return ["{" + ",".join(value) + "}" if isinstance(value, list) else value for value in values]


def _tell(
    attestations: Sequence[Attestation], roots: Mapping[UUID, UUID], furnisher: Organisation, *, at: datetime
) -> None:
    """Whoever furnishes does not choose whose telephone rings: a proven number goes before the one stated."""
    mobiles = {each.resident: each.mobile or "" for each in attestations}
    accounts = Resident.objects.filter(id__in={roots[each] for each in mobiles}, claimed_at__isnull=False)
    claimed = set(accounts.values_list("id", flat=True)) if mobiles else set()
    if claimed:
        mobiles |= residents.contacts(residents=[each for each in mobiles if roots[each] in claimed])
    text = attested_text(furnisher)
    told = [("consent_attested", mobile, text) for mobile in mobiles.values() if mobile]
    if told:
        messages.queue_many(told, at=at)
