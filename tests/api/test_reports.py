"""A report: what is in it, what is not, and the trace that every read leaves."""

import json
import uuid
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from django.conf import settings
from django.db import connection, transaction
from django.test import Client as Browser
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from joserfc import jws, jwt
from joserfc.errors import BadSignatureError
from joserfc.jwk import ECKey, KeySet
from jsonschema import Draft202012Validator, FormatChecker

from api.models import Report
from registry import profiles, residents
from registry.ledger import sequence, verify
from registry.models import Inquiry, LedgerEntry, Message, Record
from tests.factories.consents import BY
from tests.factories.lenders import Machine, lender
from tests.factories.notices import delivered
from tests.factories.reports import Borrower, bill, borrower, consented, furnish, licence_of, month, wage

pytestmark = pytest.mark.django_db

# The contract's list, and what stands beside it.
MEMBERS = {
    "report_id",
    "consent_id",
    "purpose",
    "lender",
    "subject",
    "generated_at",
    "jurisdiction",
    "new_resident",
    "completeness",
    "sections",
    "score",
    "disputes",
    "statements",
    "freshness",
    "ledger",
} | {"version", "reference"}


@pytest.fixture
def her(signed_in: Machine) -> Borrower:
    """A resident with a life on record who lets the machine's lender read it."""
    return borrower(signed_in)


def read(her: Borrower, **body: Any) -> dict[str, Any]:
    """The report, which must be given."""
    answer = her.ask(**body)
    assert answer.status_code == 200, answer.content
    return dict(json.loads(answer.content))


def periods(report: dict[str, Any], category: str) -> list[str]:
    """The months of a section's records."""
    return [record["period"] for record in report["sections"][category]["records"]]


def validate(report: dict[str, Any]) -> None:
    """Hold a report against the JSON Schema that is served."""
    schema = Browser().get("/api/schema/report-1.json").json()
    Draft202012Validator(schema, format_checker=FormatChecker()).validate(report)


def test_report_has_the_contracts_members_and_no_others(her: Borrower) -> None:
    report = read(her, reference="case-1")
    assert set(report) == MEMBERS
    assert report["consent_id"] == str(her.consent)
    assert (report["purpose"], report["reference"], report["jurisdiction"]) == (
        "credit_application",
        "case-1",
        "CN",
    )
    assert report["lender"]["name_en"] == "Test Bank"
    assert report["subject"]["match_level"] == "full"


def test_report_fits_the_published_schema(her: Borrower) -> None:
    Record.objects.filter(type="bill", period=month(1)).update(status="disputed")
    sequence(at=timezone.now())
    report = read(her)
    validate(report)
    assert report["disputes"]
    assert report["ledger"]["checkpoint"]


def test_report_of_nothing_fits_the_published_schema(signed_in: Machine) -> None:
    her = borrower(signed_in, bills=0, wages=0, categories=("identity", "income"))
    report = read(her)
    validate(report)
    assert report["sections"]["income"]["state"] == "no_records"
    assert (report["score"]["value"], report["score"]["band"]) == (None, None)
    assert [reason["code"] for reason in report["score"]["reasons"]] == ["not_enough_records"]
    assert report["new_resident"]["is"] is None


def test_sections_hold_what_furnishers_contributed(her: Borrower) -> None:
    report = read(her)
    assert periods(report, "utility_payments") == [month(back) for back in range(12, 0, -1)]
    assert periods(report, "income") == [month(back) for back in range(6, 0, -1)]
    bill_of_last_month = report["sections"]["utility_payments"]["records"][-1]
    assert bill_of_last_month["fields"]["amount_due"] == "86.40"
    assert bill_of_last_month["source"]["name_en"] == "City Water"
    assert report["sections"]["income"]["summary"]["median_gross"] == {"CNY": "8650.00"}
    assert report["completeness"]["utility_payments"] == {"months": 12, "sources": 1}
    assert report["freshness"]["income"]["latest_period"] == month(1)


def test_new_resident_is_shown_with_its_evidence(her: Borrower) -> None:
    new = read(her)["new_resident"]
    assert (new["is"], new["rule"], new["segment"], new["since"]) == (
        True,
        "cn-2021",
        "service_worker",
        f"{month(24)}-15",
    )
    assert [(each["type"], each["field"]) for each in new["evidence"]] == [
        ("residence", "household_registration"),
        ("employment", "industry"),
    ]


def test_score_has_its_reasons_and_stays_on_its_scale(her: Borrower) -> None:
    score = read(her)["score"]
    assert score["scale"] == {"lowest": 300, "highest": 850}
    assert 300 <= score["value"] <= 850
    assert 1 <= len(score["reasons"]) <= 4
    assert {reason["direction"] for reason in score["reasons"]} <= {"raises", "lowers"}
    assert all(reason["text"]["zh"] and reason["text"]["en"] for reason in score["reasons"])


