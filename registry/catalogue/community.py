"""What community organisations contribute: residence and participation."""

from typing import Annotated

from registry.catalogue.fields import DAY, MONTH, Column, quantity, whole, word
from registry.catalogue.issues import Issue
from registry.catalogue.types import Record, RecordModel, RecordType
from registry.catalogue.vocabulary import Vocabulary


class Reason(Vocabulary):
    """Why a person moved to the city."""

    WORK = "work", "务工就业", "Work", "务工 就业 工作 打工 务工经商 工作调动 上班 employment job"
    BUSINESS = (
        "business",
        "经商创业",
        "Starting a business",
        "经商 创业 做生意 个体经营 自主创业 entrepreneurship",
    )
    SCHOOLING = (
        "schooling",
        "子女上学",
        "Schooling",
        "就学 上学 学习 读书 求学 子女入学 随子女上学 培训 study education",
    )
    FAMILY = (
        "family",
        "投靠亲属",
        "Joining family",
        "随迁 投亲 投靠 投靠亲友 随迁家属 家属随迁 婚嫁 结婚 探亲 家庭",
    )
    GRADUATE = (
        "graduate",
        "毕业来城",
        "Recent graduate",
        "毕业 应届毕业 应届毕业生 毕业生 高校毕业 毕业留城 graduation",
    )


class Registration(Vocabulary):
    """Where the household registration is."""

    ELSEWHERE = (
        "elsewhere",
        "外地户籍",
        "Registered elsewhere",
        "外地 非本地 非本市 非本市户籍 外省 外来 无本地户籍 非户籍",
    )
    LOCAL_UNDER_3Y = (
        "local_under_3y",
        "本地落户未满三年",
        "Local for under 3 years",
        ("落户未满三年 落户不满三年 本地未满3年 落户未满3年 新落户 local_<3y local_under_3_years"),
    )
    LOCAL = "local", "本地户籍", "Local", "本地 本市 本市户籍 户籍人口 本地户口"


class Housing(Vocabulary):
    """How the person is housed."""

    OWNED = "owned", "自有住房", "Owned", "自有 自购 自购房 购房 自住 own owner"
    RENTED = "rented", "租赁住房", "Rented", "租房 租住 租赁 出租屋 出租房 租赁房屋 公租房 廉租房 rent tenant"
    DORMITORY = "dormitory", "单位宿舍", "Dormitory", "宿舍 集体宿舍 员工宿舍 工地 工棚 单位内部 dorm"
    FAMILY = "family", "亲友家中", "With family", "借住 寄住 亲友家 居民家中 与家人同住 寄宿 亲属家"


class Activity(Vocabulary):
    """What a person took part in."""

    VOLUNTEER = "volunteer", "志愿服务", "Volunteering", "志愿 志愿者 义工 公益 公益活动 志愿活动"
    TRAINING = "training", "培训学习", "Training", "培训 学习 技能培训 课程 讲座 course"
    GRID_SERVICE = (
        "grid_service",
        "网格服务",
        "Grid service",
        "网格 网格员 网格协助 网格员协助 社区网格 巡逻 平安巡逻",
    )


class Residence(RecordModel):
    """Since when and how a person lives in the place."""

    resident_since: Annotated[
        str,
        DAY,
        Column(
            "来本地居住日期",
            "Resident since",
            ("居住起始日期", "居住开始日期", "来本市日期", "来本地日期", "来沪日期", "来京日期", "来深日期", "入住日期",
             "入住时间", "居住日期", "居住登记日期", "登记日期", "起始日期", "residence start", "arrival date",
             "move in date", "since"),
            "2024-05-20",
        ),
    ]  # fmt: skip
    reason: Annotated[
        str | None,
        word(Reason),
        Column("来本地原因", "Reason for moving",
               ("居住事由", "来本地事由", "事由", "原因", "居住原因", "迁入原因", "流入原因", "暂住事由", "reason"), "务工就业"),
    ] = None  # fmt: skip
    household_registration: Annotated[
        str | None,
        word(Registration),
        Column("户籍情况", "Household registration",
               ("户籍", "户口", "户籍类别", "户籍类型", "户籍性质", "户籍状态", "hukou", "registration"), "外地户籍"),
    ] = None  # fmt: skip
    registration_date: Annotated[
        str | None,
        DAY,
        Column("落户日期", "Date of local registration",
               ("落户时间", "户口迁入日期", "迁入日期", "hukou date"), "2024-09-01"),
    ] = None  # fmt: skip
    housing: Annotated[
        str | None,
        word(Housing),
        Column("住房情况", "Housing",
               ("住房", "住所类型", "居住方式", "居住类型", "住房性质", "住房类型", "房屋性质", "housing type"), "租赁住房"),
    ] = None  # fmt: skip
    household_size: Annotated[
        int | None,
        whole(1, 50),
        Column("同住人数", "Household size",
               ("家庭人数", "家庭人口", "居住人数", "同住人口", "people in household", "family size"), "3", "people"),
    ] = None  # fmt: skip


class Participation(RecordModel):
    """What a person did for the neighbourhood in one month."""

    period: Annotated[
        str,
        MONTH,
        Column(
            "参与月份",
            "Month",
            ("月份", "所属月份", "活动月份", "活动日期", "服务日期", "period", "date"),
            "2026-03",
        ),
    ]
    activity: Annotated[
        str,
        word(Activity),
        Column(
            "活动类型", "Activity", ("活动", "服务类型", "活动类别", "项目类型", "activity type"), "志愿服务"
        ),
    ]
    hours: Annotated[
        str | None,
        quantity(744),
        Column(
            "服务时长",
            "Hours",
            ("时长", "小时数", "小时", "服务小时", "志愿时长", "duration"),
            "7.5",
            "hours",
        ),
    ] = None
    points: Annotated[
        int | None,
        whole(0, 100_000),
        Column("积分", "Points", ("得分", "社区积分", "信用积分", "score"), "20", "points"),
    ] = None


def _registration_agrees(record: Record) -> list[Issue]:
    elsewhere = record.get("household_registration") == Registration.ELSEWHERE
    return (
        [Issue("status_inconsistent", "registration_date")]
        if elsewhere and "registration_date" in record
        else []
    )


RESIDENCE = RecordType(
    code="residence",
    zh="居住登记",
    en="Residence",
    category="residence",
    furnishers=("community",),
    model=Residence,
    # One registration a person and organisation: a changed date or home corrects it, history is kept.
    natural_key=(),
    placed_by="resident_since",
    rules=(_registration_agrees,),
)
PARTICIPATION = RecordType(
    code="participation",
    zh="社区参与",
    en="Participation",
    category="residence",
    furnishers=("community",),
    model=Participation,
    natural_key=("period", "activity"),
    placed_by="period",
)
