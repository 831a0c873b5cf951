"""The closed list of consequential acts, and what an entry may say about each.

Entries say who did what to whom and when, in ids, codes, counts, dates and digests. Every detail key is
declared here with its kind, and every event with its keys; `check` refuses whatever is not, so that no
name, number or address can slip into a table that nobody can erase.
"""

import re
from collections.abc import Callable, Iterable, Mapping
from datetime import date
from enum import StrEnum
from uuid import UUID

from registry.ledger.errors import EntryRefused

Plain = str | int | bool | list[str]


class Event(StrEnum):
    """Every act the ledger knows."""

    CONSENT_REQUESTED = "consent_requested"
    CONSENT_ATTESTED = "consent_attested"  # of before consents were attested in batches
    CONSENTS_ATTESTED = "consents_attested"
    CONSENT_GRANTED = "consent_granted"
    CONSENT_DECLINED = "consent_declined"
    CONSENT_WITHDRAWN = "consent_withdrawn"
    CONSENT_EXPIRED = "consent_expired"
    CONSENT_SUPERSEDED = "consent_superseded"

    INVITATION_MADE = "invitation_made"
    INVITATION_REVOKED = "invitation_revoked"

    UPLOAD_RECEIVED = "upload_received"
    UPLOAD_TRIED = "upload_tried"
    UPLOAD_CONFIRMED = "upload_confirmed"
    MAPPING_FORGOTTEN = "mapping_forgotten"
    UPLOAD_FINISHED = "upload_finished"
    UPLOAD_CANCELLED = "upload_cancelled"
    UPLOAD_UNDONE = "upload_undone"
    STAGED_FILE_DESTROYED = "staged_file_destroyed"

    RECORDS_STORED = "records_stored"
    RECORDS_ANNOUNCED = "records_announced"
    RECORDS_RETRACTED = "records_retracted"
    RECORDS_WITHDRAWN = "records_withdrawn"
    RECORDS_EXPIRED = "records_expired"
    RECORDS_ERASED = "records_erased"

    RESIDENTS_LINKED = "residents_linked"
    LINK_REVIEWED = "link_reviewed"
    RESIDENT_MERGED = "resident_merged"
    RESIDENT_SPLIT = "resident_split"
    RESIDENT_CLAIMED = "resident_claimed"
    RESIDENT_FROZEN = "resident_frozen"
    RESIDENT_UNFROZEN = "resident_unfrozen"
    RESIDENT_ERASED = "resident_erased"

    REPORT_READ = "report_read"
    REPORT_REFUSED = "report_refused"
    STAFF_READ = "staff_read"
    OWN_READ = "own_read"

    DISPUTE_OPENED = "dispute_opened"
    DISPUTE_DECIDED = "dispute_decided"
    STATEMENT_ADDED = "statement_added"

    ORGANISATION_REGISTERED = "organisation_registered"
    LICENCE_APPLIED = "licence_applied"
    LICENCE_GRANTED = "licence_granted"
    LICENCE_SUSPENDED = "licence_suspended"
    LICENCE_RESUMED = "licence_resumed"
    LICENCE_ENDED = "licence_ended"
    MEMBER_ADDED = "member_added"
    MEMBER_CHANGED = "member_changed"
    MEMBER_REMOVED = "member_removed"
    CREDENTIAL_ISSUED = "credential_issued"
    CREDENTIAL_REVOKED = "credential_revoked"

    KEY_ROTATED = "key_rotated"
    KEY_DESTROYED = "key_destroyed"


_UUID = re.compile(r"[0-9a-f]{8}-?(?:[0-9a-f]{4}-?){3}[0-9a-f]{12}")
_CODE = re.compile(r"[a-z](?!.*\d{6})[a-z0-9_.:-]{0,63}")
_VERSION = re.compile(r"(?!.*\d{6})[a-z0-9][a-z0-9_.-]{0,31}")
_DIGEST = re.compile(r"[0-9a-f]{32}|[0-9a-f]{64}")
_ACTOR = re.compile(rf"[a-z][a-z_]{{1,19}}:(?:{_UUID.pattern}|{_CODE.pattern})")
_COUNT_LIMIT = 10**10  # below the mobile numbers


