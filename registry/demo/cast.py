"""Who plays in the story: the partners, the lender, and two residents whose lives are written by hand."""

from dataclasses import dataclass, replace
from datetime import date, timedelta
from random import Random

from registry.demo import numbers
from registry.demo.lives import Job
from registry.demo.people import Person


@dataclass(frozen=True)
class Partner:
    """One organisation of the story. `code`: the first 17 characters of its credit code."""

    key: str
    name: str
    name_en: str
    kind: str
    code: str

    @property
    def credit_code(self) -> str:
        """The unified social credit code."""
        return numbers.credit_code(self.code)


COMMUNITY = Partner(
    "community", "云岚市潮音街道社区服务中心", "Chaoyin Community Centre", "community", "52999901MJ0000001"
)
EMPLOYER = Partner(
    "employer", "云岚远帆物流集团有限公司", "Yuanfan Logistics Group", "employer", "91999901MA0000002"
)
UTILITY = Partner("utility", "云岚市公用事业有限公司", "Yunlan Utilities", "utility", "91999901MA0000003")
LENDER = Partner("lender", "云岚惠民银行股份有限公司", "Yunlan Huimin Bank", "bank", "91999901MA0000004")
FURNISHERS = (COMMUNITY, EMPLOYER, UTILITY)

CHEN, AINIWAR = 0, 1
"""The numbers of the two residents: she grants and withdraws, he declines."""
CAST = (CHEN, AINIWAR)


def take_part(person: Person, today: date) -> Person:
    """The person as the story wants her or him; everybody else as they are."""
    if person.number == CHEN:
        return _play(person, "陈", "雨晴", "F", 29, today, since=1030)
    if person.number == AINIWAR:
        return _play(person, "吐尔逊", "艾尼瓦尔", "M", 34, today, since=800)
    return person


def _play(person: Person, family: str, given: str, sex: str, age: int, today: date, *, since: int) -> Person:
    rng = Random(f"cast/{person.number}")
    birth = date(today.year - age, 4, 16)
    arrived = today - timedelta(days=since)
    return replace(
        person,
        name=f"{given}·{family}" if len(family) > 2 else family + given,
        family=family,
        given=given,
        sex=sex,
        birth=birth,
        id_number=numbers.citizen_number("34" if sex == "F" else "65", birth, sex, rng),
        passport="",
        mobiles=(numbers.mobile(rng), numbers.mobile(rng)),
        arrived=arrived,
        moved_on=today - timedelta(days=290),
        tags=frozenset({"cast"}),
    )


def jobs_of(person: Person, today: date) -> tuple[Job, ...]:
    """The hand-written jobs of a member of the cast: hers with a gap in between, his steady."""
    if person.number == CHEN:
        lost = today - timedelta(days=430)
        return (
            Job(person.arrived, lost, "合同到期", "分拣员", "G5990", "劳务派遣", 5800),
            Job(lost + timedelta(days=85), None, "", "仓库管理员", "G5990", "固定期限", 6900),
        )
    return (Job(person.arrived, None, "", "货车司机", "G5430", "固定期限", 8600),)
