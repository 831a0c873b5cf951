"""The record of an act: its event, its signed receipt and its ledger entry, one statement per table."""

from collections.abc import Iterable, Sequence
from uuid import UUID, uuid4

from django.db import connection
from django.utils import timezone

from consent import receipts
from consent.models import Consent, ShownText
from consent.receipts import Change, Receipt
from consent.texts import Shown
from registry.ledger import Event, NewEntry, append_many
from registry.models.bulk import copy_rows

PLACES = {
    Consent.How.SELF_SERVICE: Consent.Place.PORTAL,
    Consent.How.ASSISTED: Consent.Place.DESK,
    Consent.How.FURNISHER_ATTESTED: Consent.Place.FURNISHER,
}
_EVENTS = {
    "requested": Event.CONSENT_REQUESTED,
    "granted": Event.CONSENT_GRANTED,
    "declined": Event.CONSENT_DECLINED,
    "withdrawn": Event.CONSENT_WITHDRAWN,
    "expired": Event.CONSENT_EXPIRED,
    "superseded": Event.CONSENT_SUPERSEDED,
}
_COLUMNS = (
    *("consent_id", "state", "at", "by", "how", "place", "text_id", "language"),
    *("receipt_id", "receipt", "receipt_hash", "ledger_entry"),
)
_KEEP_TEXTS = """
INSERT INTO consent_showntext (digest, version, language, body)
SELECT * FROM unnest(%s::text[], %s::text[], %s::text[], %s::text[]) ON CONFLICT DO NOTHING
"""


def keep_texts(shown: Iterable[Shown]) -> dict[str, ShownText]:
    """Keep each text under its digest, once and for all; returns them by digest."""
    texts = {
        each.digest: ShownText(
            digest=each.digest, version=each.version, language=each.language, body=each.body
        )
        for each in shown
    }
    rows = sorted((text.digest, text.version, text.language, text.body) for text in texts.values())
    if rows:
        with connection.cursor() as cursor:
            cursor.execute(_KEEP_TEXTS, [list(column) for column in zip(*rows, strict=True)])
    return texts


def record(changes: Sequence[Change], *, records: int | None = None) -> list[Receipt]:
    """Write events, receipts and ledger entries of these changes, in order; returns the receipts.

    Call it in the transaction of the change itself. `records` is how many records went with a withdrawal.
    """
    signed = [receipts.signed(uuid4(), change) for change in changes]
    pairs = list(zip(changes, signed, strict=True))
    entries = append_many([_entry(change, receipt, records) for change, receipt in pairs])
    rows = zip(changes, signed, entries, strict=True)
    copy_rows("consent_consentevent", _COLUMNS, (_row(*each) for each in rows))
    return signed


def _row(change: Change, receipt: Receipt, entry: UUID) -> tuple[object, ...]:
    consent = change.consent
    return (
        *(consent.id, change.state, change.at, change.by, change.how, change.place),
        *(consent.text_id, consent.language),
        *(receipt.id, receipt.jws, receipt.payload_hash, entry),
    )


def _entry(change: Change, receipt: Receipt, records: int | None) -> NewEntry:
    consent = change.consent
    attested = change.state == "granted" and change.how == Consent.How.FURNISHER_ATTESTED
    details = _terms(consent) | {
        "how": change.how or None,
        "assisted": change.how == Consent.How.ASSISTED or None,
        "reason": change.reason or None,
        "receipt": receipt.id,
        "receipt_hash": receipt.payload_hash,
    }
    if attested:
        details |= {"document": consent.evidence_document, "signed_on": consent.evidence_signed_on}
        details["method"] = consent.evidence_method
    if change.successor:
        details["superseded_by"] = change.successor
    if records is not None:
        details["records"] = records
    event = Event.CONSENT_ATTESTED if attested else _EVENTS[change.state]
    return NewEntry(event, change.by, change.at, consent.resident_id, consent.organisation_id, details)


def _terms(consent: Consent) -> dict[str, object]:
    of_access = consent.kind == Consent.Kind.ACCESS
    return {
        "consent": consent.id,
        "version": consent.version,
        "kind": consent.kind,
        "purpose": consent.purpose,
        "categories": sorted(consent.categories),
        "separate_categories": sorted(consent.separate_categories),
        "mode": consent.mode if of_access else None,
        "fetch": consent.fetch if of_access else None,
        "records_from": consent.records_from,
        "records_until": consent.records_until,
        "data_life_days": consent.data_life_days,
        "valid_from": consent.valid_from and timezone.localdate(consent.valid_from),
        "valid_until": consent.valid_until and timezone.localdate(consent.valid_until),
        "licence": consent.licence_id,
        "reference": consent.reference_digest and bytes(consent.reference_digest),
        "text_hash": consent.text_id,
        "text_version": consent.text.version if consent.text else None,
        "language": consent.language,
        "jurisdiction": consent.jurisdiction.lower(),
        "match_level": consent.match_level or None,
    }
