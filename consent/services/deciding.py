"""A resident decides on a request: she grants it, as asked or less, or declines it.

1. her rows are held; a frozen profile gives no new access
2. the request is locked: still open, in time, and made out to her
3. what she grants is within what was asked, and what needs separate consent has it
4. the text she was shown is kept, the state changes, event, receipt and ledger entry are written
"""

from collections.abc import Iterable
from datetime import date, datetime
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _

from consent.errors import AlreadyDecided, RequestGone, SeparateConsentMissing, WrongPerson
from consent.models import Consent
from consent.receipts import Change, Receipt
from consent.services.acts import PLACES, keep_texts, record
from consent.services.people import present_or_frozen, require_present, same_person
from consent.services.periods import end_of, ends
from consent.texts import shown_text
from registry import residents
from registry.catalogue import jurisdiction
from registry.errors import Conflict, InvalidRequest, NotFound


def grant(
    *,
    consent_id: UUID,
    resident: UUID,
    language: str,
    by: str,
    at: datetime,
    categories: Iterable[str] | None = None,
    until: date | None = None,
    separate: Iterable[str] = (),
    how: str = "self_service",
    text_hash: str | None = None,
) -> Receipt:
    """Grant a request, all of it or less; returns the signed receipt.

    Without `categories`, all that were asked for, except those that need separate consent and did not get it
    by `separate`. `until` is an earlier last day. `text_hash` is the digest of the text that was on screen.
    Raises NotFound, RequestGone, WrongPerson, AlreadyDecided, ProfileFrozen, SeparateConsentMissing,
    InvalidRequest, and Conflict where the text shown is not the one of today.
    """
    with transaction.atomic():
        root = require_present(resident)  # 1
        request = _open_request(consent_id, root, at)  # 2
        shown = shown_text(request, language=language)
        if text_hash is not None and text_hash != shown.digest:
            raise Conflict("the text changed since it was shown")
        request.categories, request.separate_categories = _agreed(request, categories, set(separate))  # 3
        request.valid_from, request.valid_until = at, _last_moment(request, until, at)
        request.text = keep_texts([shown])[shown.digest]  # 4
        return _settle(
            request, Consent.Status.GRANTED, _holder(resident), shown.language, by=by, at=at, how=how
        )


def decline(
    *, consent_id: UUID, resident: UUID, language: str, by: str, at: datetime, how: str = "self_service"
) -> Receipt:
    """Decline a request; returns the signed receipt. No reason is asked. Raises as `grant`, but a frozen
    resident may decline.
    """
    with transaction.atomic():
        root = present_or_frozen(resident)
        request = _open_request(consent_id, root, at)
        shown = shown_text(request, language=language)
        request.text = keep_texts([shown])[shown.digest]
        request.ended_at = at
        return _settle(
            request, Consent.Status.DECLINED, _holder(resident), shown.language, by=by, at=at, how=how
        )


def _holder(resident: UUID) -> UUID:
    """Whose consent it is: after a split it must not stay with a person who never agreed."""
    return residents.account_holder(resident=resident)


def match_of(request: Consent, resident: UUID) -> str:
    """How well a resident fits the description of a request; raises WrongPerson if not at all."""
    if request.asked is None:
        raise RequestGone
    level = residents.match_level(request=request.id, sealed=bytes(request.asked), resident=resident)
    if level == "none":
        raise WrongPerson
    return level


def _open_request(consent_id: UUID, resident: UUID, at: datetime) -> Consent:
    request = (
        Consent.objects.select_for_update(of=("self",))
        .select_related("organisation")
        .filter(id=consent_id, kind=Consent.Kind.ACCESS)
        .first()
    )
    if request is None:
        raise NotFound
    if request.status != Consent.Status.REQUESTED:
        raise _decided(request, resident)
    request.match_level = match_of(request, resident)
    if request.suppressed or request.expires_at is None or at >= request.expires_at:
        raise RequestGone
    return request


def _decided(request: Consent, resident: UUID) -> Conflict | WrongPerson:
    if request.status == Consent.Status.EXPIRED and request.resident_id is None:
        return RequestGone()
    if request.resident_id is None or not same_person(request.resident_id, resident):
        return WrongPerson()
    return AlreadyDecided(state=request.status)


def _agreed(
    request: Consent, categories: Iterable[str] | None, separate: set[str]
) -> tuple[list[str], list[str]]:
    """The categories granted and those of them granted apart, both in the order of the pack."""
    pack = jurisdiction(request.jurisdiction)
    apart = {each for each in request.categories if pack.needs_separate_consent(each)}
    if categories is None:
        chosen = set(request.categories) - (apart - separate)
        if not chosen:
            raise SeparateConsentMissing(categories=sorted(apart))
    else:
        chosen = set(categories)
        if (chosen & apart) - separate:
            raise SeparateConsentMissing(categories=sorted((chosen & apart) - separate))
    if not chosen or not chosen <= set(request.categories):
        said = {"categories": [_("Choose from what was asked for.")]}
        raise InvalidRequest("not what was asked", fields=said)
    order = list(pack.categories)
    return sorted(chosen, key=order.index), sorted(chosen & apart & separate, key=order.index)


def _last_moment(request: Consent, until: date | None, at: datetime) -> datetime:
    latest = ends(days=request.asked_days, until=request.asked_until, at=at)
    chosen = latest if until is None else min(latest, end_of(until))
    if chosen <= at:
        raise InvalidRequest(
            "a period that is over", fields={"until": [_("Choose a day that is not over yet.")]}
        )
    return chosen


def _settle(
    request: Consent, status: str, resident: UUID, language: str, *, by: str, at: datetime, how: str
) -> Receipt:
    request.status, request.resident_id, request.language = status, resident, language
    request.how, request.place = how, PLACES[Consent.How(how)]
    request.asked, request.decided_at = None, at
    request.save(force_update=True)
    return record([Change(request, status, at, by, how, request.place)])[0]
