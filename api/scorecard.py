"""The published scorecard: a table of bounded points over facts, and nothing else. Pure.

What may count and how much stands in CHARACTERISTICS; docs/lenders.md shows the same table. Facts come from
records that the consent covers. A fact that is not known adds and takes nothing: leaving a category out of a
consent never lowers a score. Amounts of income, age, sex, origin and place never enter.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from registry.catalogue import Text

MODEL = "juxin-open-1"
LOWEST, HIGHEST, START = 300, 850, 480
MONTHS_NEEDED = 6
REASONS = 4
BANDS = ((700, "very_good"), (630, "good"), (550, "fair"), (450, "low"), (LOWEST, "very_low"))


@dataclass(frozen=True, slots=True)
class Facts:
    """What is known on one day; None where no consented record tells.

    `months` are those with any monthly record in the last 24; shares run from 0 to 1; `…_months` count whole
    months; `arrears_days` is the worst state of any credit in the last 24 months.
    """

    months: int = 0
    bills_on_time_share: float | None = None
    bills_unpaid: int | None = None
    bill_months: int | None = None
    residence_months: int | None = None
    job_months: int | None = None
    insured_months: int | None = None
    wage_months: int | None = None
    arrears_days: int | None = None
    community_months: int | None = None


@dataclass(frozen=True, slots=True)
class Characteristic:
    """One line of the table: points by the value of one fact.

    `points` are (from, points) in rising order of `from`; the last step not above the value counts.
    """

    fact: str
    points: tuple[tuple[float, int], ...]
    raises: Text
    lowers: Text

    def of(self, value: float | None) -> int:
        """The points of a value; 0 for what is not known."""
        if value is None:
            return 0
        return [points for start, points in self.points if start <= value][-1]


CHARACTERISTICS = (
    Characteristic(
        "bills_on_time_share",
        ((0.0, -80), (0.8, -40), (0.9, 0), (0.97, 40), (1.0, 60)),
        Text("生活账单按时缴清", "Bills for the home are paid on time"),
        Text("部分生活账单逾期缴纳", "Some bills for the home were paid late"),
    ),
    Characteristic(
        "bills_unpaid",
        ((0, 20), (1, -20), (2, -60), (4, -100)),
        Text("没有欠缴的账单", "No bill is overdue"),
        Text("有账单到期未缴", "Bills are overdue"),
    ),
    Characteristic(
        "bill_months",
        ((0, 0), (6, 10), (12, 25), (18, 40)),
        Text("有较长的缴费记录", "Bills are on record for a long time"),
        Text("缴费记录较短", "Bills are on record for a short time"),
    ),
    Characteristic(
        "residence_months",
        ((0, 0), (6, 10), (12, 20), (24, 35), (36, 45)),
        Text("在本市居住稳定", "Has lived in the city for some time"),
        Text("在本市居住时间较短", "Came to the city recently"),
    ),
    Characteristic(
        "job_months",
        ((0, 0), (6, 15), (12, 30), (24, 45)),
        Text("现工作稳定", "Has held the present job for some time"),
        Text("现工作时间较短", "Began the present job recently"),
    ),
    Characteristic(
        "insured_months",
        ((0, 0), (3, 10), (6, 25), (10, 45), (12, 55)),
        Text("近一年连续缴纳社保", "Social insurance was paid through the last year"),
        Text("近一年社保缴纳月数较少", "Social insurance was paid in few months of the last year"),
    ),
    Characteristic(
        "wage_months",
        ((0, 0), (6, 20), (10, 40)),
        Text("近一年工资按月发放", "Wages came in month by month through the last year"),
        Text("近一年有工资的月份较少", "Wages came in in few months of the last year"),
    ),
    Characteristic(
        "arrears_days",
        ((0, 40), (1, -20), (30, -60), (90, -120)),
        Text("贷款和信用卡没有逾期", "Loans and cards were never past due"),
        Text("贷款或信用卡有过逾期", "A loan or card was past due"),
    ),
    Characteristic(
        "community_months",
        ((0, 0), (3, 5), (12, 10)),
        Text("参加社区活动", "Takes part in the neighbourhood"),
        Text("很少参加社区活动", "Takes little part in the neighbourhood"),
    ),
)


@dataclass(frozen=True, slots=True)
class Reason:
    """Why a score is what it is: a stable code, a sentence in two languages, `raises` or `lowers`."""

    code: str
    text: Text
    direction: str
    points: int


@dataclass(frozen=True, slots=True)
class Score:
    """A score on the scale LOWEST to HIGHEST, with at most four reasons, those that lower it first."""

    value: int
    band: str
    reasons: tuple[Reason, ...]


def score(facts: Facts) -> Score | None:
    """The score of what is known, or None where there are fewer than MONTHS_NEEDED months of records."""
    if facts.months < MONTHS_NEEDED:
        return None
    points = {line: line.of(getattr(facts, line.fact)) for line in CHARACTERISTICS}
    value = min(HIGHEST, max(LOWEST, START + sum(points.values())))
    band = next(name for least, name in BANDS if value >= least)
    return Score(value, band, _reasons(points))


def _reasons(points: Mapping[Characteristic, int]) -> tuple[Reason, ...]:
    moved = sorted((line for line in points if points[line]), key=lambda line: _weight(points[line]))
    return tuple(_reason(line, points[line]) for line in moved[:REASONS])


def _weight(points: int) -> tuple[bool, int]:
    return points > 0, -abs(points)


def _reason(line: Characteristic, points: int) -> Reason:
    if points > 0:
        return Reason(f"{line.fact}_raises", line.raises, "raises", points)
    return Reason(f"{line.fact}_lowers", line.lowers, "lowers", points)
