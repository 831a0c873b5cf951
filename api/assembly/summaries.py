"""One short summary a category: counts and dates that a reader would otherwise add up."""

from collections.abc import Callable
from datetime import date
from decimal import Decimal
from statistics import median
from typing import Any

from api.assembly.records import OpenRecord, is_negative, of_type

Summary = dict[str, Any]


def summary(category: str, records: list[OpenRecord], *, on: date) -> Summary:
    """The summary of one category's records; {} where the category needs none."""
    return _SUMMARIES[category](records, on) if records and category in _SUMMARIES else {}


def _residence(records: list[OpenRecord], on: date) -> Summary:
    homes = of_type(records, "residence")
    newest = homes[0].fields if homes else {}
    return {
        "resident_since": min((home.fields["resident_since"] for home in homes), default=None),
        "housing": newest.get("housing"),
        "household_registration": newest.get("household_registration"),
        "participation_months": len({record.period for record in of_type(records, "participation")}),
    }


def _employment(records: list[OpenRecord], on: date) -> Summary:
    held = [job for job in records if job.fields.get("end", "9999") >= on.isoformat()]
    return {
        "jobs": len(records),
        "employed": bool(held),
        "employed_since": min((job.fields["start"] for job in held), default=None),
    }


def _income(records: list[OpenRecord], on: date) -> Summary:
    by_currency: dict[str, list[Decimal]] = {}
    for record in records:
        by_currency.setdefault(record.fields["currency"], []).append(Decimal(record.fields["gross"]))
    medians = {currency: f"{median(amounts):.2f}" for currency, amounts in sorted(by_currency.items())}
    return {"months": _months(records), "latest": _latest(records), "median_gross": medians}


def _social_insurance(records: list[OpenRecord], on: date) -> Summary:
    return {
        name: {
            "months_paid": _months([record for record in found if record.fields["paid"]]),
            "months_unpaid": _months([record for record in found if not record.fields["paid"]]),
            "latest": _latest(found),
        }
        for name in ("social_insurance", "housing_fund")
        if (found := of_type(records, name))
    }


def _utility_payments(records: list[OpenRecord], on: date) -> Summary:
    bills = of_type(records, "bill")
    against = [bill for bill in bills if is_negative(bill, on)]
    late = [bill for bill in against if bill.fields.get("status") == "paid"]
    return {
        "accounts": len(of_type(records, "account")),
        "bills": len(bills),
        "on_time": sum(bill.fields.get("status") == "paid" for bill in bills) - len(late),
        "late": len(late),
        "overdue": len(against) - len(late),
        "latest": _latest(bills),
    }


def _tradelines(records: list[OpenRecord], on: date) -> Summary:
    return {
        "credits": len({(line.fields["product"], line.fields["opened_on"]) for line in records}),
        "months": _months(records),
        "worst_days_past_due": max(int(line.fields["days_past_due"]) for line in records),
        "latest": _latest(records),
    }


def _months(records: list[OpenRecord]) -> int:
    return len({record.period for record in records})


def _latest(records: list[OpenRecord]) -> str | None:
    return max((record.period for record in records), default=None)


_SUMMARIES: dict[str, Callable[[list[OpenRecord], date], Summary]] = {
    "residence": _residence,
    "employment": _employment,
    "income": _income,
    "social_insurance": _social_insurance,
    "utility_payments": _utility_payments,
    "tradelines": _tradelines,
}
