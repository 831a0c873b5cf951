"""From opened records to facts, segments and summaries: pure functions, tried record by record."""

from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID, uuid4

import pytest

from api.assembly.facts import facts
from api.assembly.newcomers import new_resident
from api.assembly.records import months_back, within
from api.assembly.sections import completeness, freshness, sections
from api.assembly.summaries import summary
from registry.catalogue import RECORD_TYPES, jurisdiction

ON = date(2026, 11, 25)
CN = jurisdiction("CN")


@dataclass
class Opened:
    """A record as a keeper opens it."""

    type: str
    fields: dict[str, Any]
    status: str = "active"
    organisation_id: UUID = field(default_factory=uuid4)
    organisation_name: str = "市自来水公司"
    organisation_name_en: str = "City Water"
    received_at: datetime = datetime(2026, 11, 20, 17, tzinfo=UTC)
    consent_id: UUID = field(default_factory=uuid4)
    id: UUID = field(default_factory=uuid4)

    @property
    def category(self) -> str:
        """As the catalogue says."""
        return RECORD_TYPES[self.type].category

    @property
    def period(self) -> str:
        """As the catalogue says."""
        return RECORD_TYPES[self.type].period_of(self.fields)


def of(kind: str, **cells: str) -> Opened:
    """A record of these cells."""
    fields, issues = RECORD_TYPES[kind].parse(cells)
    assert [issue for issue in issues if not issue.warning] == []
    return Opened(kind, fields)


def bill(month: str, **cells: str) -> Opened:
    """A water bill, paid in time unless said otherwise."""
    paid = {"amount_due": "86.40", "amount_paid": "86.40", "due_on": f"{month}-28", "paid_on": f"{month}-20"}
    return of("bill", **{"service": "water", "period": month} | paid | cells)


def unpaid(month: str, state: str = "active") -> Opened:
    """A bill that nobody paid."""
    cells = {"service": "water", "period": month, "amount_due": "86.40", "due_on": f"{month}-28"}
    return Opened("bill", RECORD_TYPES["bill"].parse(cells | {"status": "unpaid"})[0], state)


def home(**cells: str) -> Opened:
    """A residence since May 2024, registered elsewhere."""
    return of("residence", **{"resident_since": "2024-05-20", "household_registration": "elsewhere"} | cells)


def job(**cells: str) -> Opened:
    """A job since February 2025."""
    return of("employment", **{"start": "2025-02-17", "contract": "fixed_term"} | cells)


@pytest.mark.parametrize(
    ("month", "back"), [("2026-11", 0), ("2026-10", 1), ("2025-12", 11), ("2024-11", 24), ("2026-12", -1)]
)
def test_months_are_counted_over_years(month: str, back: int) -> None:
    assert months_back(month, ON) == back
    assert within(bill(month), 24, ON) is (0 <= back <= 24)


def test_bills_count_once_they_are_due() -> None:
    known = facts([bill("2026-10"), bill("2026-09"), unpaid("2026-08"), unpaid("2026-11")], on=ON)
    assert (known.bills_on_time_share, known.bills_unpaid) == (pytest.approx(2 / 3), 1)
    assert known.bill_months == 3


def test_late_bill_is_not_on_time_and_not_unpaid() -> None:
    known = facts([bill("2026-09", paid_on="2026-10-30"), bill("2026-08")], on=ON)
    assert (known.bills_on_time_share, known.bills_unpaid) == (0.5, 0)


def test_disputed_record_counts_for_nothing() -> None:
    assert facts([unpaid("2026-08", "disputed")], on=ON) == facts([], on=ON)


def test_nothing_known_is_nothing_said() -> None:
    known = facts([], on=ON)
    assert known.months == 0
    assert (known.bills_on_time_share, known.job_months, known.arrears_days) == (None, None, None)


def test_job_counts_while_it_is_held() -> None:
    assert facts([job()], on=ON).job_months == 21
    assert facts([job(end="2026-08-31")], on=ON).job_months == 0
    assert facts([job(end="2026-12-31")], on=ON).job_months == 21


@pytest.mark.parametrize(
    ("days", "status", "arrears"), [("0", "current", 0), ("35", "past_due", 35), ("0", "charged_off", 90)]
)
def test_arrears_are_the_worst_of_two_years(days: str, status: str, arrears: int) -> None:
    credit = {"product": "consumer_loan", "opened_on": "2025-07-01", "month": "2026-03"}
    line = of("tradeline", **credit | {"days_past_due": days, "status": status})
    assert facts([line], on=ON).arrears_days == arrears


