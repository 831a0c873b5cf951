"""What lenders contribute: the monthly state of a tradeline."""

from collections.abc import Mapping
from datetime import date
from typing import Annotated, Any

from registry.catalogue.fields import CURRENCY, DAY, MONTH, Column, money, whole, word
from registry.catalogue.issues import Issue
from registry.catalogue.record_type import Record, RecordModel, RecordType, last_day
from registry.catalogue.rules import in_order
from registry.catalogue.vocabulary import Vocabulary

LENDER_KINDS = ("bank", "consumer_finance", "insurer")


class Product(Vocabulary):
    """The kind of credit."""

    CREDIT_CARD = "credit_card", "信用卡", "Credit card"
    CONSUMER_LOAN = "consumer_loan", "消费贷款", "Consumer loan"
    MORTGAGE = "mortgage", "住房贷款", "Mortgage"
    CAR_LOAN = "car_loan", "汽车贷款", "Car loan"
    BUSINESS_LOAN = "business_loan", "经营贷款", "Business loan"
    STUDENT_LOAN = "student_loan", "助学贷款", "Student loan"
    RENT_LOAN = "rent_loan", "租房贷款", "Rent loan"
    OTHER = "other", "其他", "Other"


class TradelineStatus(Vocabulary):
    """The state of the tradeline at the month's end."""

    CURRENT = "current", "正常", "Current"
    PAST_DUE = "past_due", "逾期", "Past due"
    RESTRUCTURED = "restructured", "重组", "Restructured"
    CLOSED = "closed", "结清", "Closed"
    CHARGED_OFF = "charged_off", "核销", "Charged off"


class Tradeline(RecordModel):
    """How one credit stood at the end of one month."""

    product: Annotated[str, word(Product), Column("业务种类", "Product", "消费贷款")]
    opened_on: Annotated[str, DAY, Column("开立日期", "Opened on", "2025-07-01")]
    month: Annotated[str, MONTH, Column("月份", "Month", "2026-03")]
    status: Annotated[str, word(TradelineStatus), Column("账户状态", "Status", "正常")]
    days_past_due: Annotated[int, whole(0, 36_500), Column("逾期天数", "Days past due", "0", unit="days")]
    credit_limit: Annotated[
        str | None, money(1_000_000_000), Column("授信额度", "Credit limit", "20000.00", unit="currency")
    ] = None
    balance: Annotated[
        str | None, money(1_000_000_000), Column("余额", "Balance", "8200.00", unit="currency")
    ] = None
    currency: Annotated[str, CURRENCY, Column("币种", "Currency", "CNY")] = "CNY"


def _status_agrees(record: Record) -> list[Issue]:
    status, days = record.get("status"), record.get("days_past_due")
    late = days is not None and days > 0
    if (status == TradelineStatus.CURRENT and late) or (status == TradelineStatus.PAST_DUE and days == 0):
        return [Issue("status_inconsistent", "days_past_due")]
    return []


def _negative(record: Mapping[str, Any], on: date | None) -> bool:
    """when past due by a day or more, or charged off."""
    return record.get("days_past_due", 0) > 0 or record.get("status") in (
        TradelineStatus.PAST_DUE,
        TradelineStatus.CHARGED_OFF,
    )


def _ended_on(record: Mapping[str, Any]) -> date | None:
    # A record speaks of one month: if the arrears go on, the next month's record says so, for its own time.
    return last_day(record["month"]) if _negative(record, None) else None


TRADELINE = RecordType(
    code="tradeline",
    zh="信贷账户",
    en="Tradeline",
    category="tradelines",
    furnishers=LENDER_KINDS,
    model=Tradeline,
    natural_key=("product", "opened_on", "month"),
    placed_by="month",
    sensitivity="sensitive",
    rules=(in_order("opened_on", "month"), _status_agrees),
    is_negative=_negative,
    ended_on=_ended_on,
)
