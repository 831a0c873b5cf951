"""The gate for a chunk of rows: the same answers as for one person, from two statements."""

import random
from datetime import date, timedelta
from uuid import uuid4

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from consent import checks, services
from consent.checks import Covering, Referenced
from consent.errors import ConsentRequired
from consent.models import Consent
from registry import residents
from registry.catalogue import jurisdiction
from registry.models import Resident
from tests.factories.consents import (
    AT,
    BY,
    FURNISHED,
    attest,
    attestation,
    attested,
    days_later,
    make_furnisher,
    make_resident,
)

pytestmark = pytest.mark.django_db


def in_force(furnisher, people, *, at=AT):
    """The chunk gate's answer."""
    return checks.contributions_in_force(
        organisation=furnisher.organisation_id, residents=[each.id for each in people], at=at
    )


@pytest.mark.parametrize("people", [1, 3])
def test_chunk_is_two_statements(people):
    furnisher = make_furnisher()
    chunk = [make_resident() for _ in range(people)]
    attest(furnisher, *(attestation(each.id) for each in chunk))
    with CaptureQueriesContext(connection) as queries:
        found = in_force(furnisher, chunk)
    assert (len(queries), len(found)) == (2, people)


def test_chunk_of_nobody_asks_nothing():
    furnisher = make_furnisher()
    with CaptureQueriesContext(connection) as queries:
        assert in_force(furnisher, []) == {}
    assert len(queries) == 0


def test_newest_consent_comes_first():
    furnisher, resident = make_furnisher(), make_resident()
    old = attested(furnisher, resident)
    new = attested(furnisher, resident, at=days_later(1))
    found = in_force(furnisher, [resident], at=days_later(1))[resident.id]
    assert [each.consent_id for each in found] == [new, old]


def test_consent_of_a_merged_resident_covers_the_root_and_the_member():
    furnisher, member, root = make_furnisher(), make_resident(), make_resident()
    consent = attested(furnisher, member)
    residents.merge(resident=member.id, into=root.id, by=BY, reasons=["test"], at=AT)
    covering = [Covering(consent, member.id, frozenset({"identity", "utility_payments"}))]
    assert in_force(furnisher, [member, root]) == {member.id: covering, root.id: covering}


def test_consent_of_a_merged_resident_covers_a_root_that_comes_alone():
    furnisher, member, root, other = make_furnisher(), make_resident(), make_resident(), make_resident()
    theirs, others = attested(furnisher, member), attested(furnisher, other)
    residents.merge(resident=member.id, into=root.id, by=BY, reasons=["test"], at=AT)
    found = in_force(furnisher, [root, other])
    assert {who: [each.consent_id for each in covering] for who, covering in found.items()} == {
        root.id: [theirs],
        other.id: [others],
    }


def test_consent_of_a_root_covers_a_merged_resident_who_comes_alone():
    furnisher, member, root = make_furnisher(), make_resident(), make_resident()
    consent = attested(furnisher, root)
    residents.merge(resident=member.id, into=root.id, by=BY, reasons=["test"], at=AT)
    found = in_force(furnisher, [member])
    assert [each.consent_id for each in found[member.id]] == [consent]


def test_erased_resident_is_covered_by_nothing():
    furnisher, resident = make_furnisher(), make_resident()
    attested(furnisher, resident)
    Resident.objects.filter(id=resident.id).update(status="erased")
    assert in_force(furnisher, [resident]) == {}


def test_frozen_resident_may_still_be_furnished():
    furnisher, resident = make_furnisher(), make_resident()
    attested(furnisher, resident)
    Resident.objects.filter(id=resident.id).update(status="frozen")
    assert list(in_force(furnisher, [resident])) == [resident.id]


def covered_by_hand(furnisher, resident, category, at):
    """Whether a category is covered, told from the tables by the plainest reading of the rules."""
    pack = jurisdiction("CN")
    for consent in Consent.objects.filter(resident=resident.id, organisation=furnisher.organisation):
        apart = not pack.needs_separate_consent(category) or category in consent.separate_categories
        running = consent.status == "granted" and consent.valid_from <= at < consent.valid_until
        if running and category in consent.categories and apart:
            return True
    return False


def at_random(chance, furnisher, resident):
    """Some contribution consents of a resident, some of them over or withdrawn."""
    for _ in range(chance.randrange(4)):
        categories = chance.sample(FURNISHED, chance.randint(1, 4))
        separate = [each for each in categories if each == "income" and chance.random() < 0.5]
        until = date(2026, 11, 24) + timedelta(days=chance.choice([0, 1, 5, 400]))
        consent = attested(furnisher, resident, categories=categories, separate=separate, until=until)
        if chance.random() < 0.3 and Consent.objects.get(id=consent).status == "granted":
            services.withdraw(consent_id=consent, resident=resident.id, by=resident.by, at=AT)


def one_by_one(furnisher, resident, category, at):
    """The consent by which the one-person gate lets a category pass, if it does."""
    try:
        return checks.require_contribution(
            organisation=furnisher.organisation_id, resident=resident.id, category=category, at=at
        )
    except ConsentRequired:
        return None


@pytest.mark.parametrize("seed", range(4))
def test_chunk_gate_answers_as_the_one_person_gate_and_as_the_rules(seed):
    chance = random.Random(seed)
    furnishers, people = [make_furnisher() for _ in range(2)], [make_resident() for _ in range(6)]
    for furnisher in furnishers:
        for resident in people:
            at_random(chance, furnisher, resident)
    for furnisher in furnishers:
        for at in (AT, days_later(1), days_later(3)):
            chunk = in_force(furnisher, people, at=at)
            for resident in people:
                for category in FURNISHED:
                    alone = one_by_one(furnisher, resident, category, at)
                    found = [c for c in chunk.get(resident.id, []) if category in c.categories]
                    assert alone == (found[0] if found else None)
                    assert bool(found) == covered_by_hand(furnisher, resident, category, at)


def test_reference_names_its_newest_consent_whatever_its_state():
    furnisher, resident, other = make_furnisher(), make_resident(), make_resident()
    attested(furnisher, resident, reference="合同 7")
    new = attested(furnisher, resident, reference="合同 7", at=days_later(1))
    services.withdraw(consent_id=new, resident=resident.id, by=resident.by, at=days_later(2))
    second = attested(furnisher, other, reference="合同 8")
    references = ["合同 7", "合同 8", "合同 9", "合同 8"]
    with CaptureQueriesContext(connection) as queries:
        found = checks.by_reference(organisation=furnisher.organisation_id, references=references)
    assert found == {"合同 7": Referenced(new, resident.id), "合同 8": Referenced(second, other.id)}
    assert len(queries) == 1


def test_reference_of_another_furnisher_is_not_on_file():
    furnisher, resident = make_furnisher(), make_resident()
    attested(furnisher, resident, reference="合同 7")
    assert checks.by_reference(organisation=uuid4(), references=["合同 7"]) == {}


def test_reference_is_kept_as_a_digest_alone():
    furnisher, resident = make_furnisher(), make_resident()
    consent = attested(furnisher, resident, reference="林小雨 13812345678")
    tables = ("consent_consent", "consent_consentbatch", "consent_showntext", "registry_ledgerentry")
    everything = "".join(dump(table) for table in tables)
    assert ("13812345678" in everything, "林小雨" in everything) == (False, False)
    assert Consent.objects.get(id=consent).reference == ""


def dump(table):
    """A table as text."""
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT string_agg(to_jsonb(t)::text, '') FROM {table} t")
        return cursor.fetchone()[0]