def test_category_outside_the_consent_is_named_and_empty(signed_in: Machine) -> None:
    report = read(borrower(signed_in, categories=("identity", "residence")))
    closed = {"state": "not_in_consent", "summary": {}, "records": []}
    assert report["sections"]["income"] == report["sections"]["utility_payments"] == closed
    assert report["sections"]["residence"]["state"] == "provided"
    assert set(report["completeness"]) == set(report["freshness"]) == {"residence"}


def test_category_that_needs_separate_consent_and_lacks_it_is_closed(signed_in: Machine) -> None:
    her = borrower(signed_in)
    her.consent = consented(
        signed_in, her.resident, granting={"separate": []}, categories=("identity", "income", "residence")
    )
    report = read(her)
    assert report["sections"]["income"]["state"] == "not_in_consent"
    assert "8650.00" not in json.dumps(report)


def test_category_taken_out_of_the_licence_is_not_read(her: Borrower) -> None:
    licence = licence_of(her.machine)
    licence.categories = ["identity", "residence"]
    licence.save()
    assert set(read(her)["sections"]) == {"identity", "residence"}


def test_record_outside_the_data_range_is_absent(signed_in: Machine) -> None:
    since = date.fromisoformat(f"{month(3)}-01")
    report = read(borrower(signed_in, records_from=since, records_until=date.fromisoformat(f"{month(2)}-15")))
    assert periods(report, "utility_payments") == [month(3), month(2)]
    assert periods(report, "residence") == []


def test_record_whose_contribution_was_withdrawn_is_absent(her: Borrower) -> None:
    her.withdraw(her.furnished["utility"][1])
    report = read(her)
    assert report["sections"]["utility_payments"]["state"] == "no_records"
    assert report["sections"]["income"]["state"] == "provided"


def test_disputed_record_is_flagged_and_counts_for_nothing(her: Borrower) -> None:
    furnisher, consent = her.furnished["utility"]
    unpaid = bill(1, service="gas", amount_paid="0", paid_on="", due_on=f"{month(1)}-02", status="unpaid")
    (wrong,) = furnish(furnisher, her.resident.id, consent, "bill", [unpaid])
    delivered(timezone.now())
    before = read(her)["score"]["value"]
    Record.objects.filter(id=wrong).update(status="disputed")
    report = read(her)
    flags = {each["id"]: each["disputed"] for each in report["sections"]["utility_payments"]["records"]}
    assert flags.pop(str(wrong)) is True
    assert set(flags.values()) == {False}
    assert report["disputes"] == [{"record_id": str(wrong), "type": "bill", "state": "open"}]
    assert report["score"]["value"] > before


def test_negative_record_is_absent_in_every_part_until_the_resident_was_told(her: Borrower) -> None:
    furnisher, consent = her.furnished["utility"]
    unpaid = bill(1, service="gas", amount_paid="0", paid_on="", due_on=f"{month(1)}-02", status="unpaid")
    before = read(her)
    (negative,) = furnish(furnisher, her.resident.id, consent, "bill", [unpaid])
    content = her.ask().content.decode()
    report = json.loads(content)
    assert (str(negative) in content, "gas" in content) == (False, False)
    for part in ("completeness", "freshness", "sections", "score", "disputes"):
        assert report[part] == before[part]
    delivered(timezone.now())
    told = read(her)
    shown = [each["id"] for each in told["sections"]["utility_payments"]["records"]]
    assert str(negative) in shown
    assert told["score"]["value"] < before["score"]["value"]


def test_retracted_record_is_absent_at_once(her: Borrower) -> None:
    records = read(her)["sections"]["utility_payments"]["records"]
    furnisher, _consent = her.furnished["utility"]
    with transaction.atomic():
        profiles.retract(
            organisation=furnisher.organisation_id,
            records=[uuid.UUID(records[0]["id"])],
            by="system:test",
            at=timezone.now(),
            reason="mistake",
        )
    assert read(her)["sections"]["utility_payments"]["records"] == records[1:]


def test_report_names_nobody(her: Borrower) -> None:
    content = her.ask().content.decode()
    assert [value for value in her.resident.identity.values() if value in content] == []
    assert str(her.resident.id) not in content


def test_pseudonym_is_stable_for_one_lender_and_differs_for_another(her: Borrower) -> None:
    other = lender().sign_in()
    theirs = Borrower(other, her.resident, consented(other, her.resident))
    mine = [read(her)["subject"]["pseudonym"] for _ in range(2)]
    assert mine[0] == mine[1] != read(theirs)["subject"]["pseudonym"]


def test_pseudonym_survives_a_merge(her: Borrower, signed_in: Machine) -> None:
    other = borrower(signed_in, bills=2, wages=0)
    before = read(her)["subject"]["pseudonym"]
    residents.merge(
        resident=other.resident.id, into=her.resident.id, by=BY, reasons=["test"], at=timezone.now()
    )
    report = read(her)
    assert report["subject"]["pseudonym"] == before
    assert len(periods(report, "utility_payments")) == 14


