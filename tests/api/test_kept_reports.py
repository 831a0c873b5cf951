"""The same report again: by its address or its Idempotency-Key, for a day, while it may be shown."""

import json
import uuid
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest
import time_machine
from django.db import connection, transaction
from django.utils import timezone

from api.models import Report
from api.services.kept import sweep_reports
from registry import profiles
from registry.models import Inquiry, LedgerEntry, Licence
from tests.factories.lenders import Machine, lender
from tests.factories.reports import Borrower, borrower, consented

pytestmark = pytest.mark.django_db


@pytest.fixture
def her(signed_in: Machine) -> Borrower:
    """A resident with a life on record who lets the machine's lender read it."""
    return borrower(signed_in)


@pytest.fixture
def later() -> Iterator[Any]:
    """Moves the clock: `later(hours=25)`."""
    with time_machine.travel(timezone.now(), tick=True) as clock:
        yield lambda **span: clock.shift(timedelta(**span))


def path_of(answer: Any) -> str:
    """The report's own address."""
    return str(answer["Content-Location"]).removeprefix("http://testserver")


def again(her: Borrower, answer: Any, **headers: str) -> Any:
    """The report by its address."""
    return her.machine.call("GET", path_of(answer), **headers)


def reads() -> list[dict[str, Any]]:
    """The details of every read in the ledger, in order."""
    return [
        json.loads(entry.body) for entry in LedgerEntry.objects.filter(event="report_read").order_by("id")
    ]


def test_kept_report_is_the_same_to_the_byte(her: Borrower) -> None:
    first = her.ask()
    second = again(her, first)
    assert (second.status_code, second.content) == (200, first.content)
    assert second["X-JWS-Signature"]


def test_kept_report_is_gone_once_a_furnisher_took_something_of_it_back(her: Borrower) -> None:
    first = her.ask()
    (record, *_others) = first.json()["sections"]["utility_payments"]["records"]
    furnisher, _consent = her.furnished["utility"]
    with transaction.atomic():
        profiles.retract(
            organisation=furnisher.organisation_id,
            records=[uuid.UUID(record["id"])],
            by="system:test",
            at=timezone.now(),
            reason="mistake",
        )
    second = again(her, first)
    assert (second.status_code, second.json()["code"]) == (410, "report_gone")
    assert record["id"] not in her.ask().content.decode()


def test_reading_again_leaves_a_trace_of_its_own(her: Borrower) -> None:
    again(her, her.ask())
    assert [entry["details"].get("reason") for entry in reads()] == [None, "read_again"]
    assert Inquiry.objects.count() == 2
    assert Inquiry.objects.values("ledger_entry").distinct().count() == 2


def test_reading_again_without_its_entry_does_not_happen(her: Borrower) -> None:
    first = her.ask()
    with connection.cursor() as cursor:
        cursor.execute(
            "CREATE TRIGGER test_refuses BEFORE INSERT ON registry_ledgerentry"
            " FOR EACH ROW EXECUTE FUNCTION registry_ledger_refuse()"
        )
    her.machine.http.raise_request_exception = False
    assert again(her, first).status_code == 500
    assert Inquiry.objects.count() == 1


def test_report_is_refused_after_withdrawal(her: Borrower) -> None:
    first = her.ask()
    her.withdraw()
    answer = again(her, first)
    assert (answer.status_code, answer.json()["code"]) == (403, "consent_required")
    assert her.ask().json()["code"] == "consent_required"
    assert Inquiry.objects.count() == 1


def test_report_is_gone_once_what_it_shows_was_withdrawn(her: Borrower) -> None:
    first = her.ask(Idempotency_Key="k-1")
    her.withdraw(her.furnished["utility"][1])
    for answer in (again(her, first), her.ask(Idempotency_Key="k-1")):
        assert (answer.status_code, answer.json()["code"]) == (410, "report_gone")
    new = json.loads(her.ask(Idempotency_Key="k-2").content)
    assert new["sections"]["utility_payments"]["records"] == []


def test_report_is_gone_once_the_licence_covers_less(her: Borrower) -> None:
    first = her.ask(Idempotency_Key="k-1")
    Licence.objects.filter(role="lender").update(categories=["identity", "employment"])
    for answer in (again(her, first), her.ask(Idempotency_Key="k-1")):
        assert (answer.status_code, answer.json()["code"]) == (410, "report_gone")


def test_report_stays_while_another_contribution_is_withdrawn(signed_in: Machine) -> None:
    her = borrower(signed_in, categories=("identity", "residence"))
    first = her.ask()
    her.withdraw(her.furnished["utility"][1])
    assert again(her, first).content == first.content


