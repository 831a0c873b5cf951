"""Furnishers attest consents: what they must show, that the same again changes nothing, who is told."""

import json
from datetime import UTC, date, datetime, timedelta
from hashlib import sha256

import pytest
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext

from consent import checks, queries, receipts, services
from consent.models import Consent, ConsentBatch
from registry import keys, messages, residents
from registry.errors import InvalidRequest
from registry.models import LedgerEntry, Message
from tests.factories.consents import (
    AT,
    BY,
    SIGNED_ON,
    attest,
    attestation,
    days_later,
    make_furnisher,
    make_resident,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def furnisher():
    return make_furnisher()


@pytest.fixture
def resident():
    return make_resident()


def withdraw(consent, resident, *, at=AT):
    """The resident withdraws."""
    services.withdraw(consent_id=consent, resident=resident.id, by=resident.by, at=at)


def test_attested_consent_is_granted_with_its_evidence(furnisher, resident):
    said = attestation(
        resident.id,
        categories=("income", "employment"),
        separate=("income",),
        until=date(2027, 10, 31),
        document_sha256="ab" * 32,
    )
    consent = Consent.objects.get(id=attest(furnisher, said)[0])
    assert (consent.status, consent.how, consent.place) == ("granted", "furnisher_attested", "furnisher")
    assert (consent.categories, consent.separate_categories) == (["employment", "income"], ["income"])
    assert bytes(consent.evidence_document) == b"\xab" * 32
    assert (consent.evidence_signed_on, consent.evidence_method) == (SIGNED_ON, "paper_form")
    assert consent.valid_from == datetime(2026, 10, 31, 16, 0, tzinfo=UTC)
    assert consent.valid_until == datetime(2027, 10, 31, 16, 0, tzinfo=UTC)
    assert "市自来水公司 请您同意提供您的信息" in consent.text.body


def test_attested_consent_lasts_no_longer_than_the_jurisdiction_allows(furnisher, resident):
    for until in (None, date(2050, 1, 1)):
        consent = Consent.objects.get(id=attest(furnisher, attestation(resident.id, until=until))[0])
        assert consent.valid_until == datetime(2029, 10, 31, 16, 0, tzinfo=UTC)  # signed on + 1095 days


@pytest.mark.parametrize(
    ("terms", "fault"),
    [
        ({"categories": ()}, "categories"),
        ({"categories": ("religion",)}, "categories"),
        ({"separate": ("income",)}, "separate"),
        ({"method": "hearsay"}, "method"),
        ({"document_sha256": "abcd"}, "document_sha256"),
        ({"document_sha256": "zz" * 32}, "document_sha256"),
        ({"document_sha256": b""}, "document_sha256"),
        ({"signed_on": date(2026, 11, 25)}, "signed_on"),
        ({"until": date(2026, 11, 23)}, "until"),
        ({"signed_on": date(2020, 1, 1)}, "until"),
        ({"reference": "x" * 129}, "reference"),
    ],
)
def test_faulty_attestation_is_refused_and_nothing_kept(furnisher, resident, terms, fault):
    faulty = attestation(resident.id, **terms)
    assert services.attestation_fault(faulty, at=AT) == fault
    with pytest.raises(InvalidRequest) as refusal:
        attest(furnisher, attestation(resident.id), faulty)
    assert list(refusal.value.fields) == [f"1.{fault}"]
    assert Consent.objects.count() == 0


def test_right_attestation_has_no_fault(resident):
    for terms in ({}, {"reference": ""}, {"document_sha256": bytes(32)}, {"until": date(2026, 11, 24)}):
        assert services.attestation_fault(attestation(resident.id, **terms), at=AT) is None


def test_the_same_evidence_again_gives_the_consent_on_file(furnisher, resident):
    said = attestation(resident.id)
    first = attest(furnisher, said, said)
    second = attest(furnisher, said, at=days_later(3))
    assert (set(first), second) == ({first[0]}, first[:1])
    assert (Consent.objects.count(), ConsentBatch.objects.count()) == (1, 1)
    assert LedgerEntry.objects.filter(event="consents_attested").count() == 1


@pytest.mark.parametrize(
    "other",
    [
        {"reference": "another"},
        {"document_sha256": "cd" * 32},
        {"signed_on": date(2026, 10, 1)},
        {"categories": ("identity",)},
        {"categories": ("identity", "income"), "separate": ("income",)},
    ],
)
def test_other_evidence_is_another_consent(furnisher, resident, other):
    said = {"reference": "one", "document_sha256": "ab" * 32}
    first, second = attest(
        furnisher, attestation(resident.id, **said), attestation(resident.id, **said | other)
    )
    assert first != second


def test_other_people_and_other_furnishers_are_other_consents(furnisher, resident):
    said = {"reference": "one", "document_sha256": "ab" * 32}
    ids = attest(furnisher, attestation(resident.id, **said), attestation(make_resident().id, **said))
    ids += attest(make_furnisher(), attestation(resident.id, **said))
    assert len(set(ids)) == 3


def test_evidence_of_a_withdrawn_consent_does_not_bring_it_back(furnisher, resident):
    said = {"reference": "one", "document_sha256": "ab" * 32, "signed_on": date(2026, 11, 24)}
    consent = attest(furnisher, attestation(resident.id, **said))[0]
    withdraw(consent, resident)
    again = attestation(resident.id, **said | {"categories": ("residence",)})
    assert attest(furnisher, attestation(resident.id, **said), again) == [consent, consent]
    assert (
        checks.contributions_in_force(organisation=furnisher.organisation_id, residents=[resident.id], at=AT)
        == {}
    )


def test_paper_signed_before_a_withdrawal_does_not_outlast_it(furnisher, resident):
    consent = attest(furnisher, attestation(resident.id))[0]
    withdraw(consent, resident)
    old, new = (attestation(resident.id, signed_on=day) for day in (date(2026, 11, 23), date(2026, 11, 24)))
    other = attestation(resident.id, signed_on=date(2026, 11, 23), categories=("identity", "residence"))
    ids = attest(furnisher, old, new, other)
    assert (ids[0], consent in ids[1:], len(set(ids))) == (consent, False, 3)


def test_withdrawal_of_a_merged_resident_binds_the_whole_cluster(furnisher, resident):
    other = make_resident()
    consent = attest(furnisher, attestation(other.id))[0]
    residents.merge(resident=other.id, into=resident.id, by=BY, reasons=["test"], at=AT)
    withdraw(consent, resident)
    assert attest(furnisher, attestation(resident.id)) == [consent]


@pytest.mark.parametrize("paper", [{}, {"signed_on": date(2026, 11, 23), "categories": ("residence",)}])
def test_paper_of_somebody_erased_does_not_outlast_the_erasure(furnisher, resident, paper):
    said = {"reference": "one", "document_sha256": "ab" * 32, "signed_on": date(2026, 11, 24)}
    consent = attest(furnisher, attestation(resident.id, **said))[0]
    services.erase(resident=resident.id, by=BY, reason="resident_asked", at=AT)
    new = make_resident()  # the same person once more: nothing says so
    assert attest(furnisher, attestation(new.id, **said | paper)) == [consent]
    assert Consent.objects.filter(resident=new.id).count() == 0


def test_paper_signed_after_an_erasure_is_a_new_consent(furnisher, resident):
    said = {"reference": "one", "signed_on": date(2026, 11, 23)}
    before = attest(furnisher, attestation(resident.id, **said))[0]
    other = attest(make_furnisher(), attestation(resident.id, **said))[0]
    services.erase(resident=resident.id, by=BY, reason="resident_asked", at=AT)
    new = make_resident()
    fresh = attestation(new.id, **said | {"signed_on": date(2026, 11, 24)})
    elsewhere = attestation(new.id, **said | {"reference": "two"})
    made = attest(furnisher, fresh, elsewhere)
    assert list(Consent.objects.filter(id__in=made).values_list("status", flat=True)) == ["granted"] * 2
    assert {before, other}.isdisjoint(made)


def test_fresh_paper_after_a_withdrawal_is_a_new_consent(furnisher, resident):
    consent = attest(furnisher, attestation(resident.id))[0]
    withdraw(consent, resident)
    fresh = attest(furnisher, attestation(resident.id, signed_on=date(2026, 11, 26)), at=days_later(2))
    assert Consent.objects.get(id=fresh[0]).status == "granted"


def test_two_calls_that_attest_the_same_meet_at_the_index(furnisher, resident):
    said = attestation(resident.id)
    first = attest(furnisher, said)[0]
    copy = Consent.objects.get(id=first)
    copy.id = resident.id
    with pytest.raises(IntegrityError, match="consent_attested_once"), transaction.atomic():
        copy.save(force_insert=True)


def test_everybody_whose_number_is_known_is_told_at_once(furnisher, settings):
    settings.DEMO = True
    people = [make_resident() for _ in range(3)]
    said = [attestation(each.id, mobile=each.identity["mobile"]) for each in people[:2]]
    attest(
        furnisher,
        *said,
        attestation(people[0].id, mobile=people[0].identity["mobile"]),
        attestation(people[2].id),
    )
    told = messages.inbox()
    assert sorted(each.mobile for each in told) == sorted(each.identity["mobile"] for each in people[:2])
    assert {each.kind for each in told} == {"consent_attested"}
    assert all("市自来水公司" in each.text and "City Water" in each.text for each in told)
    attest(furnisher, *said)
    assert Message.objects.count() == 2


@pytest.mark.parametrize("stated", [None, "13900001111"])
def test_who_has_an_account_is_told_at_the_number_she_proved(furnisher, resident, settings, stated):
    settings.DEMO = True
    said = resident.identity
    residents.claim(
        mobile=said["mobile"],
        name=said["name"],
        document=said["id_number"],
        by=BY,
        method="mobile_and_document",
        at=AT,
    )
    attest(furnisher, attestation(resident.id, mobile=stated))
    assert [each.mobile for each in messages.inbox()] == [said["mobile"]]


@pytest.mark.parametrize("people", [1, 3])
def test_statements_do_not_grow_with_the_people(furnisher, people):
    everybody = [make_resident() for _ in range(people)]
    attest(furnisher, attestation(everybody[0].id))  # opens the keys
    with CaptureQueriesContext(connection) as made:
        attest(furnisher, *(attestation(e.id, mobile=e.identity["mobile"]) for e in everybody))
    assert len([query for query in made if "SAVEPOINT" not in query["sql"]]) == 10


def test_receipt_and_ledger_hold_the_evidence_and_no_reference(furnisher, resident):
    document = sha256(b"paper").hexdigest()
    consent = attest(furnisher, attestation(resident.id, reference="R-1", document_sha256=document))[0]
    receipt = queries.receipt_of(resident=resident.id, consent_id=consent)
    members = receipts.verified(receipt)
    batch = Consent.objects.get(id=consent).batch
    entry = LedgerEntry.objects.get(entry=batch.ledger_entry)
    reference = members["evidence"].pop("reference_digest")
    assert members["evidence"] == {
        "document_sha256": document,
        "signed_on": "2026-11-01",
        "method": "paper_form",
    }
    assert bytes.fromhex(reference) == keys.indexers()[0].digest("consent_reference", "R-1")
    assert (entry.event, entry.subject, entry.organisation) == (
        "consents_attested",
        None,
        furnisher.organisation_id,
    )
    assert f'"root":"{bytes(batch.root).hex()}"' in entry.body
    assert "R-1" not in json.dumps(members) + entry.body


def test_attested_consent_ends_with_its_last_day(furnisher, resident):
    attest(furnisher, attestation(resident.id, until=date(2026, 11, 24)))
    midnight = datetime(2026, 11, 24, 16, 0, tzinfo=UTC)
    asked = {"organisation": furnisher.organisation_id, "residents": [resident.id]}
    assert len(checks.contributions_in_force(**asked, at=midnight - timedelta(microseconds=1))) == 1
    assert checks.contributions_in_force(**asked, at=midnight) == {}
