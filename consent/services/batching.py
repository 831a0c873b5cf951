"""A batch of attested consents: rows, receipts under one signature, and one ledger entry for all of them.

1. the texts that were signed, each once
2. the receipts' contents, the tree over them, its root signed
3. the ledger's entry, with count and root
4. the batch, then its consents, whole: the database takes no part of one
"""

from collections.abc import Sequence
from datetime import date, datetime
from functools import lru_cache
from typing import Any, NamedTuple
from uuid import UUID

from django.conf import settings

from consent.models import CONTRIBUTION_PURPOSE, Consent, ShownText
from consent.receipts import Change, batches, canonical, claims
from consent.receipts.members import moment
from consent.services.acts import keep_texts
from consent.services.attestations import Attestation, Terms
from consent.services.periods import end_of, start_of
from consent.texts import Shown, shown_text
from registry.catalogue import jurisdiction
from registry.ledger import Event, append
from registry.models import Organisation
from registry.models.bulk import copy_columns
from registry.models.ids import new_ids

# Of a receipt's members, those that all of a batch have in common and that no consent's row holds.
SHARED = ("@context", "@type", "schema_version", "issuer", "event", "dpv:hasDataController")


class Act(NamedTuple):
    """Who attests for whom, under which licence, in which language, when."""

    furnisher: Organisation
    licence: UUID
    language: str
    by: str
    at: datetime


class New(NamedTuple):
    """A consent to be made: its id and what is attested; `reference` and `evidence` are keyed digests."""

    id: UUID
    attestation: Attestation
    terms: Terms
    document: bytes
    reference: bytes | None
    evidence: bytes

    def in_force(self, at: datetime) -> bool:
        """Whether it is in force at that moment, once it is kept."""
        start, end = _period(self.terms)
        return start <= at < end


def keep(new: Sequence[New], act: Act) -> None:
    """Keep these consents as one batch, in the acting transaction."""
    if not new:
        return
    told = _told(new, act)
    texts = keep_texts({each.shown.digest: each.shown for each in told}.values())  # 1
    batch = batches.batch_id(new_ids(1, at=act.at)[0])
    members = _members(new[0], act, texts[told[0].shown.digest])
    leaves = batches.leaf_hashes(_contents(new, told, batch, act, texts))  # 2
    signed = batches.signed_batch(batch, leaves, act.at)
    entry = append(  # 3
        Event.CONSENTS_ATTESTED,
        by=act.by,
        at=act.at,
        organisation=act.furnisher.pk,
        details={"batch": batch, "consents": len(new), "root": signed.root, "licence": act.licence},
    )
    row = {
        "id": batch,
        "organisation_id": act.furnisher.pk,
        "at": act.at,
        "by": act.by,
        "size": len(new),
        "shared": canonical({name: members[name] for name in SHARED}).decode(),
        "leaves": signed.leaves,
        "root": signed.root,
        "signed_root": signed.signed_root,
        "ledger_entry": entry,
    }
    copy_columns("consent_consentbatch", {name: [value] for name, value in row.items()})  # 4
    _copy(new, told, batch, act)


class _Told(NamedTuple):
    """What terms come to: the text that was signed, the period, as text too, and what sets kinds apart."""

    shown: Shown
    start: datetime
    end: datetime
    start_text: str
    end_text: str
    signed_on: str
    kind: tuple[object, ...]


def _told(new: Sequence[New], act: Act) -> list[_Told]:
    """For each of these consents; worked out once for each terms, which are few."""
    known: dict[int, _Told] = {}
    for each in new:
        if id(each.terms) not in known:
            known[id(each.terms)] = _tell(each.terms, act)
    return [known[id(each.terms)] for each in new]


def _tell(terms: Terms, act: Act) -> _Told:
    start, end = _period(terms)
    shown = _shown(act.furnisher.name, act.furnisher.name_en, act.language, terms)
    kind = (terms.categories, terms.separate, terms.method)
    return _Told(shown, start, end, moment(start), moment(end), terms.signed_on.isoformat(), kind)


