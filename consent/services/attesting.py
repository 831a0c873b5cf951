"""Furnishers attest consents that people signed with them: many at once, one statement per table.

1. what is on file already is found for all at once, so the same evidence again changes nothing
2. a withdrawal outlasts the paper signed before it, and so does an erasure: that consent is answered, and it
   is not in force
3. the others become one batch: texts, consents, one signature, one ledger entry
4. everybody whose number is known is told at once; who has an account, at the number she proved herself
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from uuid import UUID

from django.db import connection, transaction
from django.utils.translation import gettext as _

from consent.services.attestations import (
    Attestation,
    attestation_fault,
    document,
    evidence_digest,
    reference_digests,
    terms_of,
)
from consent.services.batching import Act, New, keep
from consent.services.notices import attested_text
from consent.services.on_file import OnFile, in_force, on_file
from consent.texts import main_language
from registry import messages, residents
from registry.errors import InvalidRequest
from registry.models import Organisation
from registry.models.arrays import uuid_array
from registry.models.ids import new_ids

_FURNISHER = "SELECT * FROM registry_organisation WHERE id = %s"
_CLAIMED = "SELECT id FROM registry_resident WHERE id = ANY(%s::uuid[]) AND claimed_at IS NOT NULL"


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
    act = _act(organisation, licence, by, at, language)
    with transaction.atomic():
        return _attest(attestations, act)[0]


def attest_checked(
    *,
    organisation: UUID,
    licence: UUID,
    attestations: Sequence[Attestation],
    by: str,
    at: datetime,
    language: str = "zh-hans",
) -> list[tuple[UUID, bool]]:
    """As `attest_many`; says beside each id whether that consent is in force.

    Those that are stay so until the acting transaction ends: what was on file is locked against withdrawal.
    """
    act = _act(organisation, licence, by, at, language)
    with transaction.atomic():
        ids, new = _attest(attestations, act)
        standing = in_force(set(ids) - new.keys(), at=at)
        standing |= {consent for consent, made in new.items() if made.in_force(at)}
        return [(consent, consent in standing) for consent in ids]


def _act(organisation: UUID, licence: UUID, by: str, at: datetime, language: str) -> Act:
    (furnisher,) = Organisation.objects.raw(_FURNISHER, [organisation])
    return Act(furnisher, licence, main_language(language), by, at)


def _attest(attestations: Sequence[Attestation], act: Act) -> tuple[list[UUID], dict[UUID, New]]:
    _require_right(attestations, act.at)
    digests = reference_digests(each.reference for each in attestations)
    stated = (digest for of in digests.values() for digest in of if digest)
    known = on_file(act.furnisher.pk, {each.resident for each in attestations}, stated)  # 1
    ids, new = _sorted_out(attestations, digests, known, act.at)  # 2
    keep(list(new.values()), act)  # 3
    _tell([made.attestation for made in new.values()], known.roots, act.furnisher, at=act.at)  # 4
    return ids, new


def _require_right(attestations: Sequence[Attestation], at: datetime) -> None:
    for place, attestation in enumerate(attestations):
        if fault := attestation_fault(attestation, at=at):
            said = {f"{place}.{fault}": [_("This is not right.")]}
            raise InvalidRequest("a faulty attestation", fields=said)


def _sorted_out(
    attestations: Sequence[Attestation],
    digests: Mapping[str, Sequence[bytes | None]],
    known: OnFile,
    at: datetime,
) -> tuple[list[UUID], dict[UUID, New]]:
    """The consent that answers each attestation, and those among them that are new."""
    answers: list[UUID] = []
    new: dict[UUID, New] = {}
    for attestation, fresh in zip(attestations, new_ids(len(attestations), at=at), strict=True):
        root, terms, paper = known.roots[attestation.resident], terms_of(attestation), document(attestation)
        first, *older = digests[attestation.reference]
        evidence = evidence_digest(terms.said, paper, first)
        consent = known.by_evidence.get((root, evidence))
        for reference in older:  # of before a change of the index key
            consent = consent or known.by_evidence.get((root, evidence_digest(terms.said, paper, reference)))
        if known.withdrawn:
            consent = consent or known.outlasting(root, terms, paper)
        if known.of_erased:
            consent = consent or known.outlasting_erasure(digests[attestation.reference], terms, paper)
        if consent is None:
            new[fresh] = New(fresh, attestation, terms, paper, first, evidence)
            known.by_evidence[root, evidence] = consent = fresh
        answers.append(consent)
    return answers, new


def _tell(
    attestations: Sequence[Attestation], roots: Mapping[UUID, UUID], furnisher: Organisation, *, at: datetime
) -> None:
    """Whoever furnishes does not choose whose telephone rings: a proven number goes before the one stated."""
    mobiles = {each.resident: each.mobile or "" for each in attestations}
    claimed = _claimed({roots[each] for each in mobiles})
    if claimed:
        mobiles |= residents.contacts(residents=[each for each in mobiles if roots[each] in claimed])
    text = attested_text(furnisher)
    told = [("consent_attested", mobile, text) for mobile in mobiles.values() if mobile]
    if told:
        messages.queue_many(told, at=at)


def _claimed(roots: set[UUID]) -> set[UUID]:
    if not roots:
        return set()
    with connection.cursor() as cursor:
        cursor.execute(_CLAIMED, [uuid_array(roots)])
        return {row[0] for row in cursor.fetchall()}
