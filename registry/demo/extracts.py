"""What the partners export: four tables, each with headers, habits and mistakes of its own."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from random import Random

from registry.demo.cast import CAST, CHEN, EMPLOYER
from registry.demo.clerks import CAREFUL, COMMUNITY, UTILITY, Habits, write
from registry.demo.clerks import EMPLOYER as HUMAN_RESOURCES
from registry.demo.consents import Paper, sign
from registry.demo.lives import Bill, Job, Life, Wage
from registry.demo.months import first_day
from registry.demo.people import Person
from registry.demo.town import Town

TWICE, RAGGED, UNREADABLE = 0.04, 0.0002, 0.0003
"""Shares of rows: people registered twice; rows with a cell missing; rows with a cell nobody can read."""
_CONSENT = ["授权书编号", "签署日期", "签署方式", "授权书SHA256", "授权到期日"]
_REASONS = {"务工": 52, "投靠亲友": 16, "应届毕业生": 14, "经商": 12, "子女入学": 6}
BILL_COLUMNS = ["户号", "户名", "联系电话", "证件号码", "用电地址", "费用类型", "账期", "应缴金额(元)"]
BILL_COLUMNS += ["缴费期限", "缴费时间", "实缴金额(元)", "缴费情况", *_CONSENT]
_HOUSING = {"租房": 68, "集体宿舍": 14, "自购房": 10, "借住": 8}


@dataclass(frozen=True)
class Extract:
    """One file to be: `kind` is csv (with its `encoding`) or xlsx (with a `title` above the header)."""

    partner: str
    record_type: str
    filename: str
    kind: str
    columns: list[str]
    rows: list[list[str]]
    people: frozenset[int]
    encoding: str = ""
    title: str = ""


def extracts_of(town: Town) -> list[Extract]:
    """The partners' files, in the order in which they arrive."""
    return [residence(town), employment(town), wages(town), bills(town)]


def residence(town: Town) -> Extract:
    """The community's register of newcomers: one row a person, now and then two."""
    columns = [
        "序号",
        "居民姓名",
        "性别",
        "公民身份号码",
        "联系电话",
        "出生日期",
        "现住址",
        "来本市日期",
        "来本地事由",
    ]
    columns += ["户籍类型", "落户时间", "住房性质", "同住人口", *_CONSENT]
    rows: list[list[str]] = []
    known = town.known_to("community")
    for life in known:
        rng = _rng(town, "residence", life.person)
        paper = _paper("CY", life.person, rng, town.today)
        fixed = _settled(life.person, rng, town.today)
        for _ in range(2 if rng.random() < TWICE and life.person.number not in CAST else 1):
            seen = write(life.person, _habits(life.person, COMMUNITY), rng, town.today)
            who = [
                seen["name"],
                seen["sex"],
                seen["number"],
                seen["mobile"],
                _slashed(seen["birth"]),
                seen["home"],
            ]
            rows.append([*who, *fixed, *paper.cells()])
    Random(f"{town.seed}/register").shuffle(rows)
    numbered = [[str(number), *row] for number, row in enumerate(rows, 1)]
    title = "潮音街道新居民登记表"
    return Extract(
        "community", "residence", "新居民登记表.xlsx", "xlsx", columns, numbered, _numbers(known), title=title
    )


