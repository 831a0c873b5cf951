"""What community organisations contribute: residence and participation."""

from typing import Annotated

from registry.catalogue.fields import DAY, MONTH, Column, quantity, whole, word
from registry.catalogue.issues import Issue
from registry.catalogue.record_type import Record, RecordModel, RecordType
from registry.catalogue.vocabulary import Vocabulary


class Reason(Vocabulary):
    """Why a person moved to the city."""

    WORK = "work", "务工就业", "Work"
    BUSINESS = "business", "经商创业", "Starting a business"
    SCHOOLING = "schooling", "子女上学", "Schooling"
    FAMILY = "family", "投靠亲属", "Joining family"
    GRADUATE = "graduate", "毕业来城", "Recent graduate"


class Registration(Vocabulary):
    """Where the household registration is."""

    ELSEWHERE = "elsewhere", "外地户籍", "Registered elsewhere"
    LOCAL_UNDER_3Y = "local_under_3y", "本地落户未满三年", "Local for under 3 years"
    LOCAL = "local", "本地户籍", "Local"


class Housing(Vocabulary):
    """How the person is housed."""

    OWNED = "owned", "自有住房", "Owned"
    RENTED = "rented", "租赁住房", "Rented"
    DORMITORY = "dormitory", "单位宿舍", "Dormitory"
    FAMILY = "family", "亲友家中", "With family"


class Activity(Vocabulary):
    """What a person took part in."""

    VOLUNTEER = "volunteer", "志愿服务", "Volunteering"
    TRAINING = "training", "培训学习", "Training"
    GRID_SERVICE = "grid_service", "网格服务", "Grid service"


class Residence(RecordModel):
    """Since when and how a person lives in the place."""

    resident_since: Annotated[str, DAY, Column("来本地居住日期", "Resident since", "2024-05-20")]
    reason: Annotated[str | None, word(Reason), Column("来本地原因", "Reason for moving", "务工就业")] = None
    household_registration: Annotated[
        str | None, word(Registration), Column("户籍情况", "Household registration", "本地落户未满三年")
    ] = None
    registration_date: Annotated[
        str | None, DAY, Column("落户日期", "Date of local registration", "2024-09-01")
    ] = None
    housing: Annotated[str | None, word(Housing), Column("住房情况", "Housing", "租赁住房")] = None
    household_size: Annotated[
        int | None, whole(1, 50), Column("同住人数", "Household size", "3", unit="people")
    ] = None


class Participation(RecordModel):
    """What a person did for the neighbourhood in one month."""

    period: Annotated[str, MONTH, Column("参与月份", "Month", "2026-03")]
    activity: Annotated[str, word(Activity), Column("活动类型", "Activity", "志愿服务")]
    hours: Annotated[str | None, quantity(744), Column("服务时长", "Hours", "7.5", unit="hours")] = None
    points: Annotated[int | None, whole(0, 100_000), Column("积分", "Points", "20", unit="points")] = None


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