def _id(value: object) -> str | None:
    text = str(value) if isinstance(value, UUID) else value
    return text if isinstance(text, str) and _UUID.fullmatch(text) else None


def _code(value: object) -> str | None:
    return str(value) if isinstance(value, str) and _CODE.fullmatch(value) else None


def _codes(value: object) -> list[str] | None:
    if isinstance(value, str) or not isinstance(value, Iterable):
        return None
    codes = [_code(item) for item in value]
    return None if None in codes else [code for code in codes if code]


def _count(value: object) -> int | None:
    fits = isinstance(value, int) and not isinstance(value, bool) and 0 <= value < _COUNT_LIMIT
    return value if fits and isinstance(value, int) else None


def _version(value: object) -> int | str | None:
    if isinstance(value, str):
        return str(value) if _VERSION.fullmatch(value) else None
    return _count(value)


def _digest(value: object) -> str | None:
    text = value.hex() if isinstance(value, bytes) else value
    return text if isinstance(text, str) and _DIGEST.fullmatch(text) else None


def _date(value: object) -> str | None:
    return value.isoformat() if type(value) is date else None


def _flag(value: object) -> bool | None:
    return value if isinstance(value, bool) else None


Kind = Callable[[object], Plain | None]

_KINDS: dict[Kind, str] = {
    _id: "api_key batch client consent dispute identity inquiry invitation licence link member merge receipt"
    " record report request resident superseded_by upload webhook",
    _code: "decision fetch format how kind language jurisdiction match_level method mode name number_policy"
    " outcome purpose reason role status type",
    _codes: "categories purposes roles scopes separate_categories",
    _count: "accepted bytes chunk consents corrected created data_life_days expired held_for_review"
    " identities keys linked notices records refused restored review rows shard"
    " superseded disputed reported unchanged",
    _version: "version text_version root_version",
    _digest: "content document receipt_hash reference root text_hash",
    _date: "records_from records_until signed_on valid_from valid_until",
    _flag: "assisted negative new",
}
KINDS: dict[str, Kind] = {key: kind for kind, keys in _KINDS.items() for key in keys.split()}

_CONSENT = (
    "consent kind purpose categories separate_categories mode fetch records_from records_until data_life_days"
    " valid_from valid_until how assisted method licence request reference text_hash text_version language"
    " jurisdiction receipt receipt_hash version match_level reason"
)
_ROWS = "accepted unchanged corrected held_for_review refused"
_READ = (
    "inquiry consent purpose categories records records_from records_until reference reason licence report"
)
_LICENCE = "licence role purposes categories valid_from valid_until number_policy reason"
_MEMBER = "member role roles reason"

