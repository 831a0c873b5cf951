"""Events of single acts against their signed receipts, the ledger's entries, and the consents as they are."""

import json
from base64 import urlsafe_b64decode
from hashlib import sha256
from typing import Any
from uuid import UUID

from consent.models import Consent, ConsentEvent
from consent.receipts import TYPE, Change, ReceiptBroken, claims
from consent.receipts.members import moment
from consent.receipts.signing import opened
from registry.ledger import LedgerBroken
from registry.models import LedgerEntry

_PIECE = 2000
# What a consent's row must still be, by its newest receipt. The organisation's name may change.
_LASTING = (
    *("record_id", "version", "jurisdiction", "status", "dpv:hasDataSubject", "kind", "dpv:hasPurpose"),
    *("dpv:hasPersonalData", "separate_consent", "processing", "validity", "notice", "supersedes"),
)
_EVIDENCE = ("document_sha256", "signed_on", "method")


def require_events() -> int:
    """How many events hold. Raises LedgerBroken."""
    count, last = 0, 0
    while piece := _piece(last):
        entries = _entries([event.ledger_entry for event in piece])
        newest = _newest([event.consent_id for event in piece])
        for event in piece:
            members = _require_receipt(event, entries.get(event.ledger_entry, {}))
            if newest[event.consent_id] == event.pk:
                _require_consent(event, members)
        count, last = count + len(piece), piece[-1].pk
    return count


def _piece(after: int) -> list[ConsentEvent]:
    found = ConsentEvent.objects.filter(id__gt=after).order_by("id")
    return list(found.select_related("consent__organisation", "consent__text")[:_PIECE])


def _entries(wanted: list[UUID]) -> dict[UUID, dict[str, Any]]:
    found = LedgerEntry.objects.filter(entry__in=wanted).values_list("entry", "body")
    return {entry: json.loads(body) for entry, body in found}


def _newest(consents: list[UUID]) -> dict[UUID, int]:
    events = ConsentEvent.objects.filter(consent__in=consents).order_by("id")
    return dict(events.values_list("consent_id", "id"))


def _require_receipt(event: ConsentEvent, entry: dict[str, Any]) -> dict[str, Any]:
    """The members of an event's receipt, once it is signed, in the ledger, and says what the event does."""
    try:
        members = opened(event.receipt, TYPE)
    except ReceiptBroken:
        raise _broken(event, "the signature of its receipt does not hold") from None
    said = {name: members.get(name) for name in ("receipt_id", "record_id", "status", "event")}
    who = {"at": moment(event.at), "by": event.by.partition(":")[0], "how": event.how, "place": event.place}
    stated = {name: value for name, value in who.items() if value}
    reason = {"reason": members["event"]["reason"]} if "reason" in members.get("event", {}) else {}
    if said != {
        "receipt_id": f"urn:uuid:{event.receipt_id}",
        "record_id": f"urn:uuid:{event.consent_id}",
        "status": event.state,
        "event": stated | reason,
    }:
        raise _broken(event, "it is not what its receipt says")
    _require_entry(event, entry)
    return members


def _require_entry(event: ConsentEvent, entry: dict[str, Any]) -> None:
    payload = _payload_hash(event.receipt)
    details = entry.get("details", {})
    acts = {f"consent_{event.state}", "consent_attested" if event.state == "granted" else ""}
    told = (
        entry.get("by"),
        entry.get("at"),
        *(details.get(n) for n in ("consent", "receipt", "receipt_hash")),
    )
    expected = (event.by, moment(event.at), str(event.consent_id), str(event.receipt_id), payload.hex())
    if entry.get("event") not in acts or told != expected or payload != bytes(event.receipt_hash):
        raise _broken(event, "it is not what the ledger says")
    if details.get("language") != event.language or details.get("text_hash") != event.text_id:
        raise _broken(event, "it names another text than the ledger")


def _require_consent(event: ConsentEvent, members: dict[str, Any]) -> None:
    consent: Consent = event.consent
    change = Change(consent, event.state, event.at, event.by, event.how, event.place)
    now = claims(event.receipt_id, change)
    same = all(now.get(name) == members.get(name) for name in _LASTING)
    controller = all(
        now["dpv:hasDataController"][name] == members["dpv:hasDataController"][name]
        for name in ("id", "licence")
    )
    evidence = [now.get("evidence", {}).get(name) for name in _EVIDENCE]
    if (
        not same
        or not controller
        or evidence != [members.get("evidence", {}).get(name) for name in _EVIDENCE]
    ):
        raise _broken(event, "its consent is not as its receipt says")


def _payload_hash(receipt: str) -> bytes:
    payload = receipt.split(".")[1]
    return sha256(urlsafe_b64decode(payload + "=" * (-len(payload) % 4))).digest()


def _broken(event: ConsentEvent, what: str) -> LedgerBroken:
    return LedgerBroken(f"event {event.pk} of consent {event.consent_id}: {what}", entry=event.ledger_entry)
