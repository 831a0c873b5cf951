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
from registry.catalogue.rules import in_order, not_above
from registry.catalogue.types import RecordModel, RecordType
from registry.catalogue.vocabulary import Vocabulary

MONTHLY_LIMIT = 10_000_000
CURRENCY_COLUMN = Column("币种", "Currency", ("货币", "币别", "currency code"), "CNY")
_MONTHS = (
    "工资月份",
    "发放月份",
    "所属月份",
    "所属期",
    "月度",
    "年月",
    "期间",
    "period",
    "pay period",
    "wage month",
)
_INSURED_MONTHS = (
    "缴费月份",
    "缴纳月份",
    "缴存月份",
    "费款所属期",
    "所属月份",
    "所属期",
    "月度",
    "年月",
    "期间",
    "period",
)
_PAID = ("已缴", "是否已缴", "是否缴纳", "是否缴费", "缴费状态", "缴纳状态", "缴存状态", "缴费标志", "到账标志", "到账情况",
         "paid in", "is paid")  # fmt: skip


class Contract(Vocabulary):
    """The kind of labour contract."""

    OPEN_ENDED = (
        "open_ended",
        "无固定期限",
        "Open-ended",
        "无固定期 无固定期限合同 长期 长期合同 permanent indefinite",
    )
    FIXED_TERM = (
        "fixed_term",
        "固定期限",
        "Fixed term",
        "固定期 固定期限合同 有固定期限 劳动合同 合同工 正式 正式工 全职 fixed",
    )
    DISPATCH = "dispatch", "劳务派遣", "Dispatch", "派遣 派遣工 劳务派遣工 外包 agency agency_work"
    PART_TIME = "part_time", "非全日制", "Part-time", "兼职 小时工 临时 临时工 非全日制用工 零工 temporary"
    PLATFORM = "platform", "平台用工", "Platform", "平台 灵活用工 新就业形态 骑手 网约 gig platform_work"


class EndReason(Vocabulary):
    """Why an employment ended."""

    RESIGNED = "resigned", "个人辞职", "Resigned", "辞职 主动离职 离职 个人原因 自离 resignation"
    EXPIRED = "expired", "合同到期", "Contract expired", "到期 合同期满 期满 合同终止 contract_end"
    DISMISSED = "dismissed", "单位解除", "Dismissed", "辞退 解雇 开除 单位解除合同 dismissal fired"
    REDUNDANCY = "redundancy", "经济性裁员", "Redundancy", "裁员 裁减 laid_off layoff"
    MUTUAL = "mutual", "协商解除", "Mutual agreement", "协商一致 协商离职 协商解除合同"
    RETIRED = "retired", "退休", "Retired", "退职 到龄退休 retirement"
    OTHER = "other", "其他", "Other", "其它"


class Scheme(Vocabulary):
    """The five schemes of social insurance."""

    PENSION = (
        "pension",
        "养老保险",
        "Pension",
        "养老 基本养老 基本养老保险 城镇职工基本养老保险 企业职工基本养老保险",
    )
    MEDICAL = (
        "medical",
        "医疗保险",
        "Medical",
        "医疗 医保 基本医疗 基本医疗保险 职工基本医疗保险 medical_insurance",
    )
    UNEMPLOYMENT = "unemployment", "失业保险", "Unemployment", "失业 unemployment_insurance"
    INJURY = "injury", "工伤保险", "Work injury", "工伤 work_injury_insurance"
    MATERNITY = "maternity", "生育保险", "Maternity", "生育 maternity_insurance"


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

    start: Annotated[
        str,
        DAY,
        Column("入职日期", "Start",
               ("入职时间", "开始日期", "合同开始日期", "合同起始日期", "用工起始日期", "参加工作日期", "start date", "hired on",
                "hire date", "entry date"), "2025-02-17"),
    ]  # fmt: skip
    end: Annotated[
        str | None,
        DAY,
        Column("离职日期", "End",
               ("离职时间", "结束日期", "合同终止日期", "合同到期日", "合同结束日期", "用工终止日期", "end date", "left on",
                "leaving date"), "2026-08-31", future=True),
    ] = None  # fmt: skip
    end_reason: Annotated[
        str | None,
        word(EndReason),
        Column(
            "离职原因",
            "Reason for leaving",
            ("终止原因", "解除原因", "reason of end", "leaving reason"),
            "合同到期",
        ),
    ] = None
    employer_code: Annotated[
        str | None,
        CREDIT_CODE,
        Column("用人单位统一社会信用代码", "Employer's unified social credit code",
               ("统一社会信用代码", "社会信用代码", "信用代码", "单位代码", "用人单位代码", "employer code", "uscc",
                "credit code"), "91350100M000100Y43"),
    ] = None  # fmt: skip
    occupation: Annotated[
        str | None,
        text(60),
        Column(
            "职业",
            "Occupation",
            ("岗位", "职务", "工种", "职位", "岗位名称", "job", "job title", "position"),
            "快递员",
        ),
    ] = None
    industry: Annotated[
        str | None,
        INDUSTRY,
        Column("行业代码", "Industry (GB/T 4754)",
               ("行业", "所属行业", "行业分类", "国民经济行业代码", "industry", "industry code"), "G6020"),
    ] = None  # fmt: skip
    contract: Annotated[
        str | None,
        word(Contract),
        Column("合同类型", "Contract",
               ("用工形式", "用工类型", "用工方式", "合同期限类型", "劳动合同类型", "contract type", "employment type"), "固定期限"),
    ] = None  # fmt: skip


