"""One and the same refusal: what a lender hears must not tell why there is no consent."""

import json
import re
import uuid
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from api.models import Report
from consent import services
from registry import residents
from registry.models import Inquiry, LedgerEntry, Licence, Message
from tests.factories.consents import ask
from tests.factories.lenders import Machine, lender
from tests.factories.reports import Borrower, borrower, consented, licence_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def her(signed_in: Machine) -> Borrower:
    """A resident with a life on record who lets the machine's lender read it."""
    return borrower(signed_in)


def unknown(her: Borrower) -> None:
    """No such consent."""
    her.consent = uuid.uuid4()


def withdrawn(her: Borrower) -> None:
    """She withdrew it."""
    her.withdraw()


def of_another_lender(her: Borrower) -> None:
    """It was given to somebody else."""
    her.consent = consented(lender(), her.resident)


def for_another_purpose(her: Borrower) -> None:
    """It was given for reviewing an account."""
    her.consent = consented(
        her.machine, her.resident, purpose="account_review", categories=("identity", "employment")
    )


def not_answered(her: Borrower) -> None:
    """She has not decided yet."""
    her.consent = ask(licence_of(her.machine), her.resident.identity, at=timezone.now()).id


def declined(her: Borrower) -> None:
    """She declined."""
    not_answered(her)
    services.decline(
        consent_id=her.consent,
        resident=her.resident.id,
        language="en",
        by=her.resident.by,
        at=timezone.now(),
    )


def expired(her: Borrower) -> None:
    """Its days are over."""
    then = timezone.now() - timedelta(days=20)
    request = ask(licence_of(her.machine), her.resident.identity, at=then, days=10)
    services.grant(
        consent_id=request.id,
        resident=her.resident.id,
        separate=["income"],
        language="en",
        by=her.resident.by,
        at=then,
    )
    her.consent = request.id


def frozen(her: Borrower) -> None:
    """She froze her profile."""
    residents.claim(
        mobile=her.resident.identity["mobile"],
        name=her.resident.identity["name"],
        document=her.resident.identity["id_number"],
        by="system:test",
        method="sms",
        at=timezone.now(),
    )
    residents.freeze(resident=her.resident.id, by=her.resident.by, at=timezone.now())


def erased(her: Borrower) -> None:
    """She had everything erased."""
    residents.erase(resident=her.resident.id, by=her.resident.by, reason="own_wish", at=timezone.now())


def a_contribution(her: Borrower) -> None:
    """The id is that of a consent to furnish."""
    her.consent = her.furnished["utility"][1]


REASONS: list[Callable[[Borrower], None]] = [
    unknown,
    withdrawn,
    of_another_lender,
    for_another_purpose,
    not_answered,
    declined,
    expired,
    frozen,
    erased,
    a_contribution,
]


def without_id(answer: Any) -> bytes:
    """The body with the request's id blanked."""
    return re.sub(rb'"request_id": "[0-9a-f]{32}"', b'"request_id": ""', answer.content)


def shape(sql: str) -> str:
    """A statement without its values and the numbers of savepoints."""
    return re.sub(r"'(?:[^']|'')*'|\"s\d+_x\d+\"", "?", sql)


def headers_of(answer: Any) -> dict[str, str]:
    """The headers that do not count requests or name one."""
    own = {"X-Request-Id", "RateLimit", "DPoP-Nonce", "Content-Length"}
    return {name: value for name, value in answer.items() if name not in own}


@pytest.mark.parametrize("reason", REASONS)
def test_refusal_is_the_same_whatever_the_reason(her: Borrower, reason: Callable[[Borrower], None]) -> None:
    stranger = her.machine.call(
        "POST", "/api/v1/reports", {"consent_id": str(uuid.uuid4()), "purpose": "credit_application"}
    )
    reason(her)
    answer = her.ask()
    assert (answer.status_code, answer.json()["code"]) == (403, "consent_required")
    assert set(answer.json()) == {"type", "title", "status", "code", "detail", "request_id"}
    assert without_id(answer) == without_id(stranger)
    assert headers_of(answer) == headers_of(stranger)
    assert answer["Content-Length"] == stranger["Content-Length"]


def test_refusal_costs_the_same_whatever_the_reason(signed_in: Machine) -> None:
    costs = {}
    for reason in REASONS:
        her = borrower(signed_in, bills=1, wages=0)
        reason(her)
        her.ask()
        with CaptureQueriesContext(connection) as statements:
            assert her.ask().status_code == 403
        costs[reason.__name__] = [shape(each["sql"]) for each in statements]
    assert {name: cost for name, cost in costs.items() if cost != costs["unknown"]} == {}


def test_refusal_leaves_its_entry_and_nothing_else(her: Borrower) -> None:
    her.withdraw()
    before = LedgerEntry.objects.count(), Message.objects.count()
    assert her.ask(reference="case-3").status_code == 403
    entry = LedgerEntry.objects.order_by("-id")[0]
    assert json.loads(entry.body)["event"] == "report_refused"
    assert json.loads(entry.body)["details"] == {
        "consent": str(her.consent),
        "licence": str(licence_of(her.machine).id),
        "purpose": "credit_application",
        "reason": "consent_required",
    }
    assert (LedgerEntry.objects.count(), Message.objects.count()) == (before[0] + 1, before[1])
    assert (Inquiry.objects.count(), Report.objects.count()) == (0, 0)


def test_purpose_outside_the_licence_is_refused_by_name(her: Borrower) -> None:
    answer = her.ask(purpose="insurance_underwriting")
    assert (answer.status_code, answer.json()["code"]) == (403, "purpose_not_licensed")
    newest = LedgerEntry.objects.order_by("-id")[0]
    assert json.loads(newest.body)["details"]["reason"] == "purpose_not_licensed"
    assert Inquiry.objects.count() == 0


@pytest.mark.parametrize("purpose", ["curiosity", "own_access", "", None, 7, ["credit_application"]])
def test_unknown_purpose_is_refused_by_name(her: Borrower, purpose: Any) -> None:
    answer = her.ask(purpose=purpose)
    assert (answer.status_code, answer.json()["code"]) == (422, "invalid_request")
    assert answer.json()["errors"][0]["field"] == "purpose"
    assert Inquiry.objects.count() == 0


@pytest.mark.parametrize(
    "change",
    [
        {
            "valid_from": timezone.localdate() - timedelta(days=9),
            "valid_until": timezone.localdate() - timedelta(days=1),
        },
        {"status": Licence.Status.SUSPENDED},
        {"status": Licence.Status.ENDED},
    ],
    ids=["expired", "suspended", "ended"],
)
def test_licence_that_ends_ends_reading_at_once(her: Borrower, change: dict[str, Any]) -> None:
    Licence.objects.filter(role=Licence.Role.LENDER).update(**change)
    answer = her.ask()
    assert (answer.status_code, answer.json()["code"]) == (403, "licence_required")
    assert (Inquiry.objects.count(), Report.objects.count()) == (0, 0)


def test_token_without_the_scope_is_refused_before_anything_is_read(machine: Machine) -> None:
    her = borrower(machine.sign_in("inquiries"))
    answer = her.ask()
    assert (answer.status_code, answer.json()["code"]) == (403, "insufficient_scope")
    assert not LedgerEntry.objects.filter(event="report_refused").exists()


def test_language_of_the_refusal_is_the_callers(her: Borrower) -> None:
    her.withdraw()
    english, chinese = her.ask(), her.ask(Accept_Language="zh-CN")
    assert english.json()["code"] == chinese.json()["code"]
    assert english.json()["detail"] == "There is no consent in force that allows this."
