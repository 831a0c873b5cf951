"""Consents attested together: one signature, one entry, and a receipt for each that stands alone."""

import json
import re
from base64 import urlsafe_b64decode, urlsafe_b64encode
from pathlib import Path

import pytest
import rfc8785
from joserfc.jwk import ECKey

from consent import queries, receipts, services
from consent.models import Consent, ConsentBatch, ConsentEvent
from consent.receipts import batches
from registry import keys
from registry.models import LedgerEntry, Organisation
from registry.models.ids import new_ids
from tests.factories.consents import (
    AT,
    attest,
    attestation,
    attested,
    days_later,
    granted,
    make_furnisher,
    make_lender,
    make_resident,
)

pytestmark = pytest.mark.django_db

PAGE = Path(__file__).parents[3] / "docs" / "consent.md"


def batch_of(count, furnisher=None, **terms):
    """People with a consent each, attested together."""
    people = [make_resident() for _ in range(count)]
    said = [attestation(each.id, **terms) for each in people]
    return people, attest(furnisher or make_furnisher(), *said)


def receipt_of(resident, consent, state=None):
    """The receipt as the resident gets it."""
    return queries.receipt_of(resident=resident.id, consent_id=consent, state=state)


def content_of(receipt):
    """The bytes that are the leaf."""
    content = json.loads(receipt)["content"]
    return urlsafe_b64decode(content + "=" * (-len(content) % 4))


@pytest.mark.parametrize("count", [1, 2, 3, 5, 8, 13])
def test_every_receipt_of_a_batch_verifies_with_the_published_keys_alone(client, count):
    people, ids = batch_of(count)
    published = client.get("/.well-known/jwks.json").json()
    for person, consent in zip(people, ids, strict=True):
        members = receipts.verified(receipt_of(person, consent), key_set=published)
        assert members["record_id"] == f"urn:uuid:{consent}"
        assert members["dpv:hasDataSubject"] == f"urn:uuid:{person.id}"
    assert (ConsentBatch.objects.count(), ConsentEvent.objects.count()) == (1, 0)


def test_batch_is_one_entry_with_its_count_and_root():
    furnisher = make_furnisher()
    batch_of(5, furnisher)
    entry = json.loads(LedgerEntry.objects.get(event="consents_attested").body)
    batch = ConsentBatch.objects.get()
    assert entry["details"] == {
        "batch": str(batch.id),
        "consents": 5,
        "licence": str(furnisher.id),
        "root": bytes(batch.root).hex(),
    }
    assert (entry["entry"], entry["organisation"]) == (
        str(batch.ledger_entry),
        str(furnisher.organisation_id),
    )


def test_content_is_canonical_and_made_by_the_claims_of_every_receipt():
    furnisher, resident = make_furnisher(), make_resident()
    Organisation.objects.filter(id=furnisher.organisation_id).update(name='100% "水\\务" %s\u2028公司')
    said = [
        attestation(resident.id, reference=""),
        attestation(
            resident.id, categories=("income", "identity"), separate=("income",), method="paper_form"
        ),
        attestation(resident.id, categories=("identity",), reference="100%"),
    ]
    ids = attest(furnisher, *said)
    for consent in Consent.objects.select_related("organisation", "text", "batch"):
        content = content_of(receipt_of(resident, consent.id))
        members = json.loads(content)
        assert content == rfc8785.dumps(members)
        change = receipts.Change(consent, "granted", AT, "system:test", consent.how, consent.place)
        place = batches.receipt_id(consent.batch_id, consent.leaf)
        assert members == receipts.claims(place, change)
    assert [Consent.objects.get(id=each).leaf for each in ids] == [0, 1, 2]


def test_receipt_is_the_same_after_the_organisation_and_the_consent_changed(settings):
    furnisher = make_furnisher()
    (first, *_others), (consent, *_ids) = batch_of(3, furnisher)
    before = receipt_of(first, consent)
    Organisation.objects.filter(id=furnisher.organisation_id).update(name="另一个名字")
    settings.BASE_URL = "https://another.example"
    services.withdraw(consent_id=consent, resident=first.id, by=first.by, at=AT)
    assert receipt_of(first, consent, "granted") == before
    assert receipts.verified(receipt_of(first, consent))["status"] == "withdrawn"


def changed(receipt, **members):
    """The receipt with other members."""
    return json.dumps(json.loads(receipt) | members)


def test_changed_receipt_of_a_batch_is_refused():
    people, ids = batch_of(3)
    one, two, _three = (receipt_of(*each) for each in zip(people, ids, strict=True))
    own, other = json.loads(one), json.loads(two)
    elsewhere = json.loads(receipt_of(*[each[0] for each in batch_of(3)]))
    forged = json.loads(content_of(one)) | {"status": "withdrawn"}
    wrong = [
        changed(one, content=urlsafe_b64encode(receipts.canonical(forged)).decode()),
        changed(one, content=other["content"]),
        changed(one, leaf_index=1),
        changed(one, leaf_index=True),
        changed(one, leaf_index="0"),
        changed(one, inclusion_path=own["inclusion_path"][:-1]),
        changed(one, inclusion_path=[*own["inclusion_path"], own["inclusion_path"][0]]),
        changed(one, signed_root=elsewhere["signed_root"]),
        changed(one, signed_root=own["signed_root"][:-8] + "AAAAAAAA"),
        changed(one, type="receipt"),
        "{}",
        "{",
        "[]",
    ]
    for text in wrong:
        with pytest.raises(receipts.ReceiptBroken):
            receipts.verified(text)
    assert receipts.verified(one)["status"] == "granted"