def _contents(
    new: Sequence[New], told: Sequence[_Told], batch: UUID, act: Act, texts: dict[str, ShownText]
) -> list[bytes]:
    receipts = batches.receipt_ids(batch, len(new))
    owns = [
        batches.Own(
            str(each.attestation.resident),
            each.document.hex(),
            batches.fragment(each.reference),
            of.signed_on,
            of.shown.digest,
            receipt,
            str(each.id),
            of.start_text,
            of.end_text,
        )
        for each, of, receipt in zip(new, told, receipts, strict=True)
    ]
    return batches.contents(
        owns, [of.kind for of in told], lambda at: _members(new[at], act, texts[told[at].shown.digest])
    )


def _members(new: New, act: Act, text: ShownText) -> dict[str, Any]:
    consent = Consent(**_common(act), **_particular(new), text=text, organisation=act.furnisher)
    change = Change(consent, "granted", act.at, act.by, consent.how, consent.place)
    return claims(new.id, change)


def _common(act: Act) -> dict[str, Any]:
    """The columns that are the same for the whole batch."""
    return {
        "version": 1,
        "licence_id": act.licence,
        "kind": str(Consent.Kind.CONTRIBUTION),
        "purpose": CONTRIBUTION_PURPOSE,
        "mode": str(Consent.Mode.STORE),
        "fetch": str(Consent.Fetch.PERIODIC),
        "how": str(Consent.How.FURNISHER_ATTESTED),
        "place": str(Consent.Place.FURNISHER),
        "language": act.language,
        "jurisdiction": jurisdiction(settings.JURISDICTION).code,
        "status": str(Consent.Status.GRANTED),
        "match_level": "",
        "reference": "",
        "suppressed": False,
        "requested_at": act.at,
        "decided_at": act.at,
    }


def _particular(new: New) -> dict[str, Any]:
    start, end = _period(new.terms)
    return {
        "id": new.id,
        "resident_id": new.attestation.resident,
        "categories": list(new.terms.categories),
        "separate_categories": list(new.terms.separate),
        "valid_from": start,
        "valid_until": end,
        "evidence_document": new.document,
        "evidence_signed_on": new.terms.signed_on,
        "evidence_method": new.terms.method,
        "reference_digest": new.reference,
        "evidence_digest": new.evidence,
    }


def _copy(new: Sequence[New], told: Sequence[_Told], batch: UUID, act: Act) -> None:
    count = len(new)
    same = _common(act) | {"organisation_id": act.furnisher.pk, "batch_id": batch}
    columns: dict[str, Sequence[Any]] = {name: [value] * count for name, value in same.items()}
    ids, attestations, terms, documents, references, evidences = zip(*new, strict=True)
    columns |= {
        "id": ids,
        "resident_id": [each.resident for each in attestations],
        "categories": [each.categories for each in terms],
        "separate_categories": [each.separate for each in terms],
        "valid_from": [of.start for of in told],
        "valid_until": [of.end for of in told],
        "text_id": [of.shown.digest for of in told],
        "evidence_document": documents,
        "evidence_signed_on": [each.signed_on for each in terms],
        "evidence_method": [each.method for each in terms],
        "reference_digest": references,
        "evidence_digest": evidences,
        "leaf": range(count),
    }
    copy_columns("consent_consent", columns)


@lru_cache(maxsize=4096)
def _period(terms: Terms) -> tuple[datetime, datetime]:
    """When a consent of these terms begins and ends."""
    return start_of(terms.signed_on), end_of(terms.last_day)


def _shown(name: str, name_en: str, language: str, terms: Terms) -> Shown:
    """The text that was signed; it depends on nothing else."""
    return _rendered(name, name_en, language, terms.categories, terms.last_day, settings.JURISDICTION)


@lru_cache(maxsize=2048)
def _rendered(
    name: str, name_en: str, language: str, categories: tuple[str, ...], last: date, code: str
) -> Shown:
    pattern = Consent(
        organisation=Organisation(name=name, name_en=name_en),
        kind=Consent.Kind.CONTRIBUTION,
        purpose=CONTRIBUTION_PURPOSE,
        categories=list(categories),
        valid_until=end_of(last),
        jurisdiction=code,
    )
    return shown_text(pattern, language=language)
