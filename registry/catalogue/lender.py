"""What lenders contribute: the monthly state of a tradeline."""

from collections.abc import Mapping
from datetime import date
from typing import Annotated, Any

from registry.catalogue.fields import CURRENCY, DAY, MONTH, Column, money, whole, word
from registry.catalogue.issues import Issue
from registry.catalogue.rules import in_order
from registry.catalogue.types import Record, RecordModel, RecordType, last_day
from registry.catalogue.vocabulary import Vocabulary

LENDER_KINDS = ("bank", "consumer_finance", "insurer")


class Product(Vocabulary):
    """The kind of credit."""

    CREDIT_CARD = "credit_card", "信用卡", "Credit card", "贷记卡 准贷记卡 card"
    CONSUMER_LOAN = (
        "consumer_loan",
        "消费贷款",
        "Consumer loan",
        "消费贷 个人消费贷款 信用贷 现金贷 分期 personal_loan",
    )
    MORTGAGE = "mortgage", "住房贷款", "Mortgage", "房贷 住房按揭 按揭 个人住房贷款 home_loan"
    CAR_LOAN = "car_loan", "汽车贷款", "Car loan", "车贷 购车贷款 个人汽车贷款 auto_loan"
    BUSINESS_LOAN = (
        "business_loan",
        "经营贷款",
        "Business loan",
        "经营贷 个人经营性贷款 创业贷款 创业担保贷款",
    )
    STUDENT_LOAN = "student_loan", "助学贷款", "Student loan", "助学贷 国家助学贷款 education_loan"
    RENT_LOAN = "rent_loan", "租房贷款", "Rent loan", "租金贷 租房分期"
    OTHER = "other", "其他", "Other", "其它"


class Status(Vocabulary):
    """The state of the tradeline at the month's end."""

    CURRENT = "current", "正常", "Current", "未逾期 正常还款 按时还款 ok"
    PAST_DUE = "past_due", "逾期", "Past due", "已逾期 拖欠 overdue delinquent late"
    RESTRUCTURED = "restructured", "重组", "Restructured", "展期 债务重组 重组贷款"
    CLOSED = "closed", "结清", "Closed", "已结清 销户 已销户 paid_off settled"
    CHARGED_OFF = "charged_off", "核销", "Charged off", "已核销 呆账 坏账 written_off"


class Tradeline(RecordModel):
    """How one credit stood at the end of one month."""

    product: Annotated[
        str,
        word(Product),
        Column(
            "业务种类",
            "Product",
            ("产品", "贷款种类", "贷款类型", "信贷品种", "业务类型", "loan type"),
            "消费贷款",
        ),
    ]
    opened_on: Annotated[
        str,
        DAY,
        Column(
            "开立日期",
            "Opened on",
            ("放款日期", "发放日期", "开户日期", "发卡日期", "open date", "opened"),
            "2025-07-01",
        ),
    ]
    month: Annotated[
        str,
        MONTH,
        Column("月份", "Month", ("报送月份", "所属月份", "账期", "还款月份", "period", "as of"), "2026-03"),
    ]
    status: Annotated[
        str,
        word(Status),
        Column(
            "账户状态", "Status", ("状态", "还款状态", "贷款状态", "account status", "loan status"), "正常"
        ),
    ]
    days_past_due: Annotated[
        int,
        whole(0, 36_500),
        Column(
            "逾期天数", "Days past due", ("当前逾期天数", "dpd", "days late", "overdue days"), "0", "days"
        ),
    ]
    credit_limit: Annotated[
        str | None,
        money(1_000_000_000),
        Column(
            "授信额度",
            "Credit limit",
            ("额度", "贷款金额", "合同金额", "limit", "loan amount"),
            "20000.00",
            "currency",
        ),
    ] = None
    balance: Annotated[
        str | None,
        money(1_000_000_000),
        Column(
            "余额",
            "Balance",
            ("贷款余额", "欠款余额", "本金余额", "outstanding balance"),
            "8200.00",
            "currency",
        ),
    ] = None
    currency: Annotated[
        str, CURRENCY, Column("币种", "Currency", ("货币", "币别", "currency code"), "CNY")
    ] = "CNY"


def _status_agrees(record: Record) -> list[Issue]:
    status, days = record.get("status"), record.get("days_past_due")
    late = days is not None and days > 0
    if (status == Status.CURRENT and late) or (status == Status.PAST_DUE and days == 0):
        return [Issue("status_inconsistent", "days_past_due")]
    return []


def _negative(record: Mapping[str, Any], on: date | None) -> bool:
    return record.get("days_past_due", 0) > 0 or record.get("status") in (Status.PAST_DUE, Status.CHARGED_OFF)


def _ended_on(record: Mapping[str, Any]) -> date | None:
    # Each record speaks of one month: if the arrears go on, the next month's record says so and runs its own time.
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
