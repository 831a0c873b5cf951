"""What a resident sees of her consents and what a lender is told."""

from uuid import uuid4

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from consent import queries, services
from registry import profiles, residents
from registry.errors import NotFound
from tests.factories.consents import (
    AT,
    BY,
    ask,
    attested,
    days_later,
    grant,
    granted,
    make_furnisher,
    make_lender,
    make_resident,
)

pytestmark = pytest.mark.django_db


def look(resident, *, at=AT):
    """Somebody of the staff looks at a profile."""
    with transaction.atomic():
        profiles.read(
            reader=profiles.Reader("staff"),
            resident=resident.id,
            categories=["residence"],
            records_from=None,
            records_until=None,
            purpose="dispute",
            by=BY,
            at=at,
        )


def test_consents_of_a_person_are_those_of_the_cluster_the_newest_first():
    resident, other = make_resident(), make_resident()
    old = granted(make_lender(), resident)
    new = granted(make_lender(), other, at=days_later(1))
    granted(make_lender(), make_resident())
    residents.merge(resident=other.id, into=resident.id, by=BY, reasons=["test"], at=AT)
    for each in (resident, other):
        assert [consent.id for consent in queries.consents_of(resident=each.id)] == [new, old]


@pytest.mark.parametrize("consents", [1, 3])
def test_list_of_consents_costs_the_same_for_one_and_three(consents):
    resident = make_resident()
    for _ in range(consents):
        granted(make_lender(), resident)
    with CaptureQueriesContext(connection) as made:
        rows = list(queries.consents_of(resident=resident.id))
        shown = [
            (c.organisation.name, c.text.body, [e.text and e.text.body for e in c.events.all()]) for c in rows
        ]
    assert (len(shown), len(made)) == (consents, 3)


def test_consent_of_somebody_else_is_not_found():
    consent = granted(make_lender(), make_resident())
    with pytest.raises(NotFound):
        queries.consent_of(resident=make_resident().id, consent_id=consent)


def test_consent_of_her_own_is_found():
    resident = make_resident()
    consent = attested(make_furnisher(), resident)
    assert queries.consent_of(resident=resident.id, consent_id=consent).id == consent


def test_looks_at_a_person_are_those_at_the_cluster_the_newest_first():
    resident, other = make_resident(), make_resident()
    for day, each in enumerate((resident, other, make_resident())):
        look(each, at=days_later(day))
    residents.merge(resident=other.id, into=resident.id, by=BY, reasons=["test"], at=AT)
    assert [each.at for each in queries.inquiries_of(resident=resident.id)] == [days_later(1), AT]


def test_lender_is_told_each_state():
    lender, resident = make_lender(), make_resident()
    request = ask(lender, resident.identity)

    def told(at=AT):
        standing = queries.asked(request_id=request.id, organisation=lender.organisation_id, at=at)
        return standing.state, standing.consent_id

    assert told() == ("requested", None)
    assert told(days_later(14)) == ("expired", None)
    grant(request, resident)
    assert told() == ("granted", request.id)
    assert told(days_later(30)) == ("expired", request.id)
    services.withdraw(consent_id=request.id, resident=resident.id, by=resident.by, at=AT)
    assert told() == ("withdrawn", request.id)


def test_lender_is_told_of_a_decline():
    lender, resident = make_lender(), make_resident()
    request = ask(lender, resident.identity)
    services.decline(consent_id=request.id, resident=resident.id, language="en", by=resident.by, at=AT)
    standing = queries.asked(request_id=request.id, organisation=lender.organisation_id, at=AT)
    assert (standing.state, standing.consent_id) == ("declined", None)


def test_contribution_is_no_request_of_anybody():
    furnisher = make_furnisher()
    consent = attested(furnisher, make_resident())
    for wanted in (consent, uuid4()):
        with pytest.raises(NotFound):
            queries.asked(request_id=wanted, organisation=furnisher.organisation_id, at=AT)
