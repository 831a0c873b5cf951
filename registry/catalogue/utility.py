"""What utilities contribute: accounts and bills."""

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Annotated, Any

from registry.catalogue.fields import CURRENCY, DAY, MONTH, Column, money, word
from registry.catalogue.issues import Issue
from registry.catalogue.record_type import Record, RecordModel, RecordType, last_day
from registry.catalogue.rules import in_order
from registry.catalogue.vocabulary import Vocabulary


class Service(Vocabulary):
    """What the household is supplied with."""

    WATER = "water", "水费", "Water"
    POWER = "power", "电费", "Electricity"
    GAS = "gas", "燃气费", "Gas"
    HEATING = "heating", "取暖费", "Heating"
    TELECOM = "telecom", "话费", "Telephone"
    BROADBAND = "broadband", "宽带费", "Broadband"
    RENT = "rent", "房租", "Rent"


class Holder(Vocabulary):
    """In whose name an account stands."""

    SELF = "self", "本人", "Self"
    HOUSEHOLD = "household", "同住家人", "Household"
    OTHER = "other", "其他人", "Other"


class BillStatus(Vocabulary):
    """How far a bill is settled."""

    PAID = "paid", "已缴清", "Paid"
    PARTIAL = "partial", "部分缴纳", "Partly paid"
    UNPAID = "unpaid", "未缴", "Unpaid"
    WRITTEN_OFF = "written_off", "已核销", "Written off"


_SERVICE = Column("服务类型", "Service", "水费")


class Account(RecordModel):
    """A contract for one service."""

    service: Annotated[str, word(Service), _SERVICE]
    opened_on: Annotated[str, DAY, Column("开户日期", "Opened on", "2024-06-01")]
    closed_on: Annotated[str | None, DAY, Column("销户日期", "Closed on", "2026-05-31")] = None
    holder: Annotated[str | None, word(Holder), Column("户主关系", "Account holder", "本人")] = None


class Bill(RecordModel):
    """One bill for one service and month."""

    service: Annotated[str, word(Service), _SERVICE]
    period: Annotated[str, MONTH, Column("账单月份", "Billing month", "2026-03")]
    amount_due: Annotated[str, money(10_000_000), Column("应缴金额", "Amount due", "86.40", unit="currency")]
    currency: Annotated[str, CURRENCY, Column("币种", "Currency", "CNY")] = "CNY"
    due_on: Annotated[str | None, DAY, Column("应缴日期", "Due on", "2026-04-20", future=True)] = None
    paid_on: Annotated[str | None, DAY, Column("缴费日期", "Paid on", "2026-04-12")] = None
    amount_paid: Annotated[
        str | None, money(10_000_000), Column("实缴金额", "Amount paid", "86.40", unit="currency")
    ] = None
    status: Annotated[str | None, word(BillStatus), Column("缴费状态", "Status", "已缴清")] = None


def _derive_status(record: Record) -> None:
    """Say how far a bill is settled where the amounts or the day of payment tell it and the file did not."""
    if "status" in record:
        return
    due, paid = record.get("amount_due"), record.get("amount_paid")
    if due and paid:
        settled, something = Decimal(paid) >= Decimal(due), Decimal(paid) > 0
        record["status"] = (
            BillStatus.PAID if settled else BillStatus.PARTIAL if something else BillStatus.UNPAID
        ).value
    elif "paid_on" in record:
        record["status"] = BillStatus.PAID.value


def _status_agrees(record: Record) -> list[Issue]:
    status, due, paid = record.get("status"), record.get("amount_due"), record.get("amount_paid")
    if status == BillStatus.UNPAID and "paid_on" in record:
        return [Issue("status_inconsistent", "status")]
    if not (status and due and paid) or status == BillStatus.WRITTEN_OFF:
        return []
    settled, something = Decimal(paid) >= Decimal(due), Decimal(paid) > 0
    agrees = {"paid": settled, "partial": something and not settled, "unpaid": not settled}
    return [] if agrees[status] else [Issue("status_inconsistent", "status")]


def _negative(record: Mapping[str, Any], on: date | None) -> bool:
    """when written off, paid after its due day, or not fully paid and no longer ahead of its due day."""
    status, due_on = record.get("status"), record.get("due_on", "")
    if status == BillStatus.WRITTEN_OFF:
        return True
    if status == BillStatus.PAID:
        return bool(due_on) and record.get("paid_on", "") > due_on
    ahead = on is not None and due_on >= on.isoformat()
    return status is not None and not ahead


def _ended_on(record: Mapping[str, Any]) -> date | None:
    # What is owed goes on until it is paid or written off; the furnisher's next row tells that.
    if record.get("status") == BillStatus.WRITTEN_OFF:
        return last_day(record["period"])
    if record.get("status") == BillStatus.PAID and record.get("paid_on"):
        return date.fromisoformat(record["paid_on"])
    return None


ACCOUNT = RecordType(
    code="account",
    zh="公用事业账户",
    en="Utility account",
    category="utility_payments",
    furnishers=("utility",),
    model=Account,
    natural_key=("service", "opened_on"),
    placed_by="opened_on",
    rules=(in_order("opened_on", "closed_on"),),
)
BILL = RecordType(
    code="bill",
    zh="账单",
    en="Bill",
    category="utility_payments",
    furnishers=("utility",),
    model=Bill,
    natural_key=("service", "period"),
    placed_by="period",
    rules=(_status_agrees,),
    derive=_derive_status,
    is_negative=_negative,
    ended_on=_ended_on,
)
