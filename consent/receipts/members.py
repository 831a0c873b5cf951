"""What a receipt says: the members of the document about one change of one consent, in canonical form.

They follow ISO/IEC TS 27560, named by the W3C Data Privacy Vocabulary (version 2) where that has a name. A
receipt holds no name and no number of the person.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID

from django.conf import settings

from consent.models import Consent

SCHEMA = "1"
CONTEXT = {"dpv": "https://w3id.org/dpv#"}

_DPV_STATUS = {
    "requested": "dpv:ConsentRequested",
    "granted": "dpv:ConsentGiven",
    "declined": "dpv:ConsentRefused",
    "withdrawn": "dpv:ConsentWithdrawn",
    "expired": "dpv:ConsentExpired",
    "superseded": "dpv:ConsentWithdrawn",  # by her own narrower decision; `superseded_by` says which
}


@dataclass(frozen=True, slots=True)
class Change:
    """A change of state as it is to be recorded: which, when, by whom, how and where, by which text."""

    consent: Consent
    state: str
    at: datetime
    by: str
    how: str = ""
    place: str = ""
    reason: str = ""
    successor: UUID | None = None


def canonical(members: Mapping[str, Any]) -> bytes:
    """RFC 8785 form of what `claims` yields: strings, whole numbers, lists and objects with ASCII names.

    The standard encoder writes exactly that form for these; a test holds it against a full implementation.
    """
    return json.dumps(members, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


def claims(receipt: UUID, change: Change) -> dict[str, Any]:
    """The members of a receipt; those that do not apply are left out."""
    consent = change.consent
    members = {
        "@context": CONTEXT,
        "@type": "dpv:ConsentRecord",
        "schema_version": SCHEMA,
        "receipt_id": f"urn:uuid:{receipt}",
        "record_id": f"urn:uuid:{consent.id}",
        "version": consent.version,
        "issuer": settings.BASE_URL,
        "jurisdiction": consent.jurisdiction,
        "status": change.state,
        "dpv:hasConsentStatus": _DPV_STATUS[change.state],
        "event": _event(change),
        "dpv:hasDataSubject": f"urn:uuid:{consent.resident_id}" if consent.resident_id else None,
        "dpv:hasDataController": _organisation(consent),
        "kind": consent.kind,
        "dpv:hasPurpose": consent.purpose,
        "dpv:hasPersonalData": sorted(consent.categories),
        "separate_consent": sorted(consent.separate_categories),
        "processing": _processing(consent),
        "validity": _validity(consent),
        "notice": _notice(consent),
        "evidence": _evidence(consent),
        "supersedes": f"urn:uuid:{consent.supersedes_id}" if consent.supersedes_id else None,
        "superseded_by": f"urn:uuid:{change.successor}" if change.successor else None,
    }
    return _present(members)


def _event(change: Change) -> dict[str, Any]:
    return _present(
        {
            "at": moment(change.at),
            "by": change.by.partition(":")[0],
            "how": change.how,
            "place": change.place,
            "reason": change.reason,
        }
    )


def _organisation(consent: Consent) -> dict[str, Any]:
    return {
        "id": f"urn:uuid:{consent.organisation_id}",
        "name": consent.organisation.name,
        "licence": f"urn:uuid:{consent.licence_id}",
    }


def _processing(consent: Consent) -> dict[str, Any]:
    if consent.kind != Consent.Kind.ACCESS:
        return {}
    return _present(
        {
            "mode": consent.mode,
            "fetch": consent.fetch,
            "frequency_days": consent.frequency_days,
            "records_from": _day(consent.records_from),
            "records_until": _day(consent.records_until),
            "data_life_days": consent.data_life_days,
            "match_level": consent.match_level,
        }
    )


def _validity(consent: Consent) -> dict[str, Any]:
    return _present(
        {
            "from": consent.valid_from and moment(consent.valid_from),
            "until": consent.valid_until and moment(consent.valid_until),
            "requested_at": moment(consent.requested_at),
            "answer_by": consent.expires_at and moment(consent.expires_at),
        }
    )


def _notice(consent: Consent) -> dict[str, Any]:
    if consent.text is None:
        return {}
    return {
        "language": consent.text.language,
        "version": consent.text.version,
        "sha256": consent.text.digest,
    }


def _evidence(consent: Consent) -> dict[str, Any]:
    if consent.evidence_document is None:
        return {}
    return {
        "document_sha256": bytes(consent.evidence_document).hex(),
        "signed_on": _day(consent.evidence_signed_on),
        "method": consent.evidence_method,
        **({"reference_digest": bytes(reference).hex()} if (reference := consent.reference_digest) else {}),
    }


def _day(day: date | None) -> str | None:
    return day.isoformat() if day else None


def _present(members: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in members.items() if value not in (None, "", {}, [])}


def moment(at: datetime) -> str:
    """RFC 3339 in UTC, with microseconds."""
    return at.astimezone(UTC).replace(tzinfo=None).isoformat(timespec="microseconds") + "Z"
