"""A resident decides: what she grants, what she cannot, and what stays of it."""

from datetime import UTC, date, datetime

import pytest

from consent import queries, receipts, services
from consent.errors import AlreadyDecided, ProfileFrozen, RequestGone, SeparateConsentMissing, WrongPerson
from consent.models import Consent
from consent.texts import shown_text
from registry import residents
from registry.errors import Conflict, InvalidRequest, NotFound
from registry.models import Identifier, Resident
from tests.factories.consents import (
    AT,
    BY,
    ask,
    days_later,
    grant,
    granted,
    make_lender,
    make_resident,
    new_identity,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def resident():
    return make_resident()


@pytest.fixture
def request_(resident):
    return ask(make_lender(), resident.identity)


def kept(consent):
    """A consent as it stands in the database."""
    return Consent.objects.get(id=consent)


def test_grant_keeps_who_when_how_and_the_text(resident, request_):
    consent = kept(grant(request_, resident, language="en"))
    assert (consent.status, consent.resident_id, consent.how, consent.place) == (
        "granted",
        resident.id,
        "self_service",
        "portal",
    )
    assert (consent.valid_from, consent.valid_until) == (AT, days_later(30))
    assert (consent.text.language, consent.language) == ("en", "en")
    assert consent.text.body.startswith(
        "Test Bank asks to see your credit identity\nWhat for: Deciding on a loan"
    )


def test_grant_at_a_desk_is_kept_as_assisted(resident, request_):
    consent = kept(grant(request_, resident, how="assisted"))
    event = consent.events.get(state="granted")
    assert (consent.how, consent.place, event.how, event.place) == ("assisted", "desk", "assisted", "desk")


@pytest.mark.parametrize("decide", ["grant", "decline", "expire"])
def test_description_of_the_person_is_emptied_once_it_is_over(resident, request_, decide):
    assert kept(request_.id).asked is not None
    terms = {
        "consent_id": request_.id,
        "resident": resident.id,
        "language": "en",
        "by": resident.by,
        "at": AT,
    }
    acts = {"grant": services.grant, "decline": services.decline}
    if decide in acts:
        acts[decide](**terms)
    else:
        services.expire_due(at=days_later(14))
    assert kept(request_.id).asked is None


def test_grant_of_fewer_categories_for_a_shorter_time(resident, request_):
    consent = kept(grant(request_, resident, categories=["employment", "identity"], until=date(2026, 11, 30)))
    assert (consent.categories, consent.separate_categories) == (["identity", "employment"], [])
    assert consent.valid_until == datetime(2026, 11, 30, 16, 0, tzinfo=UTC)


def test_grant_cannot_outlast_what_was_asked(resident, request_):
    assert kept(grant(request_, resident, until=date(2028, 1, 1))).valid_until == days_later(30)


@pytest.mark.parametrize(
    "terms", [{"categories": ["residence"]}, {"categories": []}, {"until": date(2026, 11, 23)}]
)
def test_grant_of_more_or_nothing_is_refused(resident, request_, terms):
    with pytest.raises(InvalidRequest):
        grant(request_, resident, **terms)
    assert kept(request_.id).status == "requested"


def test_income_without_its_own_consent_is_left_out(resident, request_):
    consent = kept(grant(request_, resident, separate=[]))
    assert (consent.categories, consent.separate_categories) == (
        ["identity", "employment", "utility_payments"],
        [],
    )


def test_income_chosen_without_its_own_consent_is_refused(resident, request_):
    with pytest.raises(SeparateConsentMissing) as refusal:
        grant(request_, resident, categories=["income"], separate=[])
    assert refusal.value.context == {"categories": ["income"]}


def test_income_with_its_own_consent_is_kept_apart(resident, request_):
    consent = kept(grant(request_, resident))
    assert consent.separate_categories == ["income"]
    assert "Separate consent: income" not in consent.text.body
    assert "单独同意：收入信息" in consent.text.body


def test_request_for_income_alone_needs_the_separate_consent(resident):
    with pytest.raises(SeparateConsentMissing):
        grant(ask(make_lender(), resident.identity, categories=["income"]), resident, separate=[])


@pytest.mark.parametrize("act", [services.grant, services.decline])
def test_somebody_else_cannot_answer(request_, act):
    stranger = make_resident()
    with pytest.raises(WrongPerson):
        act(consent_id=request_.id, resident=stranger.id, language="en", by=stranger.by, at=AT)
    assert kept(request_.id).status == "requested"


def test_somebody_else_learns_nothing_of_a_decision(resident, request_):
    grant(request_, resident)
    with pytest.raises(WrongPerson):
        grant(request_, make_resident())


def test_the_same_request_is_answered_once(resident, request_):
    grant(request_, resident)
    with pytest.raises(AlreadyDecided):
        services.decline(consent_id=request_.id, resident=resident.id, language="en", by=resident.by, at=AT)


@pytest.mark.parametrize("swept", [False, True])
def test_request_cannot_be_answered_after_14_days(resident, request_, swept):
    if swept:
        services.expire_due(at=days_later(14))
    with pytest.raises(RequestGone):
        grant(request_, resident, at=days_later(14))


def test_frozen_resident_can_decline_and_not_grant(resident, request_):
    Resident.objects.filter(id=resident.id).update(status="frozen")
    with pytest.raises(ProfileFrozen):
        grant(request_, resident)
    services.decline(consent_id=request_.id, resident=resident.id, language="en", by=resident.by, at=AT)
    assert kept(request_.id).status == "declined"


def test_erased_resident_is_nobody(resident, request_):
    Resident.objects.filter(id=resident.id).update(status="erased")
    with pytest.raises(NotFound):
        grant(request_, resident)


def test_unknown_request_is_not_found(resident):
    with pytest.raises(NotFound):
        services.decline(consent_id=resident.id, resident=resident.id, language="en", by=resident.by, at=AT)


def test_consent_of_a_merged_resident_stays_with_her_after_a_split(resident, request_):
    root = make_resident()
    merge = residents.merge(resident=resident.id, into=root.id, by=BY, reasons=["test"], at=AT)
    consent = kept(grant(request_, resident))
    residents.split(merge_id=merge, by=BY, at=AT)
    assert (consent.resident_id, Consent.objects.filter(resident=root.id).count()) == (resident.id, 0)


def test_consent_given_under_the_root_is_the_account_holders(resident, request_):
    member, root = resident, make_resident()
    residents.merge(resident=member.id, into=root.id, by=BY, reasons=["test"], at=AT)
    Identifier.objects.create(resident_id=member.id, kind="sign_in", version=1, digest=b"0" * 16, strong=True)
    assert kept(grant(request_, root)).resident_id == member.id


@pytest.mark.parametrize(
    ("described", "level"),
    [(("name", "id_number"), "full"), (("name", "mobile"), "mobile")],
)
def test_consent_says_how_well_the_description_fits(resident, described, level):
    identity = {name: resident.identity[name] for name in described}
    assert kept(grant(ask(make_lender(), identity), resident)).match_level == level


def test_document_of_hers_under_another_name_fits_by_the_document(resident):
    identity = {"id_number": resident.identity["id_number"], "name": "欧阳震华"}
    assert kept(grant(ask(make_lender(), identity), resident)).match_level == "document"


def test_text_that_changed_since_it_was_shown_is_refused(resident, request_):
    with pytest.raises(Conflict):
        grant(request_, resident, text_hash="00" * 32)
    shown = shown_text(queries.request_by_code(code=request_.code), language="zh-hans")
    assert kept(grant(request_, resident, text_hash=shown.digest)).text_id == shown.digest


def test_decline_leaves_a_receipt_and_no_period(resident, request_):
    receipt = services.decline(
        consent_id=request_.id, resident=resident.id, language="en", by=resident.by, at=AT
    )
    members = receipts.verified(receipt.jws)
    assert (members["status"], members["dpv:hasConsentStatus"]) == ("declined", "dpv:ConsentRefused")
    assert (kept(request_.id).valid_from, kept(request_.id).text.language) == (None, "en")


def test_narrower_consent_supersedes_the_old_one(resident):
    lender = make_lender()
    request = ask(lender, resident.identity)
    old = grant(request, resident)
    terms = {"resident": resident.id, "language": "en", "by": resident.by, "at": days_later(1)}
    receipt = services.narrow(consent_id=old, categories=["income"], until=date(2026, 12, 1), **terms)
    new = kept(receipt.consent_id)
    assert (kept(old).status, new.status, new.version, new.supersedes_id) == ("superseded", "granted", 2, old)
    assert (new.categories, new.separate_categories) == (["income"], ["income"])
    assert (new.valid_from, new.valid_until) == (days_later(1), datetime(2026, 12, 1, 16, 0, tzinfo=UTC))
    told = queries.asked(request_id=request.id, organisation=lender.organisation_id, at=days_later(1))
    assert (told.id, told.state, told.consent_id) == (request.id, "granted", new.id)


@pytest.mark.parametrize(
    "terms", [{"categories": ["residence"]}, {"categories": []}, {"until": date(2026, 1, 1)}]
)
def test_narrowing_to_more_or_to_nothing_is_refused(resident, terms):
    consent = granted(make_lender(), resident)
    with pytest.raises(InvalidRequest):
        services.narrow(
            consent_id=consent, resident=resident.id, language="en", by=resident.by, at=AT, **terms
        )
    assert kept(consent).status == "granted"


def test_only_the_holder_narrows(resident):
    consent, other = granted(make_lender(), resident), make_resident()
    with pytest.raises(NotFound):
        services.narrow(consent_id=consent, resident=other.id, language="en", by=other.by, at=AT)


def test_unknown_person_cannot_be_granted_for(request_):
    with pytest.raises(NotFound):
        services.decline(consent_id=request_.id, resident=request_.id, language="en", by=BY, at=AT)
    assert new_identity() != new_identity()