def test_report_is_gone_after_a_day(her: Borrower, later: Any) -> None:
    first = her.ask()
    later(hours=23)
    assert again(her.__class__(her.machine.sign_in(), her.resident, her.consent), first).status_code == 200
    later(hours=1, minutes=1)
    her.machine.sign_in()
    assert again(her, first).status_code == 404


def test_report_of_another_lender_looks_like_none(her: Borrower) -> None:
    other = lender().sign_in()
    answer = other.call("GET", path_of(her.ask()))
    nothing = other.call("GET", f"/api/v1/reports/{uuid.uuid4()}")
    assert (answer.status_code, answer.json()["code"]) == (404, "not_found")
    assert answer.json() | {"request_id": ""} == nothing.json() | {"request_id": ""}


def test_report_moved_to_another_row_does_not_open(her: Borrower) -> None:
    first, second = her.ask(), her.ask()
    one, other = Report.objects.order_by("generated_at")
    Report.objects.filter(id=one.id).update(sealed=bytes(other.sealed))
    broken = again(her, first)
    assert (broken.status_code, broken.json()["status"]) == (500, 500)
    assert Inquiry.objects.count() == 2
    assert again(her, second).status_code == 200
    assert Inquiry.objects.count() == 3


def test_sweep_forgets_reports_after_a_day(her: Borrower) -> None:
    her.ask()
    now = timezone.now()
    assert sweep_reports(at=now + timedelta(hours=23)) == 0
    assert sweep_reports(at=now + timedelta(hours=25)) == 1


def test_same_key_and_body_get_the_same_report(her: Borrower) -> None:
    first, second = (her.ask(reference="case-1", Idempotency_Key="k-1") for _ in range(2))
    assert second.content == first.content
    assert Report.objects.count() == 1
    assert [entry["details"].get("reason") for entry in reads()] == [None, "read_again"]


def test_key_may_be_quoted(her: Borrower) -> None:
    assert her.ask(Idempotency_Key="k-1").content == her.ask(Idempotency_Key='"k-1"').content


def test_without_a_key_each_request_is_a_report_of_its_own(her: Borrower) -> None:
    assert her.ask().content != her.ask().content
    assert Report.objects.count() == 2


@pytest.mark.parametrize("change", [{"reference": "case-2"}, {"purpose": "account_review"}])
def test_same_key_with_another_body_is_refused(her: Borrower, change: dict[str, str]) -> None:
    her.ask(reference="case-1", Idempotency_Key="k-1")
    answer = her.ask(**{"reference": "case-1"} | change, Idempotency_Key="k-1")
    assert (answer.status_code, answer.json()["code"]) == (422, "idempotency_key_reused")
    assert Inquiry.objects.count() == 1


def test_same_key_with_another_consent_is_refused(her: Borrower) -> None:
    her.ask(Idempotency_Key="k-1")
    her.consent = consented(her.machine, her.resident)
    assert her.ask(Idempotency_Key="k-1").json()["code"] == "idempotency_key_reused"


def test_same_key_of_another_client_is_another_key(her: Borrower) -> None:
    her.ask(Idempotency_Key="k-1")
    other = lender().sign_in()
    theirs = Borrower(other, her.resident, consented(other, her.resident))
    assert theirs.ask(Idempotency_Key="k-1").status_code == 200
    assert Report.objects.count() == 2


def test_key_of_a_refused_request_is_free(her: Borrower) -> None:
    consent, her.consent = her.consent, uuid.uuid4()
    assert her.ask(Idempotency_Key="k-1").status_code == 403
    her.consent = consent
    assert her.ask(Idempotency_Key="k-1").status_code == 200


def test_key_is_free_again_after_a_day_even_if_nobody_swept(her: Borrower, later: Any) -> None:
    first = json.loads(her.ask(Idempotency_Key="k-1").content)
    later(hours=24, minutes=1)
    her.machine.sign_in()
    second = json.loads(her.ask(Idempotency_Key="k-1").content)
    assert second["report_id"] != first["report_id"]
    made = datetime.fromisoformat(second["generated_at"]) - datetime.fromisoformat(first["generated_at"])
    assert made > timedelta(hours=24)


@pytest.mark.parametrize("key", ["", "x" * 65, "has space", "13800138000", "a-421181-19900101-1234", '"'])
def test_key_that_cannot_be_kept_is_refused(her: Borrower, key: str) -> None:
    answer = her.ask(Idempotency_Key=key)
    assert (answer.status_code, answer.json()["code"]) == (422, "invalid_request")
    assert answer.json()["errors"][0]["field"] == "Idempotency-Key"
    assert Inquiry.objects.count() == 0