@pytest.mark.parametrize(
    ("cells", "new"),
    [
        ({"household_registration": "elsewhere"}, True),
        ({"household_registration": "local"}, False),
        ({"household_registration": "local_under_3y"}, True),
        ({"household_registration": "local", "registration_date": "2023-11-26"}, True),
        ({"household_registration": "local", "registration_date": "2023-11-25"}, False),
        ({"household_registration": ""}, None),
    ],
)
def test_new_resident_is_who_the_rule_says(cells: dict[str, str], new: bool | None) -> None:
    assert new_resident([home(**cells)], pack=CN, on=ON)["is"] is new


@pytest.mark.parametrize(
    ("records", "segment", "field_"),
    [
        ([home(reason="graduate"), job(contract="platform")], "graduate", "reason"),
        ([home(), job(contract="platform")], "platform_worker", "contract"),
        ([home(), job(contract="dispatch")], "dispatched_worker", "contract"),
        ([home(), job(industry="E4700")], "dispatched_worker", "industry"),
        ([home(), job(industry="I6510")], "professional", "industry"),
        ([home(), job(industry="G6020")], "service_worker", "industry"),
        ([home(reason="business")], "self_employed", "reason"),
        ([home(reason="family")], "family", "reason"),
        ([home(reason="work")], None, None),
        ([home(), job(contract="platform", end="2025-12-31")], None, None),
    ],
)
def test_segment_comes_from_evidence(records: list[Opened], segment: str | None, field_: str | None) -> None:
    found = new_resident(records, pack=CN, on=ON)
    assert found["segment"] == segment
    evidence: Any = found["evidence"]
    assert [each["field"] for each in evidence] == ["household_registration", *([field_] if field_ else [])]


def test_settled_resident_has_no_segment() -> None:
    found = new_resident([home(household_registration="local"), job(contract="platform")], pack=CN, on=ON)
    assert (found["is"], found["segment"]) == (False, None)


def test_summary_of_bills_counts_what_a_reader_would() -> None:
    bills = [bill("2026-10"), bill("2026-09", paid_on="2026-10-30"), unpaid("2026-08"), unpaid("2026-11")]
    assert summary("utility_payments", bills, on=ON) == {
        "accounts": 0,
        "bills": 4,
        "on_time": 1,
        "late": 1,
        "overdue": 1,
        "latest": "2026-11",
    }


def test_summary_of_insurance_tells_paid_from_unpaid() -> None:
    months = [
        of("social_insurance", month="2026-09", schemes="养老", paid="是"),
        of("social_insurance", month="2026-10", schemes="养老", paid="否"),
        of("housing_fund", month="2026-10", paid="是"),
    ]
    assert summary("social_insurance", months, on=ON) == {
        "social_insurance": {"months_paid": 1, "months_unpaid": 1, "latest": "2026-10"},
        "housing_fund": {"months_paid": 1, "months_unpaid": 0, "latest": "2026-10"},
    }


def test_every_category_has_a_section_with_its_state() -> None:
    found = sections(
        [bill("2026-10")],
        asked={"identity", "residence", "income", "utility_payments"},
        covered={"identity", "residence", "utility_payments"},
        match_level="document",
        on=ON,
    )
    assert {name: part["state"] for name, part in found.items()} == {
        "identity": "provided",
        "income": "not_in_consent",
        "residence": "no_records",
        "utility_payments": "provided",
    }
    assert found["identity"]["summary"] == {"match_level": "document"}


def test_completeness_counts_months_and_sources() -> None:
    two = [bill("2026-10"), bill("2026-10", service="gas"), bill("2026-09")]
    two[1].organisation_id = two[0].organisation_id
    found = completeness(two, covered={"identity", "utility_payments", "income"})
    assert found == {
        "income": {"months": 0, "sources": 0},
        "utility_payments": {"months": 2, "sources": 2},
    }


def test_freshness_is_told_in_local_days() -> None:
    found = freshness([bill("2026-10")], covered={"utility_payments"})
    assert found == {"utility_payments": {"latest_period": "2026-10", "received_on": "2026-11-21"}}