class Wage(RecordModel):
    """What one month's work was paid."""

    month: Annotated[str, MONTH, Column("月份", "Month", _MONTHS, "2026-03")]
    gross: Annotated[
        str,
        money(MONTHLY_LIMIT),
        Column("应发工资", "Gross wage",
               ("应发", "应发合计", "应发金额", "应付工资", "税前工资", "税前收入", "工资总额", "工资", "gross", "gross pay",
                "gross salary", "salary"), "8650.00", "currency"),
    ]  # fmt: skip
    net: Annotated[
        str | None,
        money(MONTHLY_LIMIT),
        Column("实发工资", "Net wage",
               ("实发", "实发合计", "实发金额", "实付工资", "税后工资", "税后收入", "到手工资", "net", "net pay", "net salary",
                "take home pay"), "7420.35", "currency"),
    ] = None  # fmt: skip
    currency: Annotated[str, CURRENCY, CURRENCY_COLUMN] = "CNY"
    due_on: Annotated[
        str | None,
        DAY,
        Column(
            "应发日期",
            "Due on",
            ("约定发薪日", "发薪日", "应付日期", "due date", "pay day"),
            "2026-04-10",
            future=True,
        ),
    ] = None
    paid_on: Annotated[
        str | None,
        DAY,
        Column("发放日期", "Paid on",
               ("实发日期", "发放时间", "实际发放日期", "支付日期", "发薪日期", "paid date", "payment date"), "2026-04-10"),
    ] = None  # fmt: skip


class SocialInsurance(RecordModel):
    """One month's contribution to social insurance."""

    month: Annotated[str, MONTH, Column("月份", "Month", _INSURED_MONTHS, "2026-03")]
    schemes: Annotated[
        list[str],
        words(Scheme, SCHEME_GROUPS),
        Column(
            "参保险种",
            "Schemes",
            ("险种", "缴费险种", "险种名称", "参保种类", "险种类型", "scheme", "insurance"),
            "养老、医疗、失业",
        ),
    ]
    paid: Annotated[bool, FLAG, Column("是否缴清", "Paid", _PAID, "是")]
    base: Annotated[
        str | None,
        money(MONTHLY_LIMIT),
        Column("缴费基数", "Contribution base",
               ("社保基数", "缴纳基数", "社保缴费基数", "申报基数", "基数", "base", "insurance base"), "6000.00", "currency"),
    ] = None  # fmt: skip
    currency: Annotated[str, CURRENCY, CURRENCY_COLUMN] = "CNY"


class HousingFund(RecordModel):
    """One month's contribution to the housing fund."""

    month: Annotated[str, MONTH, Column("月份", "Month", _INSURED_MONTHS, "2026-03")]
    paid: Annotated[bool, FLAG, Column("是否缴清", "Paid", _PAID, "是")]
    base: Annotated[
        str | None,
        money(MONTHLY_LIMIT),
        Column("缴存基数", "Contribution base",
               ("公积金基数", "公积金缴存基数", "住房公积金基数", "缴费基数", "基数", "base", "fund base"), "6000.00", "currency"),
    ] = None  # fmt: skip
    currency: Annotated[str, CURRENCY, CURRENCY_COLUMN] = "CNY"


class PlatformWork(RecordModel):
    """One month's work through a platform."""

    month: Annotated[str, MONTH, Column("月份", "Month", _MONTHS, "2026-03")]
    active_days: Annotated[
        int,
        whole(0, 31),
        Column("接单天数", "Active days",
               ("活跃天数", "出勤天数", "工作天数", "出工天数", "days active", "days worked"), "24", "days"),
    ]  # fmt: skip
    gross: Annotated[
        str,
        money(MONTHLY_LIMIT),
        Column("总收入", "Gross earnings",
               ("收入", "月收入", "接单收入", "收入合计", "应结金额", "结算金额", "gross", "earnings", "gross pay", "income"),
               "7310.50", "currency"),
    ]  # fmt: skip
    jobs: Annotated[
        int | None,
        whole(0, 20_000),
        Column(
            "完成单数",
            "Jobs done",
            ("单量", "接单量", "完单量", "订单数", "单数", "orders", "trips", "jobs"),
            "612",
            "jobs",
        ),
    ] = None
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
    ends_by="end",
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