def test_read_leaves_its_entry_and_its_inquiry(her: Borrower) -> None:
    report = read(her, reference="case-7")
    inquiry = Inquiry.objects.get()
    assert (inquiry.resident_id, inquiry.consent_id, inquiry.reference) == (
        her.resident.id,
        her.consent,
        "case-7",
    )
    assert inquiry.by == f"client:{her.machine.client_id}"
    assert str(inquiry.ledger_entry) == report["ledger"]["entry"]
    entry = json.loads(LedgerEntry.objects.get(entry=inquiry.ledger_entry).body)
    assert (entry["event"], entry["subject"]) == ("report_read", str(her.resident.id))
    assert entry["details"]["purpose"] == "credit_application"
    assert entry["details"]["records"] == 20


def test_read_without_its_entry_does_not_happen(her: Borrower, refusing_ledger: None) -> None:
    her.machine.http.raise_request_exception = False
    answer = her.ask()
    assert (answer.status_code, answer.json()["code"]) == (500, "internal_error")
    assert answer["Content-Type"] == "application/problem+json"
    assert (Inquiry.objects.count(), Report.objects.count()) == (0, 0)


def test_ledger_verifies_with_the_read_in_it(her: Borrower) -> None:
    entry = read(her)["ledger"]["entry"]
    sequence(at=timezone.now())
    assert verify().leaves == LedgerEntry.objects.count()
    assert Browser().get(f"/ledger/proof/{entry}").status_code == 200


def published() -> KeySet:
    """The keys a stranger finds at the address in the metadata."""
    keys = Browser().get("/.well-known/jwks.json").json()["keys"]
    return KeySet([ECKey.import_key(key) for key in keys])


def signed(answer: Any, content: bytes) -> jws.CompactSignature:
    """The answer's detached signature, put together with some content and checked."""
    head, _, signature = answer["X-JWS-Signature"].split(".")
    whole = jws.extract_compact(answer["X-JWS-Signature"].encode(), payload=content)
    assert head
    assert signature
    assert jws.validate_compact(whole, published(), algorithms=["ES256"])
    return whole


def test_detached_signature_holds_over_the_very_bytes(her: Borrower) -> None:
    answer = her.ask()
    assert signed(answer, answer.content).headers()["typ"] == "credit-report+jws"


def test_detached_signature_breaks_with_one_byte(her: Borrower) -> None:
    answer = her.ask()
    with pytest.raises((BadSignatureError, AssertionError)):
        signed(answer, answer.content.replace(b"86.40", b"86.41", 1))


def test_report_as_jwt_holds_the_same(her: Borrower) -> None:
    answer = her.ask(Accept="application/jose")
    assert answer["Content-Type"] == "application/jose"
    token = jwt.decode(answer.content.decode(), published(), algorithms=["ES256"])
    assert token.header["typ"] == "credit-report+jwt"
    assert (token.claims["iss"], token.claims["aud"]) == (settings.BASE_URL, her.machine.client_id)
    assert token.claims["jti"] == token.claims["report"]["report_id"]
    assert set(token.claims["report"]) == MEMBERS
    again = her.machine.call("GET", answer["Content-Location"].removeprefix(settings.BASE_URL))
    assert json.loads(again.content) == token.claims["report"]


def test_kept_report_is_unreadable_at_rest(her: Borrower) -> None:
    read(her)
    sealed = bytes(Report.objects.get().sealed)
    assert b"utility_payments" not in sealed
    assert b"86.40" not in sealed


def test_resident_is_told_once_a_day(her: Borrower) -> None:
    told = Message.objects.filter(kind="report_read")
    read(her)
    assert told.count() == 1
    read(her)
    assert told.count() == 1


def test_every_lender_that_reads_is_told_of(her: Borrower) -> None:
    other = lender().sign_in()
    read(her)
    read(Borrower(other, her.resident, consented(other, her.resident)))
    assert Message.objects.filter(kind="report_read").count() == 2


def test_report_costs_as_many_statements_with_two_records_as_with_forty(signed_in: Machine) -> None:
    few, many = borrower(signed_in, bills=1, wages=0), borrower(signed_in, bills=24, wages=24)
    read(few)
    costs = []
    for her in (few, many):
        her.consent = consented(signed_in, her.resident)
        Inquiry.objects.all().delete()
        with CaptureQueriesContext(connection) as statements:
            read(her)
        costs.append(len(statements))
    assert costs[0] == costs[1] <= 26


def test_consent_for_one_read_allows_one(her: Borrower) -> None:
    her.consent = consented(her.machine, her.resident, fetch="once")
    report = read(her)
    assert her.ask().json()["code"] == "consent_required"
    again = her.machine.call("GET", f"/api/v1/reports/{report['report_id']}")
    assert json.loads(again.content) == report


def test_wage_of_another_currency_is_summed_apart(her: Borrower) -> None:
    furnisher, consent = her.furnished["employer"]
    furnish(furnisher, her.resident.id, consent, "wage", [wage(8) | {"currency": "USD", "gross": "900.00"}])
    assert read(her)["sections"]["income"]["summary"]["median_gross"] == {"CNY": "8650.00", "USD": "900.00"}


def test_time_of_reading_is_now(her: Borrower) -> None:
    made = datetime.fromisoformat(read(her)["generated_at"])
    assert timedelta(0) <= timezone.now() - made < timedelta(minutes=1)