def _settled(person: Person, rng: Random, today: date) -> list[str]:
    if person.number in CAST:
        return [person.arrived.isoformat(), "务工", "外地", "", "租房", "2"]
    roll, registered = rng.random(), ""
    kind = "外地" if roll < 0.86 else "落户未满三年" if roll < 0.95 else "本市户籍"
    if kind == "落户未满三年":
        since = min(1000, (today - person.arrived).days)
        registered = (today - timedelta(days=rng.randrange(since // 2, since))).isoformat()
    reason, house = (rng.choices(list(words), list(words.values()))[0] for words in (_REASONS, _HOUSING))
    return [
        person.arrived.isoformat(),
        reason,
        kind,
        registered,
        house,
        str(rng.choices(range(1, 7), (30, 25, 20, 15, 7, 3))[0]),
    ]


def employment(town: Town) -> Extract:
    """The employer's list of jobs, ended ones too."""
    columns = [
        "工号",
        "员工姓名",
        "身份证号码",
        "手机号码",
        "入职时间",
        "离职时间",
        "离职原因",
        "岗位名称",
        "行业代码",
    ]
    columns += ["用工形式", "统一社会信用代码", *_CONSENT]
    known = town.known_to("employer")
    rows = [row for life in known for row in _jobs(life, town)]
    return Extract(
        "employer", "employment", "员工花名册.csv", "csv", columns, rows, _numbers(known), encoding="gb18030"
    )


def _jobs(life: Life, town: Town) -> Iterator[list[str]]:
    rng = _rng(town, "employment", life.person)
    paper, entry = _paper("YF-JY", life.person, rng, town.today), _entry(life, town)
    for job in life.jobs:
        yield [*entry, *_job_cells(job), *paper.cells()]


def _job_cells(job: Job) -> list[str]:
    end = job.end.isoformat() if job.end else ""
    return [
        job.start.isoformat(), end, job.end_reason, job.occupation, job.industry, job.contract,
        EMPLOYER.credit_code,
    ]  # fmt: skip


def wages(town: Town) -> Extract:
    """The employer's pay roll, month after month."""
    columns = [
        "工号",
        "员工姓名",
        "身份证号码",
        "手机号码",
        "工资月份",
        "应发工资(元)",
        "实发工资(元)",
        "约定发薪日",
    ]
    columns += ["实发日期", *_CONSENT, "单独同意"]
    known = town.known_to("employer")
    rows: list[tuple[str, list[str]]] = []
    for life in known:
        rng = _rng(town, "wages", life.person)
        paper, entry = _paper("YF-GZ", life.person, rng, town.today, separate=True), _entry(life, town)
        rows += [
            (wage.month, [*entry, *_wage_cells(wage), *paper.cells(), paper.separate]) for wage in life.wages
        ]
    ordered = _spoilt([row for _, row in sorted(rows, key=lambda pair: pair[0])], "wages", 5, town.seed)
    return Extract(
        "employer", "wage", "工资明细.csv", "csv", columns, ordered, _numbers(known), encoding="gb18030"
    )


def _wage_cells(wage: Wage) -> list[str]:
    month = wage.month.replace("-", "")
    return [
        month,
        f"{wage.gross:.2f}",
        f"{wage.net:.2f}",
        f"{wage.due_on:%Y/%m/%d}",
        f"{wage.paid_on:%Y/%m/%d}",
    ]


def _entry(life: Life, town: Town) -> list[str]:
    """How the employer's system has the person: written once, when hired."""
    person = life.person
    seen = write(person, _habits(person, HUMAN_RESOURCES), _rng(town, "hired", person), town.today)
    return [f"YF{person.number:05d}", seen["name"], seen["number"], seen["mobile"]]


def bills(town: Town) -> Extract:
    """The utility's bills, month after month; whoever moves gets a new account, written down anew."""
    known = town.known_to("utility")
    rows = [pair for life in known for pair in _accounts(life, town)]
    ordered = _spoilt([row for _, row in sorted(rows, key=lambda pair: pair[0])], "bills", 7, town.seed)
    return Extract(
        "utility", "bill", "缴费账单.csv", "csv", BILL_COLUMNS, ordered, _numbers(known), encoding="utf-8-sig"
    )


def _accounts(life: Life, town: Town) -> Iterator[tuple[str, list[str]]]:
    person, rng = life.person, _rng(town, "bills", life.person)
    paper = _paper("GY", person, rng, town.today)
    habits = replace(CAREFUL, traditional=1.0) if person.number == CHEN else _habits(person, UTILITY)
    written = [
        _account(life.person, habits, rng, day)
        for day in (person.moved_on - timedelta(days=1), person.moved_on)
    ]
    for bill in life.bills:
        who = written[first_day(bill.month) >= person.moved_on]
        yield bill.month, [*who, *bill_cells(bill), *paper.cells()]


def _account(person: Person, habits: Habits, rng: Random, day: date) -> list[str]:
    seen = write(person, habits, rng, day)
    return [
        f"{person.number:06d}{rng.randrange(100):02d}",
        seen["name"],
        seen["mobile"],
        seen["number"],
        seen["home"],
    ]


def bill_cells(bill: Bill) -> list[str]:
    """A bill as the utility exports it: service, month, amounts, days, state."""
    status = "欠费" if bill.paid_on is None else "已缴清" if bill.paid >= bill.due else "部分缴纳"
    paid = [bill.paid_on.isoformat(), f"{bill.paid:.2f}"] if bill.paid_on else ["", "0.00"]
    return [bill.service, bill.month, f"{bill.due:.2f}", bill.due_on.isoformat(), *paid, status]


def _spoilt(rows: list[list[str]], name: str, amount: int, seed: int) -> list[list[str]]:
    """A few rows cut short and a few amounts that are words; at least one of each."""
    rng = Random(f"{seed}/spoilt/{name}")
    fewest = min(len(rows), 1)
    for place in rng.sample(range(len(rows)), max(fewest, int(len(rows) * UNREADABLE))):
        rows[place] = [*rows[place][:amount], "待核对", *rows[place][amount + 1 :]]
    for place in rng.sample(range(len(rows)), max(fewest, int(len(rows) * RAGGED))):
        rows[place] = rows[place][:-2]
    return rows


def _paper(prefix: str, person: Person, rng: Random, today: date, *, separate: bool = False) -> Paper:
    return sign(
        prefix,
        person.number,
        rng,
        today=today,
        arrived=person.arrived,
        separate=separate,
        surely=person.number in CAST,
    )


def _habits(person: Person, habits: Habits) -> Habits:
    return CAREFUL if person.number in CAST else habits


def _rng(town: Town, what: str, person: Person) -> Random:
    return Random(f"{town.seed}/{what}/{person.number}")


def _numbers(lives: Sequence[Life]) -> frozenset[int]:
    return frozenset(life.person.number for life in lives)


def _slashed(day: str) -> str:
    """A day as spreadsheets show it: 1996/3/8."""
    return "/".join(part.lstrip("0") for part in day.split("-")) if day else ""
