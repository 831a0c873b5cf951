"""The gate for one lender and one person: what it lets through, and that its refusals are all alike."""

from datetime import date, timedelta
from uuid import UUID, uuid4

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from consent import services
from consent.checks import Access, require_access
from consent.errors import ConsentRequired
from registry import profiles, residents
from registry.models import Resident
from tests.factories.consents import (
    AT,
    BY,
    PURPOSE,
    ask,
    attested,
    days_later,
    granted,
    make_furnisher,
    make_lender,
    make_resident,
)

pytestmark = pytest.mark.django_db


def pass_gate(lender, consent, *, purpose=PURPOSE, at=AT, again=False) -> Access:
    """The gate's answer to the lender who holds this licence."""
    return require_access(
        organisation=lender.organisation_id, consent_id=consent, purpose=purpose, at=at, again=again
    )


def stand(resident, status) -> None:
    """Give a resident a standing."""
    Resident.objects.filter(id=resident.id).update(status=status)


def test_access_says_everything_the_consent_covers():
    resident, lender, furnisher = make_resident(), make_lender(), make_furnisher()
    contribution = attested(furnisher, resident)
    consent = granted(
        lender,
        resident,
        mode="store",
        data_life_days=90,
        records_from=date(2025, 1, 1),
        records_until=date(2026, 10, 31),
    )
    assert pass_gate(lender, consent) == Access(
        consent_id=consent,
        resident=resident.id,
        categories=frozenset({"identity", "employment", "income", "utility_payments"}),
        records_from=date(2025, 1, 1),
        records_until=date(2026, 10, 31),
        mode="store",
        fetch="periodic",
        data_life_days=90,
        match_level="full",
        contributions={contribution: frozenset({"identity", "utility_payments"})},
    )


def unknown(lender, resident):
    return uuid4(), {}


def smallest_id(lender, resident):
    granted(lender, resident)
    return UUID(int=0), {}


def largest_id(lender, resident):
    granted(lender, resident)
    return UUID(int=2**128 - 1), {}


def of_another_lender(lender, resident):
    return granted(make_lender(), resident), {}


def for_another_purpose(lender, resident):
    return granted(lender, resident), {"purpose": "account_review"}


def only_asked_for(lender, resident):
    return ask(lender, resident.identity).id, {}


def asked_of_nobody_we_know(lender, resident):
    return ask(lender, {"name": "王安", "mobile": "13900000000"}).id, {}


def declined(lender, resident):
    request = ask(lender, resident.identity)
    services.decline(consent_id=request.id, resident=resident.id, language="en", by=resident.by, at=AT)
    return request.id, {}


def withdrawn(lender, resident):
    consent = granted(lender, resident)
    services.withdraw(consent_id=consent, resident=resident.id, by=resident.by, at=AT)
    return consent, {}


def over_by_the_clock(lender, resident):
    return granted(lender, resident), {"at": days_later(30)}


def expired(lender, resident):
    consent = granted(lender, resident)
    services.expire_due(at=days_later(31))
    return consent, {"at": days_later(31)}


def superseded(lender, resident):
    consent = granted(lender, resident)
    services.narrow(
        consent_id=consent,
        resident=resident.id,
        language="en",
        by=resident.by,
        at=AT,
        categories=["identity"],
    )
    return consent, {}


def not_begun(lender, resident):
    return granted(lender, resident), {"at": AT - timedelta(microseconds=1)}


def frozen(lender, resident):
    consent = granted(lender, resident)
    stand(resident, "frozen")
    return consent, {}


def erased(lender, resident):
    consent = granted(lender, resident)
    stand(resident, "erased")
    return consent, {}


def merged_with_a_frozen_one(lender, resident):
    consent, other = granted(lender, resident), make_resident()
    residents.merge(resident=other.id, into=resident.id, by=BY, reasons=["test"], at=AT)
    stand(other, "frozen")
    return consent, {}


def a_contribution(lender, resident):
    return attested(make_furnisher(), resident), {"purpose": "contribution"}


REFUSALS = (
    *(unknown, smallest_id, largest_id, of_another_lender, for_another_purpose, only_asked_for),
    *(asked_of_nobody_we_know, declined, withdrawn, over_by_the_clock, expired, superseded, not_begun),
    *(frozen, erased, merged_with_a_frozen_one, a_contribution),
)


@pytest.mark.parametrize("scene", REFUSALS)
def test_refusal_is_one_and_the_same_after_one_and_the_same_statement(scene):
    lender, resident = make_lender(), make_resident()
    granted(make_lender(), make_resident())
    consent, said = scene(lender, resident)
    with (
        CaptureQueriesContext(
            connection,
        ) as queries,
        pytest.raises(ConsentRequired) as refusal,
    ):
        pass_gate(lender, consent, **said)
    assert (str(refusal.value), refusal.value.detail, refusal.value.context) == ("consent_required", "", {})
    assert len(queries) == 1


