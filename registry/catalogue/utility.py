"""What utilities contribute: accounts and bills."""

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Annotated, Any

from registry.catalogue.fields import CURRENCY, DAY, MONTH, Column, money, word
from registry.catalogue.issues import Issue
from registry.catalogue.rules import in_order
from registry.catalogue.types import Record, RecordModel, RecordType, last_day
from registry.catalogue.vocabulary import Vocabulary


class Service(Vocabulary):
    """What the household is supplied with."""

    WATER = "water", "水费", "Water", "水 自来水 用水 供水 自来水费"
    POWER = "power", "电费", "Electricity", "电 电力 用电 供电 electric electric_power"
    GAS = "gas", "燃气费", "Gas", "燃气 煤气 天然气 煤气费 天然气费 用气 供气 natural_gas"
    HEATING = "heating", "取暖费", "Heating", "取暖 供暖 暖气 采暖 暖气费 供暖费 采暖费 供热 heat"
    TELECOM = (
        "telecom",
        "话费",
        "Telephone",
        "电话 手机 电话费 手机费 通信 通讯 通信费 通讯费 移动 phone mobile telephone",
    )
    BROADBAND = "broadband", "宽带费", "Broadband", "宽带 网络 网费 上网费 互联网 internet"
    RENT = "rent", "房租", "Rent", "租金 租房 房屋租金 住房租金 rental"


class Holder(Vocabulary):
    """In whose name an account stands."""

    SELF = "self", "本人", "Self", "自己 户主 户主本人 own"
    HOUSEHOLD = "household", "同住家人", "Household", "家人 家庭成员 配偶 父母 家属 family"
    OTHER = "other", "其他人", "Other", "其他 其它 他人 房东 业主 landlord"


class Status(Vocabulary):
    """How far a bill is settled."""

    PAID = "paid", "已缴清", "Paid", "已缴 已付 已缴费 缴清 结清 已结清 正常 settled"
    PARTIAL = "partial", "部分缴纳", "Partly paid", "部分 部分缴 部分缴费 部分已缴 partially_paid"
    UNPAID = "unpaid", "未缴", "Unpaid", "欠费 未付 未缴费 欠缴 未结清 逾期 逾期未缴 overdue outstanding"
    WRITTEN_OFF = "written_off", "已核销", "Written off", "核销 呆账 坏账 呆坏账 writeoff"


_SERVICE = Column("服务类型", "Service",
                  ("缴费项目", "费用类型", "费用名称", "项目", "业务类型", "费种", "服务", "服务项目", "utility", "service type"),
                  "水费")  # fmt: skip


class Account(RecordModel):
    """A contract for one service."""

    service: Annotated[str, word(Service), _SERVICE]
    opened_on: Annotated[
        str,
        DAY,
        Column("开户日期", "Opened on",
               ("开户时间", "开通日期", "立户日期", "建档日期", "起租日期", "open date", "opened", "account opened"), "2024-06-01"),
    ]  # fmt: skip
    closed_on: Annotated[
        str | None,
        DAY,
        Column("销户日期", "Closed on",
               ("销户时间", "停用日期", "注销日期", "退租日期", "close date", "closed", "account closed"), "2026-05-31"),
    ] = None  # fmt: skip
    holder: Annotated[
        str | None,
        word(Holder),
        Column(
            "户主关系",
            "Account holder",
            ("与户主关系", "开户人", "账户持有人", "holder", "account in name of"),
            "本人",
        ),
    ] = None


class Bill(RecordModel):
    """One bill for one service and month."""

    service: Annotated[str, word(Service), _SERVICE]
    period: Annotated[
        str,
        MONTH,
        Column("账单月份", "Billing month",
               ("账期", "月份", "费用月份", "计费月份", "抄表月份", "所属月份", "所属期", "年月", "账单周期", "month", "period",
                "billing period", "bill month"), "2026-03"),
    ]  # fmt: skip
    amount_due: Annotated[
        str,
        money(10_000_000),
        Column("应缴金额", "Amount due",
               ("应缴", "应付金额", "应收金额", "应缴费用", "账单金额", "费用金额", "金额", "费用", "amount", "bill amount", "due",
                "amount billed"), "86.40", "currency"),
    ]  # fmt: skip
    currency: Annotated[
        str, CURRENCY, Column("币种", "Currency", ("货币", "币别", "currency code"), "CNY")
    ] = "CNY"
    due_on: Annotated[
        str | None,
        DAY,
        Column("应缴日期", "Due on",
               ("缴费期限", "缴费截止日", "缴费截止日期", "到期日", "最后缴费日", "截止日期", "due date", "payment due"),
               "2026-04-20", future=True),
    ] = None  # fmt: skip
    paid_on: Annotated[
        str | None,
        DAY,
        Column("缴费日期", "Paid on",
               ("缴费时间", "实缴日期", "付款日期", "支付日期", "缴纳日期", "paid date", "payment date"), "2026-04-12"),
    ] = None  # fmt: skip
    amount_paid: Annotated[
        str | None,
        money(10_000_000),
        Column("实缴金额", "Amount paid",
               ("实缴", "已缴金额", "实付金额", "实收金额", "缴费金额", "已付金额", "paid", "payment"), "86.40", "currency"),
    ] = None  # fmt: skip
    status: Annotated[
        str | None,
        word(Status),
        Column("缴费状态", "Status",
               ("状态", "账单状态", "缴纳状态", "缴费情况", "是否缴清", "是否缴费", "payment status", "bill status"), "已缴清"),
    ] = None  # fmt: skip


def _derive_status(record: Record) -> None:
    """Say how far a bill is settled where the amounts or the day of payment tell it and the file did not."""
    if "status" in record:
        return
    due, paid = record.get("amount_due"), record.get("amount_paid")
    if due and paid:
        settled, something = Decimal(paid) >= Decimal(due), Decimal(paid) > 0
        record["status"] = (Status.PAID if settled else Status.PARTIAL if something else Status.UNPAID).value
    elif "paid_on" in record:
        record["status"] = Status.PAID.value


def _status_agrees(record: Record) -> list[Issue]:
    status, due, paid = record.get("status"), record.get("amount_due"), record.get("amount_paid")
    if status == Status.UNPAID and "paid_on" in record:
        return [Issue("status_inconsistent", "status")]
    if not (status and due and paid) or status == Status.WRITTEN_OFF:
        return []
    settled, something = Decimal(paid) >= Decimal(due), Decimal(paid) > 0
    agrees = {"paid": settled, "partial": something and not settled, "unpaid": not settled}
    return [] if agrees[status] else [Issue("status_inconsistent", "status")]


def _negative(record: Mapping[str, Any], on: date | None) -> bool:
    status, due_on = record.get("status"), record.get("due_on", "")
    if status == Status.WRITTEN_OFF:
        return True
    if status == Status.PAID:
        return bool(due_on) and record.get("paid_on", "") > due_on
    ahead = on is not None and due_on >= on.isoformat()
    return status is not None and not ahead


def _ended_on(record: Mapping[str, Any]) -> date | None:
    # What is owed goes on until it is paid or written off; the furnisher's next row tells that.
    if record.get("status") == Status.WRITTEN_OFF:
        return last_day(record["period"])
    if record.get("status") == Status.PAID and record.get("paid_on"):
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
    ends_by="closed_on",
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
