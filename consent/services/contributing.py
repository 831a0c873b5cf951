"""A resident lets a furnisher furnish: by its invitation, all of what it asks for or less.

1. she is held, so that of two answers at once the second finds the first; a freeze stops others from
   looking, not her own agreeing
2. the invitation is open and its organisation's licence in force
3. what she grants is within what was asked, and what needs separate consent has it
4. the same again changes nothing; a consent of the same terms that is in force is answered
5. text, consent, event, receipt and ledger entry, in one transaction
"""

from collections.abc import Iterable
from datetime import date, datetime
from uuid import UUID, uuid4

from django.conf import settings
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from consent.checks import contributions_in_force
from consent.codes import plain
from consent.errors import AlreadyDecided, RequestGone, SeparateConsentMissing
from consent.models import CONTRIBUTION_PURPOSE, Consent, Invitation
from consent.receipts import Change, Receipt
from consent.services.acts import PLACES, keep_texts, record
from consent.services.people import close_gate, present_or_frozen
from consent.services.periods import end_of, ends
from consent.texts import main_language, shown_text
from registry import residents
from registry.catalogue import IDENTITY, jurisdiction
from registry.errors import Conflict, InvalidRequest


def invitation_by_code(*, code: str, at: datetime) -> Invitation:
    """The open invitation behind a code. Raises RequestGone for one that is unknown, over or revoked."""
    letters = plain(code)
    grouped = "-".join(letters[start : start + 5] for start in range(0, len(letters), 5))
    found = Invitation.objects.select_related("organisation", "licence").filter(code=grouped).first()
    if found is None or found.revoked_at is not None or at >= found.ends_at:
        raise RequestGone
    if not found.licence.in_force(on=timezone.localdate(at)):
        raise RequestGone
    return found


def terms_of(invitation: Invitation, *, language: str, at: datetime) -> Consent:
    """What an invitation asks for, as a consent that is not on file."""
    pack = jurisdiction(settings.JURISDICTION)
    return Consent(
        id=uuid4(),
        organisation=invitation.organisation,
        licence=invitation.licence,
        kind=Consent.Kind.CONTRIBUTION,
        purpose=CONTRIBUTION_PURPOSE,
        categories=list(invitation.categories),
        mode=Consent.Mode.STORE,
        fetch=Consent.Fetch.PERIODIC,
        asked_days=pack.max_contribution_days,
        language=main_language(language),
        jurisdiction=pack.code,
        status=Consent.Status.GRANTED,
        requested_at=at,
    )


def contribute(
    *,
    code: str,
    resident: UUID,
    categories: Iterable[str],
    separate: Iterable[str],
    until: date | None,
    language: str,
    text_hash: str,
    by: str,
    at: datetime,
    how: str = "self_service",
) -> Receipt:
    """Let an invitation's organisation furnish; returns the signed receipt.

    Raises RequestGone, NotFound for an erased resident, SeparateConsentMissing, InvalidRequest,
    AlreadyDecided where such a consent is in force, Conflict where the text shown is not the one of today.
    """
    with transaction.atomic():
        close_gate(*residents.root_of([resident]).values())  # 1
        root = present_or_frozen(resident)
        invitation = invitation_by_code(code=code, at=at)  # 2
        consent = terms_of(invitation, language=language, at=at)
        shown = shown_text(consent, language=language)
        if text_hash != shown.digest:
            raise Conflict("the text changed since it was shown")
        consent.categories, consent.separate_categories = _agreed(
            consent, set(categories), set(separate)
        )  # 3
        _refuse_twice(consent, root, at)  # 4
        consent.resident_id = residents.account_holder(resident=resident)
        consent.valid_from, consent.valid_until = at, _last_moment(consent, until, at)
        consent.text = keep_texts([shown])[shown.digest]  # 5
        consent.how, consent.place, consent.decided_at = how, PLACES[Consent.How(how)], at
        consent.save(force_insert=True)
        return record([Change(consent, "granted", at, by, how, consent.place)])[0]


def _agreed(consent: Consent, chosen: set[str], separate: set[str]) -> tuple[list[str], list[str]]:
    pack = jurisdiction(consent.jurisdiction)
    apart = {each for each in chosen if pack.needs_separate_consent(each)}
    if apart - separate:
        raise SeparateConsentMissing(categories=sorted(apart - separate))
    if not chosen - {IDENTITY} or IDENTITY not in chosen or not chosen <= set(consent.categories):
        said = {"categories": [_("Choose from what was asked for.")]}
        raise InvalidRequest("not what was asked", fields=said)
    order = list(pack.categories)
    return sorted(chosen, key=order.index), sorted(apart, key=order.index)


def _refuse_twice(consent: Consent, root: UUID, at: datetime) -> None:
    organisation = UUID(str(consent.organisation_id))
    standing = contributions_in_force(organisation=organisation, residents=[root], at=at)
    if any(set(consent.categories) <= {*each.categories, IDENTITY} for each in standing.get(root, ())):
        raise AlreadyDecided(state="granted")


def _last_moment(consent: Consent, until: date | None, at: datetime) -> datetime:
    latest = ends(days=consent.asked_days, until=None, at=at)
    chosen = latest if until is None else min(latest, end_of(until))
    if chosen <= at:
        raise InvalidRequest(
            "a period that is over", fields={"until": [_("Choose a day that is not over yet.")]}
        )
    return chosen
