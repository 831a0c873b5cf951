"""Receipts: what they say, that anyone can check them offline, and what they must not hold."""

import base64
import json
import secrets
from hashlib import sha256

import pytest
import rfc8785
from cryptography.hazmat.primitives.asymmetric.ec import ECDSA, SECP256R1, EllipticCurvePublicNumbers
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256
from joserfc import jws
from joserfc.jwk import ECKey

from consent import queries, receipts, services
from consent.models import ConsentEvent, ShownText
from registry.errors import NotFound
from tests.factories.consents import AT, ask, attested, granted, make_furnisher, make_lender, make_resident

pytestmark = pytest.mark.django_db


@pytest.fixture
def resident():
    return make_resident()


def receipt_of(resident, consent, state=None):
    """The receipt as the resident gets it."""
    return queries.receipt_of(resident=resident.id, consent_id=consent, state=state)


def unpadded(text):
    """base64url without its padding, decoded."""
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def test_receipt_of_a_grant_says_all_of_it(resident, settings):
    settings.BASE_URL = "https://juxin.example"
    lender = make_lender()
    consent = granted(lender, resident, mode="store", data_life_days=90, fetch="periodic", frequency_days=7)
    members = receipts.verified(receipt_of(resident, consent))
    text = ShownText.objects.get()
    assert members.pop("receipt_id").startswith("urn:uuid:")
    assert members == {
        "@context": {"dpv": "https://w3id.org/dpv#"},
        "@type": "dpv:ConsentRecord",
        "schema_version": "1",
        "record_id": f"urn:uuid:{consent}",
        "version": 1,
        "issuer": "https://juxin.example",
        "jurisdiction": "CN",
        "status": "granted",
        "dpv:hasConsentStatus": "dpv:ConsentGiven",
        "event": {
            "at": "2026-11-24T09:30:00.000000Z",
            "by": "resident",
            "how": "self_service",
            "place": "portal",
        },
        "dpv:hasDataSubject": f"urn:uuid:{resident.id}",
        "dpv:hasDataController": {
            "id": f"urn:uuid:{lender.organisation_id}",
            "name": "测试银行",
            "licence": f"urn:uuid:{lender.id}",
        },
        "kind": "access",
        "dpv:hasPurpose": "credit_application",
        "dpv:hasPersonalData": ["employment", "identity", "income", "utility_payments"],
        "separate_consent": ["income"],
        "processing": {
            "mode": "store",
            "fetch": "periodic",
            "frequency_days": 7,
            "data_life_days": 90,
            "match_level": "full",
        },
        "validity": {
            "from": "2026-11-24T09:30:00.000000Z",
            "until": "2026-12-24T09:30:00.000000Z",
            "requested_at": "2026-11-24T09:30:00.000000Z",
            "answer_by": "2026-12-08T09:30:00.000000Z",
        },
        "notice": {"language": "zh-hans", "version": text.version, "sha256": text.digest},
    }
    assert sha256(text.body.encode()).hexdigest() == text.digest


def test_every_state_leaves_a_receipt(resident):
    consent = granted(make_lender(), resident)
    new = services.narrow(
        consent_id=consent,
        resident=resident.id,
        language="en",
        by=resident.by,
        at=AT,
        categories=["identity"],
    ).consent_id
    services.withdraw(consent_id=new, resident=resident.id, by=resident.by, at=AT)
    said = [receipts.verified(each.receipt) for each in ConsentEvent.objects.order_by("id")]
    assert [each["status"] for each in said] == ["requested", "granted", "superseded", "granted", "withdrawn"]
    assert said[2]["superseded_by"] == said[3]["record_id"] == f"urn:uuid:{new}"
    assert (said[3]["supersedes"], said[3]["version"]) == (f"urn:uuid:{consent}", 2)


