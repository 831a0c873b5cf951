"""No act without its record: where the ledger takes no entry, nothing at all has changed."""

import pytest
from django.db import Error, connection, transaction

from consent import services
from tests.factories.consents import (
    AT,
    ask,
    attestation,
    attested,
    days_later,
    granted,
    make_furnisher,
    make_lender,
    make_resident,
    store_bills,
)

pytestmark = pytest.mark.django_db

TABLES = (
    *("consent_consent", "consent_consentevent", "consent_consentbatch", "consent_showntext"),
    *("registry_record", "registry_message", "registry_ledgerentry"),
    *("registry_resident", "registry_residentkey", "registry_identity", "registry_identifier"),
)


@pytest.fixture
def scene():
    """A resident with a consent of each kind, an open request, and records; the two licences."""
    resident, lender, furnisher = make_resident(), make_lender(), make_furnisher()
    contribution = attested(furnisher, resident)
    store_bills(furnisher, resident, contribution)
    return {
        "resident": resident,
        "lender": lender,
        "furnisher": furnisher,
        "contribution": contribution,
        "access": granted(lender, resident),
        "request": ask(lender, resident.identity).id,
    }


def everything():
    """All rows of the tables that an act on a consent touches."""
    rows = {}
    with connection.cursor() as cursor:
        for table in TABLES:
            cursor.execute(f"SELECT to_jsonb(t)::text FROM {table} t ORDER BY 1")
            rows[table] = cursor.fetchall()
    return rows


def decided(scene, act, consent, **terms):
    """An act of the resident."""
    resident = scene["resident"]
    return act(consent_id=scene[consent], resident=resident.id, by=resident.by, at=AT, **terms)


def attest(scene):
    """A furnisher attests a consent of a person whose number is known."""
    resident, furnisher = scene["resident"], scene["furnisher"]
    said = attestation(resident.id, mobile=resident.identity["mobile"])
    return services.attest_many(
        organisation=furnisher.organisation_id,
        licence=furnisher.id,
        attestations=[said],
        by="system:test",
        at=AT,
    )


ACTS = {
    "ask": lambda scene: ask(scene["lender"], scene["resident"].identity),
    "grant": lambda scene: decided(scene, services.grant, "request", language="en", separate=["income"]),
    "decline": lambda scene: decided(scene, services.decline, "request", language="en"),
    "narrow": lambda scene: decided(scene, services.narrow, "access", language="en", categories=["identity"]),
    "withdraw_access": lambda scene: decided(scene, services.withdraw, "access"),
    "withdraw_contribution": lambda scene: decided(scene, services.withdraw, "contribution"),
    "withdraw_all": lambda scene: services.withdraw_all(
        resident=scene["resident"].id, by=scene["resident"].by, at=AT
    ),
    "erase": lambda scene: services.erase(
        resident=scene["resident"].id, by="system:test", reason="resident_asked", at=AT
    ),
    "attest": attest,
    "expire": lambda scene: services.expire_due(at=days_later(40)),
}


@pytest.mark.parametrize("act", ACTS.values(), ids=ACTS)
def test_nothing_changes_where_the_ledger_refuses(scene, refusing_ledger, act):
    before = everything()
    with pytest.raises(Error, match="append-only"), transaction.atomic():
        act(scene)
    assert everything() == before


@pytest.mark.parametrize("act", ACTS.values(), ids=ACTS)
def test_the_same_act_changes_something_where_it_does_not(scene, act):
    before = everything()
    act(scene)
    after = everything()
    events = ("consent_consentevent", "consent_consentbatch")
    assert sum(len(after[each]) for each in events) > sum(len(before[each]) for each in events)
    assert len(after["registry_ledgerentry"]) > len(before["registry_ledgerentry"])
