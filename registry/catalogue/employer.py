"""What employers contribute: employment, wages, social insurance, housing fund, platform work."""

from typing import Annotated

from registry.catalogue.fields import (
    CREDIT_CODE,
    CURRENCY,
    DAY,
    FLAG,
    INDUSTRY,
    MONTH,
    Column,
    money,
    text,
    whole,
    word,
    words,
)
from registry.catalogue.record_type import RecordModel, RecordType
from registry.catalogue.rules import in_order, not_above
from registry.catalogue.vocabulary import Vocabulary

MONTHLY_LIMIT = 10_000_000
CURRENCY_COLUMN = Column("币种", "Currency", "CNY")


class Contract(Vocabulary):
    """The kind of labour contract."""

    OPEN_ENDED = "open_ended", "无固定期限", "Open-ended"
    FIXED_TERM = "fixed_term", "固定期限", "Fixed term"
    DISPATCH = "dispatch", "劳务派遣", "Dispatch"
    PART_TIME = "part_time", "非全日制", "Part-time"
    PLATFORM = "platform", "平台用工", "Platform"


class EndReason(Vocabulary):
    """Why an employment ended."""

    RESIGNED = "resigned", "个人辞职", "Resigned"
    EXPIRED = "expired", "合同到期", "Contract expired"
    DISMISSED = "dismissed", "单位解除", "Dismissed"
    REDUNDANCY = "redundancy", "经济性裁员", "Redundancy"
    MUTUAL = "mutual", "协商解除", "Mutual agreement"
    RETIRED = "retired", "退休", "Retired"
    OTHER = "other", "其他", "Other"


class Scheme(Vocabulary):
    """The five schemes of social insurance."""

    PENSION = "pension", "养老保险", "Pension"
    MEDICAL = "medical", "医疗保险", "Medical"
    UNEMPLOYMENT = "unemployment", "失业保险", "Unemployment"
    INJURY = "injury", "工伤保险", "Work injury"
    MATERNITY = "maternity", "生育保险", "Maternity"


_ALL_SCHEMES = tuple(scheme.value for scheme in Scheme)
SCHEME_GROUPS = {
    "五险": _ALL_SCHEMES,
    "五险一金": _ALL_SCHEMES,
    "社保": _ALL_SCHEMES,
    "社会保险": _ALL_SCHEMES,
    "全部": _ALL_SCHEMES,
    "all": _ALL_SCHEMES,
    "四险": ("pension", "medical", "unemployment", "injury"),
    "三险": ("pension", "medical", "unemployment"),
}


class Employment(RecordModel):
    """One job with one employer, from its start to its end."""

    start: Annotated[str, DAY, Column("入职日期", "Start", "2025-02-17")]
    end: Annotated[str | None, DAY, Column("离职日期", "End", "2026-08-31", future=True)] = None
    end_reason: Annotated[
        str | None, word(EndReason), Column("离职原因", "Reason for leaving", "合同到期")
    ] = None
    employer_code: Annotated[
        str | None,
        CREDIT_CODE,
        Column("用人单位统一社会信用代码", "Employer's unified social credit code", "91350100M000100Y43"),
    ] = None
    occupation: Annotated[str | None, text(60), Column("职业", "Occupation", "快递员")] = None
    industry: Annotated[str | None, INDUSTRY, Column("行业代码", "Industry (GB/T 4754)", "G6020")] = None
    contract: Annotated[str | None, word(Contract), Column("合同类型", "Contract", "固定期限")] = None


class Wage(RecordModel):
    """What one month's work was paid."""

    month: Annotated[str, MONTH, Column("月份", "Month", "2026-03")]
    gross: Annotated[str, money(MONTHLY_LIMIT), Column("应发工资", "Gross wage", "8650.00", unit="currency")]
    net: Annotated[
        str | None, money(MONTHLY_LIMIT), Column("实发工资", "Net wage", "7420.35", unit="currency")
    ] = None
    currency: Annotated[str, CURRENCY, CURRENCY_COLUMN] = "CNY"
    due_on: Annotated[str | None, DAY, Column("应发日期", "Due on", "2026-04-10", future=True)] = None
    paid_on: Annotated[str | None, DAY, Column("发放日期", "Paid on", "2026-04-10")] = None


class SocialInsurance(RecordModel):
    """One month's contribution to social insurance."""

    month: Annotated[str, MONTH, Column("月份", "Month", "2026-03")]
    schemes: Annotated[
        list[str], words(Scheme, SCHEME_GROUPS), Column("参保险种", "Schemes", "养老、医疗、失业")
    ]
    paid: Annotated[bool, FLAG, Column("是否缴清", "Paid", "是")]
    base: Annotated[
        str | None, money(MONTHLY_LIMIT), Column("缴费基数", "Contribution base", "6000.00", unit="currency")
    ] = None
    currency: Annotated[str, CURRENCY, CURRENCY_COLUMN] = "CNY"


class HousingFund(RecordModel):
    """One month's contribution to the housing fund."""

    month: Annotated[str, MONTH, Column("月份", "Month", "2026-03")]
    paid: Annotated[bool, FLAG, Column("是否缴清", "Paid", "是")]
    base: Annotated[
        str | None, money(MONTHLY_LIMIT), Column("缴存基数", "Contribution base", "6000.00", unit="currency")
    ] = None
    currency: Annotated[str, CURRENCY, CURRENCY_COLUMN] = "CNY"


class PlatformWork(RecordModel):
    """One month's work through a platform."""

    month: Annotated[str, MONTH, Column("月份", "Month", "2026-03")]
    active_days: Annotated[int, whole(0, 31), Column("接单天数", "Active days", "24", unit="days")]
    gross: Annotated[
        str, money(MONTHLY_LIMIT), Column("总收入", "Gross earnings", "7310.50", unit="currency")
    ]
    jobs: Annotated[int | None, whole(0, 20_000), Column("完成单数", "Jobs done", "612", unit="jobs")] = None
    currency: Annotated[str, CURRENCY, CURRENCY_COLUMN] = "CNY"


EMPLOYMENT = RecordType(
    code="employment",
    zh="就业",
    en="Employment",
    category="employment",
    furnishers=("employer",),
    model=Employment,
    natural_key=("start",),
    placed_by="start",
    rules=(in_order("start", "end"),),
)
WAGE = RecordType(
    code="wage",
    zh="工资",
    en="Wage",
    category="income",
    furnishers=("employer",),
    model=Wage,
    natural_key=("month",),
    placed_by="month",
    sensitivity="sensitive",
    # Refunded expenses can lift the net above the gross, so this only warns.
    rules=(not_above("net", "gross", warning=True),),
)
SOCIAL_INSURANCE = RecordType(
    code="social_insurance",
    zh="社会保险",
    en="Social insurance",
    category="social_insurance",
    furnishers=("employer",),
    model=SocialInsurance,
    # Some systems export one row a scheme: each is a record of its own.
    natural_key=("month", "schemes"),
    placed_by="month",
    sensitivity="sensitive",
)
HOUSING_FUND = RecordType(
    code="housing_fund",
    zh="住房公积金",
    en="Housing fund",
    category="social_insurance",
    furnishers=("employer",),
    model=HousingFund,
    natural_key=("month",),
    placed_by="month",
    sensitivity="sensitive",
)
PLATFORM_WORK = RecordType(
    code="platform_work",
    zh="平台劳动",
    en="Platform work",
    category="income",
    furnishers=("employer",),
    model=PlatformWork,
    natural_key=("month",),
    placed_by="month",
    sensitivity="sensitive",
)
