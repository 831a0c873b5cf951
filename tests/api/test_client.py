"""The public client against the real application: what the server asks of it, and what it asks of reports."""

import json
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from django.core.signals import request_finished, request_started
from django.core.wsgi import get_wsgi_application
from django.db import close_old_connections
from joserfc.jwk import ECKey

from registry import keys
from registry.demo.lender_client import ApiRefused, LenderClient, NotGenuine
from tests.factories.lenders import Machine, encode
from tests.factories.reports import borrower

pytestmark = pytest.mark.django_db
ASKED: dict[str, Any] = {
    "purpose": "credit_application",
    "categories": ["identity", "residence"],
    "period": {"days": 30},
}


@pytest.fixture
def client(machine: Machine) -> Iterator[LenderClient]:
    """The client with a licensed lender's key, speaking HTTP to the application in this process.

    As with Django's own test client, the end of a request leaves the test's connection open.
    """
    http = httpx.Client(transport=httpx.WSGITransport(app=get_wsgi_application()))
    for signal in (request_started, request_finished):
        signal.disconnect(close_old_connections)
    yield LenderClient("http://testserver", machine.client_id, machine.key, http=http)  # type: ignore[arg-type]  # P-256
    for signal in (request_started, request_finished):
        signal.connect(close_old_connections)


def test_client_signs_in_and_learns_its_standing(client: LenderClient) -> None:
    assert client.me()["client_id"] == client.client_id


def test_client_takes_up_the_servers_nonce(client: LenderClient, settings: Any) -> None:
    settings.DPOP_REQUIRE_NONCE = True
    assert client.me()["client_id"] == client.client_id
    client._nonce = ""
    assert client.me()["client_id"] == client.client_id


def test_client_renews_a_token_that_is_refused(client: LenderClient) -> None:
    client.me()
    client._token = "old"
    assert client.me()["client_id"] == client.client_id


def test_client_raises_what_the_server_refuses(client: LenderClient) -> None:
    with pytest.raises(ApiRefused) as refused:
        client.report("00000000-0000-4000-8000-000000000000", purpose="credit_application")
    assert (refused.value.status, refused.value.code) == (403, "consent_required")
    assert refused.value.problem["request_id"]


def test_client_reads_and_verifies_a_report(client: LenderClient, machine: Machine) -> None:
    her = borrower(machine)
    report = client.report(str(her.consent), purpose="credit_application", reference="case-1")
    assert client.kept_report(report["report_id"]) == report
    assert [each["reference"] for each in client.inquiries()] == ["case-1", "case-1"]


def test_client_refuses_a_report_that_was_altered(client: LenderClient, machine: Machine) -> None:
    asked = {"consent_id": str(borrower(machine).consent), "purpose": "credit_application"}
    answer = client._call("POST", "/api/v1/reports", asked)
    signature = answer.headers["X-JWS-Signature"]
    assert client.verify(answer.content, signature) == json.loads(answer.content)
    with pytest.raises(NotGenuine):
        client.verify(answer.content.replace(b"86.40", b"86.41", 1), signature)


def test_client_refuses_what_was_signed_for_something_else(client: LenderClient) -> None:
    own = ECKey.import_key(dict(keys.jose_key("reports")))
    head, body, mac = encode({"alg": "ES256", "kid": own.kid, "typ": "other+jws"}, {"a": 1}, own).split(".")
    assert body
    with pytest.raises(NotGenuine, match="something else"):
        client.verify(b'{"a": 1}', f"{head}..{mac}")


def test_unknown_person_is_asked_like_a_known_one(client: LenderClient, machine: Machine) -> None:
    her = borrower(machine, bills=1, wages=0)
    known = client.ask_consent(identity=her.resident.identity, **ASKED)
    stranger = client.ask_consent(identity={"name": "无人知", "mobile": "13900000000"}, **ASKED)
    assert set(known) == set(stranger) == {"id", "state", "code", "link", "expires_at"}
    assert (known["state"], len(known["code"])) == (stranger["state"], len(stranger["code"]))
    for asked in (known, stranger):
        standing = client.consent_request(asked["id"])
        assert (standing["state"], standing["consent_id"]) == ("requested", None)


def test_waiting_ends_with_a_person_who_does_not_answer(client: LenderClient) -> None:
    asked = client.ask_consent(identity={"name": "无人知", "mobile": "13900000000"}, **ASKED)
    with pytest.raises(TimeoutError):
        client.wait_for_consent(asked["id"], seconds=0, pause=lambda seconds: None)
