"""From records to the facts of the scorecard. Disputed records count neither for nor against anybody."""

from datetime import date

from api.assembly.records import DISPUTED, OpenRecord, is_negative, months_back, of_type, within
from api.scorecard import Facts

_MONTHLY = ("bill", "wage", "platform_work", "social_insurance", "housing_fund", "tradeline")
_TWO_YEARS, _YEAR = 24, 12


def facts(records: list[OpenRecord], *, on: date) -> Facts:
    """What the records tell on that day."""
    sure = [record for record in records if record.status != DISPUTED]
    bills = [
        bill for bill in of_type(sure, "bill") if within(bill, _TWO_YEARS, on) and _settled_or_due(bill, on)
    ]
    return Facts(
        months=_months(of_type(sure, *_MONTHLY), _TWO_YEARS, on) or 0,
        bills_on_time_share=_share(bills, on),
        bills_unpaid=sum(_unpaid(bill) for bill in bills) if bills else None,
        bill_months=_months(bills, _TWO_YEARS, on),
        residence_months=_residence(sure, on),
        job_months=_job(sure, on),
        insured_months=_months([r for r in of_type(sure, "social_insurance") if r.fields["paid"]], _YEAR, on),
        wage_months=_months(of_type(sure, "wage", "platform_work"), _YEAR, on),
        arrears_days=_arrears(of_type(sure, "tradeline"), on),
        community_months=_months(of_type(sure, "participation"), _TWO_YEARS, on),
    )


def _months(records: list[OpenRecord], back: int, on: date) -> int | None:
    found = {record.period for record in records if within(record, back, on)}
    return min(len(found), back) if records else None


def _settled_or_due(bill: OpenRecord, on: date) -> bool:
    status = bill.fields.get("status")
    return status == "paid" or (status is not None and is_negative(bill, on))


def _share(bills: list[OpenRecord], on: date) -> float | None:
    if not bills:
        return None
    return sum(not is_negative(bill, on) for bill in bills) / len(bills)


def _unpaid(bill: OpenRecord) -> bool:
    return bill.fields.get("status") != "paid"


def _residence(records: list[OpenRecord], on: date) -> int | None:
    since = [months_back(record.period, on) for record in of_type(records, "residence")]
    return max(0, *since) if since else None


def _job(records: list[OpenRecord], on: date) -> int | None:
    jobs = of_type(records, "employment")
    held = [months_back(job.period, on) for job in jobs if job.fields.get("end", "9999") >= on.isoformat()]
    return max(0, *held) if held else (0 if jobs else None)


def _arrears(tradelines: list[OpenRecord], on: date) -> int | None:
    days = [_days(line) for line in tradelines if within(line, _TWO_YEARS, on)]
    return max(days) if days else None


def _days(line: OpenRecord) -> int:
    charged_off = line.fields.get("status") == "charged_off"
    return max(int(line.fields["days_past_due"]), 90 if charged_off else 0)
