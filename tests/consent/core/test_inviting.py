"""Furnishers' invitations: one link for everybody, and what a resident grants by it."""

from datetime import timedelta
from uuid import uuid4

import pytest
from django.utils import timezone

from consent import services
from consent.checks import contributions_in_force
from consent.errors import AlreadyDecided, RequestGone, SeparateConsentMissing
from consent.models import Consent, ConsentEvent, Invitation
from consent.texts import shown_text
from registry.accounts import licences
from registry.errors import Conflict, InvalidRequest, LicenceRequired, NotFound
from registry.models import LedgerEntry
from tests.factories.consents import BY, make_furnisher, make_resident
from tests.factories.parallel import at_once

pytestmark = pytest.mark.django_db


@pytest.fixture
def at():
    return timezone.now()


@pytest.fixture
def furnisher():
    return make_furnisher()


def invite(furnisher, at, *categories):
    return services.invite(
        organisation=furnisher.organisation_id,
        licence=furnisher.id,
        categories=categories or ["income"],
        by=BY,
        at=at,
    )


def contribute(invitation, resident, at, **changes):
    shown = shown_text(services.terms_of(invitation, language="en", at=at), language="en")
    said = {
        "code": invitation.code,
        "resident": resident.id,
        "categories": ["income", "identity"],
        "separate": ["income"],
        "until": None,
        "language": "en",
        "text_hash": shown.digest,
        "by": resident.by,
        "at": at,
    }
    return services.contribute(**(said | changes))


def test_invitation_holds_who_one_is_beside_what_is_asked(furnisher, at):
    made = invite(furnisher, at)
    assert made.categories == ["income", "identity"] or made.categories == ["identity", "income"]
    entry = LedgerEntry.objects.order_by("-id").first()
    assert (entry.event, entry.organisation) == ("invitation_made", furnisher.organisation_id)


def test_same_invitation_again_is_the_same(furnisher, at):
    first = invite(furnisher, at)
    assert invite(furnisher, at + timedelta(days=3)).id == first.id
    assert invite(furnisher, at, "employment").id != first.id


def test_invitation_beyond_the_licence_is_refused(furnisher, at):
    licences.suspend(licence=furnisher.id, reason="examined", by=BY, at=at)
    with pytest.raises(LicenceRequired):
        invite(furnisher, at)


@pytest.mark.parametrize("categories", [["identity"], ["gossip"]])
def test_invitation_for_nothing_is_refused(furnisher, at, categories):
    with pytest.raises(InvalidRequest):
        invite(furnisher, at, *categories)


@pytest.mark.parametrize("after", [timedelta(days=180), timedelta(days=400)])
def test_invitation_ends_on_its_day(furnisher, at, after):
    made = invite(furnisher, at)
    with pytest.raises(RequestGone):
        services.invitation_by_code(code=made.code, at=at + after)


def test_code_is_found_however_it_is_typed(furnisher, at):
    made = invite(furnisher, at)
    typed = made.code.lower().replace("-", " ")
    assert services.invitation_by_code(code=typed, at=at).id == made.id


def test_revoked_invitation_leads_nowhere(furnisher, at):
    made = invite(furnisher, at)
    services.revoke_invitation(organisation=furnisher.organisation_id, invitation=made.id, by=BY, at=at)
    with pytest.raises(RequestGone):
        services.invitation_by_code(code=made.code, at=at)
    assert LedgerEntry.objects.order_by("-id").first().event == "invitation_revoked"


def test_invitation_of_another_cannot_be_revoked(furnisher, at):
    made = invite(furnisher, at)
    with pytest.raises(NotFound):
        services.revoke_invitation(organisation=uuid4(), invitation=made.id, by=BY, at=at)
    assert Invitation.objects.get().revoked_at is None


def test_invitation_of_a_suspended_organisation_leads_nowhere(furnisher, at):
    made = invite(furnisher, at)
    licences.suspend(licence=furnisher.id, reason="examined", by=BY, at=at)
    with pytest.raises(RequestGone):
        services.invitation_by_code(code=made.code, at=at)


def test_grant_is_a_contribution_in_force_with_receipt_and_entry(furnisher, at):
    resident = make_resident()
    receipt = contribute(invite(furnisher, at), resident, at)
    consent = Consent.objects.get(id=receipt.consent_id)
    assert (consent.kind, consent.how, consent.status) == ("contribution", "self_service", "granted")
    assert (set(consent.categories), consent.separate_categories) == ({"income", "identity"}, ["income"])
    found = contributions_in_force(
        organisation=furnisher.organisation_id, residents=[resident.id], at=at + timedelta(seconds=1)
    )
    assert [covering.consent_id for covering in found[resident.id]] == [consent.id]
    event = ConsentEvent.objects.get(consent=consent)
    assert LedgerEntry.objects.get(entry=event.ledger_entry).event == "consent_granted"


def test_income_without_its_own_tick_is_refused(furnisher, at):
    with pytest.raises(SeparateConsentMissing):
        contribute(invite(furnisher, at), make_resident(), at, separate=[])
    assert Consent.objects.count() == 0


@pytest.mark.parametrize("categories", [["income"], ["identity"], ["identity", "income", "tradelines"], []])
def test_grant_of_something_else_is_refused(furnisher, at, categories):
    with pytest.raises((InvalidRequest, SeparateConsentMissing)):
        contribute(invite(furnisher, at), make_resident(), at, categories=categories)
    assert Consent.objects.count() == 0


def test_grant_of_a_text_that_was_not_shown_is_refused(furnisher, at):
    with pytest.raises(Conflict):
        contribute(invite(furnisher, at), make_resident(), at, text_hash="0" * 64)


def test_same_grant_again_changes_nothing(furnisher, at):
    resident, invitation = make_resident(), invite(furnisher, at)
    contribute(invitation, resident, at)
    with pytest.raises(AlreadyDecided):
        contribute(invitation, resident, at + timedelta(minutes=1))
    assert Consent.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_same_grant_many_times_at_once_is_one(furnisher, at):
    resident, invitation = make_resident(), invite(furnisher, at)

    def answer() -> str:
        try:
            return contribute(invitation, resident, at).state
        except AlreadyDecided:
            return "standing"

    assert sorted(at_once([answer] * 4)) == ["granted", "standing", "standing", "standing"]
    assert Consent.objects.count() == 1


def test_grant_can_be_withdrawn_and_given_again(furnisher, at):
    resident, invitation = make_resident(), invite(furnisher, at)
    receipt = contribute(invitation, resident, at)
    services.withdraw(consent_id=receipt.consent_id, resident=resident.id, by=resident.by, at=at)
    contribute(invitation, resident, at + timedelta(minutes=1))
    assert sorted(Consent.objects.values_list("status", flat=True)) == ["granted", "withdrawn"]


def test_shorter_time_holds(furnisher, at):
    day = timezone.localdate(at) + timedelta(days=30)
    receipt = contribute(invite(furnisher, at), make_resident(), at, until=day)
    until = Consent.objects.get(id=receipt.consent_id).valid_until
    assert timezone.localdate(until - timedelta(seconds=1)) == day