def test_receipt_of_a_batch_by_a_strangers_key_is_refused():
    (person,), (consent,) = batch_of(1)
    receipt = receipt_of(person, consent)
    stranger = ECKey.generate_key("P-256", {"kid": keys.jose_key(receipts.KEY)["kid"]})
    with pytest.raises(receipts.ReceiptBroken):
        receipts.verified(receipt, key_set={"keys": [stranger.as_dict(private=False)]})


def test_signed_root_is_no_receipt_and_a_receipt_no_root():
    (person,), (consent,) = batch_of(1)
    receipt = receipt_of(person, consent)
    with pytest.raises(receipts.ReceiptBroken):
        receipts.verified(json.loads(receipt)["signed_root"])
    lent = granted(make_lender(), person)
    with pytest.raises(receipts.ReceiptBroken):
        receipts.verified(changed(receipt, signed_root=receipt_of(person, lent)))


def blocks(language):
    """The page's blocks of code about receipts of batches."""
    part = PAGE.read_text(encoding="utf-8").partition("## Receipts of attested consents")[2]
    return re.findall(rf"```{language}\n(.*?)```", part, re.DOTALL)


def recipe(folder, key_set, receipt):
    """Run the page's own lines over these documents, in a folder of their own."""
    (folder / "jwks.json").write_text(key_set, encoding="utf-8")
    (folder / "receipt.json").write_text(receipt, encoding="utf-8")
    said = []
    (lines,) = blocks("python")
    exec(compile(lines, "docs/consent.md", "exec"), {"print": said.append})  # noqa: S102  (the page's own lines)
    return said[0]


def test_recipe_of_the_page_verifies_its_vector_and_ours(tmp_path, monkeypatch, client):
    monkeypatch.chdir(tmp_path)
    key_set, receipt = blocks("json")
    assert recipe(tmp_path, key_set, receipt)["status"] == "granted"
    assert receipts.verified(receipt, key_set=json.loads(key_set))["version"] == 1
    published = client.get("/.well-known/jwks.json").content.decode()
    for person, consent in zip(*batch_of(7), strict=True):
        assert recipe(tmp_path, published, receipt_of(person, consent))["record_id"] == f"urn:uuid:{consent}"


@pytest.mark.parametrize("place", [0, 1])
def test_recipe_of_the_page_refuses_a_changed_vector(tmp_path, monkeypatch, place):
    monkeypatch.chdir(tmp_path)
    key_set, receipt = blocks("json")
    said = json.loads(receipt)
    said |= {"leaf_index": 2} if place else {"content": said["content"][:-4] + "AAA9"}
    with pytest.raises(AssertionError):
        recipe(tmp_path, key_set, json.dumps(said))


def test_history_of_an_attested_consent_begins_with_its_batch():
    (person, _other), (consent, _second) = batch_of(2)
    services.withdraw(consent_id=consent, resident=person.id, by=person.by, at=days_later(1))
    found = queries.consent_of(resident=person.id, consent_id=consent)
    told = queries.history(found)
    assert [(each.state, each.at) for each in told] == [("granted", AT), ("withdrawn", days_later(1))]
    assert (told[0].how, told[0].ledger_entry) == ("furnisher_attested", found.batch.ledger_entry)


def test_entries_about_a_person_include_her_consents_batches():
    (person, other), (consent, _second) = batch_of(2)
    batch = ConsentBatch.objects.get()
    services.withdraw(consent_id=consent, resident=person.id, by=person.by, at=AT)
    withdrawn = ConsentEvent.objects.get(consent=consent).ledger_entry
    attested(make_furnisher(), make_resident())
    about = queries.entries_about(resident=person.id)
    events = dict(LedgerEntry.objects.filter(entry__in=about).values_list("entry", "event"))
    assert about.index(withdrawn) < about.index(batch.ledger_entry)
    assert set(events.values()) >= {"consent_withdrawn", "consents_attested"}
    assert batch.ledger_entry in queries.entries_about(resident=other.id)


def checked(furnisher, *said, at=AT):
    """Which of these attestations are in force once they are kept."""
    answered = services.attest_checked(
        organisation=furnisher.organisation_id,
        licence=furnisher.id,
        attestations=said,
        by="system:test",
        at=at,
    )
    return [stands for _consent, stands in answered]


def test_attested_consents_are_said_to_be_in_force_unless_they_ended():
    furnisher, resident, other = make_furnisher(), make_resident(), make_resident()
    kept, ended = attestation(resident.id), attestation(other.id)
    assert checked(furnisher, kept, ended, kept) == [True, True, True]
    consent = Consent.objects.get(resident_id=other.id).id
    services.withdraw(consent_id=consent, resident=other.id, by=other.by, at=AT)
    fresh = attestation(make_resident().id)
    assert checked(furnisher, kept, ended, fresh) == [True, False, True]


def test_new_ids_are_of_version_7_and_in_the_order_of_time():
    now, later = new_ids(500, at=AT), new_ids(1, at=days_later(0.001))
    assert len(set(now)) == 500
    assert {(each.version, each.variant) for each in now} == {(7, "specified in RFC 4122")}
    assert max(now) < later[0]
    assert {each.int >> 80 for each in now} == {int(AT.timestamp() * 1000)}