_DETAILS: dict[Event, str] = {
    Event.CONSENT_REQUESTED: _CONSENT,
    Event.CONSENT_ATTESTED: _CONSENT + " document signed_on",
    Event.CONSENTS_ATTESTED: "batch consents root licence",
    Event.CONSENT_GRANTED: _CONSENT,
    Event.CONSENT_DECLINED: _CONSENT,
    Event.CONSENT_WITHDRAWN: _CONSENT + " records",
    Event.CONSENT_EXPIRED: _CONSENT,
    Event.CONSENT_SUPERSEDED: _CONSENT + " superseded_by",
    Event.INVITATION_MADE: "invitation categories valid_until licence",
    Event.INVITATION_REVOKED: "invitation",
    Event.UPLOAD_RECEIVED: "upload format type bytes content licence reason",
    Event.UPLOAD_TRIED: "upload type rows reason " + _ROWS,
    Event.UPLOAD_CONFIRMED: "upload type",
    Event.MAPPING_FORGOTTEN: "upload type",
    Event.UPLOAD_FINISHED: "upload status rows reason " + _ROWS,
    Event.UPLOAD_CANCELLED: "upload status rows reason " + _ROWS,
    Event.STAGED_FILE_DESTROYED: "upload bytes reason",
    Event.RECORDS_STORED: "upload chunk licence type rows records content notices " + _ROWS,
    Event.RECORDS_ANNOUNCED: "records notices reason",
    Event.RECORDS_RETRACTED: "record type upload reported restored reason",
    Event.UPLOAD_UNDONE: "upload records restored reported disputed superseded reason",
    Event.RECORDS_WITHDRAWN: "consent records categories reason",
    Event.RECORDS_EXPIRED: "records type reason",
    Event.RECORDS_ERASED: "records reason",
    Event.RESIDENTS_LINKED: "created linked review identities upload chunk",
    Event.LINK_REVIEWED: "link identity resident decision reason",
    Event.RESIDENT_MERGED: "merge resident reason",
    Event.RESIDENT_SPLIT: "merge resident reason",
    Event.RESIDENT_CLAIMED: "method assisted",
    Event.RESIDENT_FROZEN: "reason how assisted",
    Event.RESIDENT_UNFROZEN: "reason how assisted",
    Event.RESIDENT_ERASED: "records identities reason",
    Event.REPORT_READ: _READ + " match_level mode fetch text_hash",
    Event.REPORT_REFUSED: _READ,
    Event.STAFF_READ: _READ,
    Event.OWN_READ: _READ + " format",
    Event.DISPUTE_OPENED: "dispute record reason",
    Event.DISPUTE_DECIDED: "dispute record decision outcome reason",
    Event.STATEMENT_ADDED: "record content",
    Event.ORGANISATION_REGISTERED: "kind",
    Event.LICENCE_APPLIED: _LICENCE,
    Event.LICENCE_GRANTED: _LICENCE,
    Event.LICENCE_SUSPENDED: _LICENCE,
    Event.LICENCE_RESUMED: _LICENCE,
    Event.LICENCE_ENDED: _LICENCE,
    Event.MEMBER_ADDED: _MEMBER,
    Event.MEMBER_CHANGED: _MEMBER,
    Event.MEMBER_REMOVED: _MEMBER,
    Event.CREDENTIAL_ISSUED: "kind api_key client member webhook scopes reason",
    Event.CREDENTIAL_REVOKED: "kind api_key client member webhook scopes reason",
    Event.KEY_ROTATED: "name kind version root_version shard keys reason",
    Event.KEY_DESTROYED: "name kind version root_version shard keys reason",
}
DETAILS: dict[Event, frozenset[str]] = {event: frozenset(keys.split()) for event, keys in _DETAILS.items()}


def check(event: Event, details: Mapping[str, object]) -> dict[str, Plain]:
    """The details as plain JSON values; a detail that is None is left out.

    Raises EntryRefused for an event outside the list, a key its event does not declare, or a value that
    is not of the key's kind. The error names the key and never shows the value.
    """
    if not isinstance(event, Event):
        raise EntryRefused("the ledger knows no such event")
    plain: dict[str, Plain] = {}
    for key, value in details.items():
        if key not in DETAILS[event]:
            raise EntryRefused(f"{event} carries no such detail: {key!r}")
        if value is None:
            continue
        kept = KINDS[key](value)
        if kept is None:
            raise EntryRefused(
                f"{event}: the value of {key!r} is not of its kind {KINDS[key].__name__.strip('_')}"
            )
        plain[key] = kept
    return plain


def check_actor(by: str) -> str:
    """Who acts, as "member:<uuid>", "resident:<uuid>", "system:<what>" …; raises EntryRefused otherwise."""
    if not _ACTOR.fullmatch(by):
        raise EntryRefused("an actor is a kind, a colon and an id or a code")
    return by