def test_gate_is_one_statement_with_one_contribution_and_with_three():
    lender, resident = make_lender(), make_resident()
    consent = granted(lender, resident)
    for contributions in (1, 3):
        while len(pass_gate(lender, consent).contributions) < contributions:
            attested(make_furnisher(), resident)
        with CaptureQueriesContext(connection) as queries:
            pass_gate(lender, consent)
        assert len(queries) == 1


def test_income_without_its_separate_consent_is_not_covered():
    lender, resident = make_lender(), make_resident()
    request = ask(lender, resident.identity)
    services.grant(consent_id=request.id, resident=resident.id, language="en", by=resident.by, at=AT)
    assert pass_gate(lender, request.id).categories == {"identity", "employment", "utility_payments"}


def test_contributed_income_without_its_separate_consent_is_not_covered():
    lender, resident, furnisher = make_lender(), make_resident(), make_furnisher()
    consent = granted(lender, resident)
    wages = {"categories": ("employment", "income")}
    without = attested(furnisher, resident, **wages)
    with_it = attested(furnisher, resident, **wages, separate=("income",))
    assert pass_gate(lender, consent).contributions == {
        without: frozenset({"employment"}),
        with_it: frozenset({"employment", "income"}),
    }


def test_contributions_that_ended_or_have_not_begun_are_left_out():
    lender, resident, furnisher = make_lender(), make_resident(), make_furnisher()
    consent = granted(lender, resident)
    attested(furnisher, resident, until=date(2026, 11, 25))
    ended = attested(furnisher, resident, document_sha256="ab" * 32)
    services.withdraw(consent_id=ended, resident=resident.id, by=resident.by, at=AT)
    assert len(pass_gate(lender, consent).contributions) == 1
    assert pass_gate(lender, consent, at=days_later(2)).contributions == {}


def test_merged_residents_are_read_under_their_root_with_all_their_contributions():
    lender, member, root = make_lender(), make_resident(), make_resident()
    consent = granted(lender, member)
    contributions = {attested(make_furnisher(), each) for each in (member, root)}
    residents.merge(resident=member.id, into=root.id, by=BY, reasons=["test"], at=AT)
    access = pass_gate(lender, consent)
    assert (access.resident, set(access.contributions)) == (root.id, contributions)


def test_split_residents_no_longer_share_contributions():
    lender, member, root = make_lender(), make_resident(), make_resident()
    consent, own = granted(lender, member), attested(make_furnisher(), member)
    attested(make_furnisher(), root)
    merge = residents.merge(resident=member.id, into=root.id, by=BY, reasons=["test"], at=AT)
    residents.split(merge_id=merge, by=BY, at=AT)
    access = pass_gate(lender, consent)
    assert (access.resident, set(access.contributions)) == (member.id, {own})


def read_once(lender, consent, *, at=AT) -> None:
    """A report: through the gate, then the profile."""
    access = pass_gate(lender, consent, at=at)
    with transaction.atomic():
        profiles.read(
            reader=profiles.Reader("report", lender.organisation_id, consent),
            resident=access.resident,
            categories=access.categories,
            records_from=None,
            records_until=None,
            purpose=PURPOSE,
            by=BY,
            at=at,
            consents=access.contributions,
        )


def test_consent_for_one_read_is_used_up_by_it():
    lender, resident = make_lender(), make_resident()
    consent = granted(lender, resident, fetch="once")
    read_once(lender, consent)
    with pytest.raises(ConsentRequired):
        pass_gate(lender, consent)


def test_consent_for_one_read_lets_that_read_be_handed_out_again():
    lender, resident = make_lender(), make_resident()
    consent = granted(lender, resident, fetch="once")
    read_once(lender, consent)
    assert pass_gate(lender, consent, again=True).consent_id == consent


def test_consent_for_a_read_a_week_holds_its_pace():
    lender, resident = make_lender(), make_resident()
    consent = granted(lender, resident, frequency_days=7)
    read_once(lender, consent)
    with pytest.raises(ConsentRequired):
        pass_gate(lender, consent, at=days_later(6.9))
    read_once(lender, consent, at=days_later(7))
    with pytest.raises(ConsentRequired):
        pass_gate(lender, consent, at=days_later(13))


def test_frozen_profile_opens_again_once_the_freeze_is_lifted():
    lender, resident = make_lender(), make_resident()
    consent = granted(lender, resident)
    stand(resident, "frozen")
    stand(resident, "active")
    assert pass_gate(lender, consent).resident == resident.id