def test_receipt_is_checked_by_hand_with_the_published_key_alone(resident, client):
    """As docs/consent.md tells it: nothing of ours but the receipt and the key set."""
    receipt = receipt_of(resident, granted(make_lender(), resident))
    published = client.get("/.well-known/jwks.json").json()["keys"]
    head, payload, signature = receipt.split(".")
    header, raw = json.loads(unpadded(head)), unpadded(signature)
    key = next(each for each in published if each["kid"] == header["kid"])
    x, y = (int.from_bytes(unpadded(key[name])) for name in "xy")
    dss = encode_dss_signature(int.from_bytes(raw[:32]), int.from_bytes(raw[32:]))
    public = EllipticCurvePublicNumbers(x, y, SECP256R1()).public_key()
    public.verify(dss, f"{head}.{payload}".encode(), ECDSA(SHA256()))
    assert (header["alg"], header["typ"]) == ("ES256", "consent-receipt+jws")


def test_payload_is_canonical_json_and_its_hash_is_kept(resident):
    granted(make_lender(), resident, data_life_days=90)
    attested(make_furnisher(), resident)
    for event in ConsentEvent.objects.all():
        payload = unpadded(event.receipt.split(".")[1])
        assert payload == rfc8785.dumps(json.loads(payload))
        assert bytes(event.receipt_hash) == sha256(payload).digest()


def tampered(receipt, change):
    """The receipt with other members under the old signature."""
    head, payload, signature = receipt.split(".")
    members = json.loads(unpadded(payload)) | change
    other = base64.urlsafe_b64encode(receipts.canonical(members)).rstrip(b"=").decode()
    return f"{head}.{other}.{signature}"


def foreign(receipt, **header):
    """The same payload signed by somebody else's key, under our kid unless told otherwise."""
    head, payload, _signature = receipt.split(".")
    header = json.loads(unpadded(head)) | header
    return jws.serialize_compact(header, unpadded(payload), ECKey.generate_key("P-256"))


def test_changed_or_foreign_receipt_is_refused(resident):
    receipt = receipt_of(resident, granted(make_lender(), resident))
    unsigned = receipt.rpartition(".")[0] + "."
    wrong = [
        tampered(receipt, {"status": "withdrawn"}),
        foreign(receipt),
        unsigned,
        "",
        "a.b.c",
        receipt[:-6],
    ]
    for text in wrong:
        with pytest.raises(receipts.ReceiptBroken):
            receipts.verified(text)
    assert receipts.verified(receipt)["status"] == "granted"


def test_signed_document_of_another_type_is_no_receipt(resident):
    receipt = receipt_of(resident, granted(make_lender(), resident))
    key = ECKey.generate_key("P-256", auto_kid=True)
    other = jws.serialize_compact({"alg": "ES256", "kid": key.kid, "typ": "JWT"}, b"{}", key)
    key_set = {"keys": [key.as_dict(private=False)]}
    with pytest.raises(receipts.ReceiptBroken):
        receipts.verified(other, key_set=key_set)
    with pytest.raises(receipts.ReceiptBroken):
        receipts.verified(receipt, key_set=key_set)


def test_receipt_holds_no_name_number_or_reference(resident):
    reference = f"合同{secrets.token_hex(4)}"
    furnisher, lender = make_furnisher(), make_lender()
    consent = attested(furnisher, resident, reference=reference)
    asked = ask(lender, resident.identity, reference="loan-77")
    services.decline(consent_id=asked.id, resident=resident.id, language="en", by=resident.by, at=AT)
    said = b"".join(unpadded(each.receipt.split(".")[1]) for each in ConsentEvent.objects.all()).decode()
    said += json.dumps(receipts.verified(receipt_of(resident, consent)), ensure_ascii=False)
    held = [*resident.identity.values(), reference, "loan-77", asked.code]
    assert [each for each in held if each in said] == []
    assert "市自来水公司" in said


def test_receipt_of_somebody_else_is_not_found(resident):
    consent = granted(make_lender(), resident)
    with pytest.raises(NotFound):
        receipt_of(make_resident(), consent)
    with pytest.raises(NotFound):
        receipt_of(resident, consent, state="withdrawn")
