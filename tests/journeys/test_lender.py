"""A lender's developer: from a key to a signed report over real HTTP, until the consent is withdrawn."""

from urllib.parse import urlsplit

import httpx
import pytest
from django.utils import timezone

from consent import queries, services
from registry.demo.lender_client import ApiRefused, LenderClient
from registry.ledger import sequence, verify
from registry.models import Inquiry, LedgerEntry
from tests.conftest import Site
from tests.factories.lenders import Machine, lender
from tests.factories.reports import Borrower, borrower

pytestmark = pytest.mark.services
READ = ["identity", "residence", "employment", "utility_payments"]


@pytest.fixture
def machine(site: Site) -> Machine:
    """A licensed lender's client at the running site."""
    return lender()


@pytest.fixture
def client(site: Site, machine: Machine) -> LenderClient:
    """The public client with that lender's key."""
    return LenderClient(site.url, machine.client_id, machine.key)  # type: ignore[arg-type]  # a P-256 key


@pytest.fixture
def her(machine: Machine) -> Borrower:
    """A resident with a life on record."""
    return borrower(machine)


def ask(client: LenderClient, her: Borrower) -> dict[str, str]:
    """The lender asks this person for consent."""
    return client.ask_consent(
        identity=her.resident.identity,
        purpose="credit_application",
        categories=READ,
        period={"days": 30},
        language="en",
        reference="case-1",
    )


def grant(asked: dict[str, str], her: Borrower) -> None:
    """She follows the link and agrees."""
    code = urlsplit(asked["link"]).path.removeprefix("/r/")
    assert code == asked["code"]
    request = queries.request_by_code(code=code)
    services.grant(
        consent_id=request.id,
        resident=her.resident.id,
        language="en",
        by=her.resident.by,
        at=timezone.now(),
    )


def test_lender_reads_while_consent_lasts(client: LenderClient, her: Borrower) -> None:
    assert client.me()["purposes"] == ["credit_application", "account_review"]
    asked = ask(client, her)
    assert client.consent_request(asked["id"])["state"] == "requested"
    grant(asked, her)
    consent = client.wait_for_consent(asked["id"])

    report = client.report(consent, purpose="credit_application", reference="case-1")
    assert report["sections"]["utility_payments"]["summary"]["bills"] == 12
    assert report["sections"]["income"] == {"state": "not_in_consent", "summary": {}, "records": []}
    assert client.kept_report(report["report_id"]) == report
    assert [each["reference"] for each in client.inquiries()] == ["case-1", "case-1"]

    sequence(at=timezone.now())
    assert client.ledger_proof(report["ledger"]["entry"])
    assert verify().waiting == 0

    services.withdraw(
        consent_id=queries.request_by_code(code=asked["code"]).id,
        resident=her.resident.id,
        by=her.resident.by,
        at=timezone.now(),
    )
    for read in (
        lambda: client.report(consent, purpose="credit_application"),
        lambda: client.kept_report(report["report_id"]),
    ):
        with pytest.raises(ApiRefused) as refused:
            read()
        assert (refused.value.status, refused.value.code) == (403, "consent_required")
    assert client.consent_request(asked["id"])["state"] == "withdrawn"
    assert len(client.inquiries()) == Inquiry.objects.count() == 2
    assert LedgerEntry.objects.filter(event="report_refused").count() == 2


def test_processes_know_one_anothers_tokens_and_used_proofs(site: Site, client: LenderClient) -> None:
    address = f"{site.url}/api/v1/me"
    assert {client.me()["client_id"] for _ in range(10)} == {client.client_id}
    token = {"Authorization": f"DPoP {client._token}"}
    sent = token | {"DPoP": client._proof("GET", address, client._token)}
    answers = []
    for _ in range(10):  # a connection each, so that both processes are met
        with httpx.Client() as http:
            answers.append(http.get(address, headers=sent).status_code)
    assert answers == [200] + [401] * 9
    proof = client._proof("GET", address, client._token)
    doubled = [*token.items(), ("Authorization", "DPoP x"), ("DPoP", proof)]
    assert httpx.get(address, headers=doubled).json()["code"] == "invalid_token"
