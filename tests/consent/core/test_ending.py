"""How consents end: by the resident's word, by the clock; and what goes with them."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from consent import services
from consent.errors import AlreadyDecided
from consent.models import Consent, ConsentEvent
from registry import residents
from registry.errors import NotFound
from registry.models import LedgerEntry, Record, Resident
from tests.factories.consents import (
    AT,
    BY,
    ask,
    attested,
    days_later,
    granted,
    make_furnisher,
    make_lender,
    make_resident,
    new_identity,
    store_bills,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def resident():
    return make_resident()


def withdraw(consent, resident, **terms):
    """The resident withdraws."""
    return services.withdraw(consent_id=consent, resident=resident.id, by=resident.by, at=AT, **terms)


def test_withdrawal_of_a_contribution_takes_its_records_with_it(resident):
    furnisher, other = make_furnisher(), make_furnisher()
    consent, kept = attested(furnisher, resident), attested(other, resident)
    gone, stays = store_bills(furnisher, resident, consent), store_bills(other, resident, kept)
    withdraw(consent, resident)
    statuses = dict(Record.objects.values_list("id", "status"))
    assert statuses == dict.fromkeys(gone, "withdrawn") | dict.fromkeys(stays, "active")
    entry = LedgerEntry.objects.get(event="consent_withdrawn")
    assert '"records":3' in entry.body


def test_withdrawal_of_access_leaves_the_records(resident):
    furnisher = make_furnisher()
    store_bills(furnisher, resident, attested(furnisher, resident))
    withdraw(granted(make_lender(), resident), resident)
    assert set(Record.objects.values_list("status", flat=True)) == {"active"}


def test_withdrawal_keeps_how_and_where(resident):
    consent = granted(make_lender(), resident)
    withdraw(consent, resident, how="assisted")
    event = ConsentEvent.objects.get(consent=consent, state="withdrawn")
    assert (event.how, event.place, event.by, event.at) == ("assisted", "desk", resident.by, AT)


def test_somebody_else_cannot_withdraw(resident):
    consent = granted(make_lender(), resident)
    with pytest.raises(NotFound):
        withdraw(consent, make_resident())
    assert Consent.objects.get(id=consent).status == "granted"


def test_request_that_nobody_answered_is_nobodys_to_withdraw(resident):
    with pytest.raises(NotFound):
        withdraw(ask(make_lender(), resident.identity).id, resident)


def test_withdrawal_happens_once(resident):
    consent = granted(make_lender(), resident)
    withdraw(consent, resident)
    with pytest.raises(AlreadyDecided):
        withdraw(consent, resident)


def test_frozen_resident_can_withdraw(resident):
    consent = granted(make_lender(), resident)
    Resident.objects.filter(id=resident.id).update(status="frozen")
    withdraw(consent, resident)
    assert Consent.objects.get(id=consent).status == "withdrawn"


def test_resident_withdraws_what_a_merged_one_granted(resident):
    other = make_resident()
    consent = granted(make_lender(), other)
    residents.merge(resident=other.id, into=resident.id, by=BY, reasons=["test"], at=AT)
    withdraw(consent, resident)
    assert Consent.objects.get(id=consent).status == "withdrawn"


def test_withdrawing_everything_ends_what_the_whole_cluster_granted(resident):
    other, furnisher = make_resident(), make_furnisher()
    mine = [granted(make_lender(), resident), granted(make_lender(), other), attested(furnisher, resident)]
    store_bills(furnisher, resident, mine[2])
    elsewhere = granted(make_lender(), make_resident())
    residents.merge(resident=other.id, into=resident.id, by=BY, reasons=["test"], at=AT)
    made = services.withdraw_all(resident=resident.id, by=resident.by, at=AT)
    assert {receipt.consent_id for receipt in made} == set(mine)
    statuses = dict(Consent.objects.values_list("id", "status"))
    assert statuses == dict.fromkeys(mine, "withdrawn") | {elsewhere: "granted"}
    assert set(Record.objects.values_list("status", flat=True)) == {"withdrawn"}


def test_withdrawing_everything_of_nobody_does_nothing(resident):
    assert services.withdraw_all(resident=resident.id, by=resident.by, at=AT) == []


def test_clock_ends_requests_after_14_days_and_consents_after_their_last_day(resident):
    request, consent = ask(make_lender(), new_identity()).id, granted(make_lender(), resident)
    ends = []
    for day in (13.9, 14, 29.9, 30, 31):
        services.expire_due(at=days_later(day))
        statuses = dict(Consent.objects.values_list("id", "status"))
        ends.append((statuses[request], statuses[consent]))
    assert ends == [
        ("requested", "granted"),
        ("expired", "granted"),
        ("expired", "granted"),
        ("expired", "expired"),
        ("expired", "expired"),
    ]


def test_expiry_says_who_and_when(resident):
    consent = granted(make_lender(), resident)
    services.expire_due(at=days_later(31))
    event = ConsentEvent.objects.get(consent=consent, state="expired")
    assert (event.by, event.at, event.how) == ("system:expiry", days_later(31), "")


@pytest.mark.parametrize("consents", [1, 3])
def test_statements_of_the_sweep_do_not_grow_with_the_consents(resident, consents):
    for _ in range(consents):
        granted(make_lender(), resident)
    with CaptureQueriesContext(connection) as made:
        assert services.expire_due(at=days_later(31)) == consents
    assert len([query for query in made if "SAVEPOINT" not in query["sql"]]) == 5
