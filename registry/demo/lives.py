"""What happens to people: jobs found and lost, wages, bills paid in time, late or not at all."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from random import Random

from registry.demo.city import city
from registry.demo.months import day_after, first_day, month_of
from registry.demo.people import Person

PAY_DAY, BILL_DAY = 10, 20
HARD_MONTHS = 3
"""For so many months after a job was lost, bills are paid late more often than not."""
_SUMMER, _WINTER = (7, 8), (12, 1)


@dataclass(frozen=True)
class Job:
    """One job with the employer of the story; `end` None while it lasts. `pay`: yuan a month at the start."""

    start: date
    end: date | None
    end_reason: str
    occupation: str
    industry: str
    contract: str
    pay: int


@dataclass(frozen=True)
class Wage:
    """One month's wage, yuan."""

    month: str
    gross: float
    net: float
    due_on: date
    paid_on: date


@dataclass(frozen=True)
class Bill:
    """One month's bill, yuan; `paid_on` None while nothing was paid."""

    service: str
    month: str
    due: float
    due_on: date
    paid: float
    paid_on: date | None


@dataclass(frozen=True)
class Life:
    """What one person did in the months that the files speak of."""

    person: Person
    jobs: tuple[Job, ...]
    wages: tuple[Wage, ...]
    bills: tuple[Bill, ...]


def live(person: Person, months: Sequence[str], *, seed: int, today: date) -> Life:
    """The life of a person over these months, as far as partners know it today."""
    rng = Random(f"{seed}/life/{person.number}")
    jobs = _jobs(person, months, rng)
    return Life(person, jobs, wages_of(jobs, months, rng), bills_of(person, jobs, months, rng, today))


def _jobs(person: Person, months: Sequence[str], rng: Random) -> tuple[Job, ...]:
    opened, closed = first_day(months[0]), first_day(months[-1])
    span = (closed - opened).days
    earliest = max(person.arrived, opened - timedelta(days=900))
    roll = rng.random()
    if roll < 0.62 or earliest >= closed:
        return (_job(rng, min(earliest, closed), None),)
    if roll < 0.76:
        return (_job(rng, max(earliest, opened + timedelta(days=rng.randrange(30, max(span, 31)))), None),)
    left = max(earliest + timedelta(days=60), opened + timedelta(days=rng.randrange(60, max(span, 61))))
    first = _job(rng, earliest, min(left, closed))
    back = left + timedelta(days=rng.randrange(50, 150))
    if roll < 0.9 or back >= closed:
        return (first,)
    return first, _job(rng, back, None)


def _job(rng: Random, start: date, end: date | None) -> Job:
    work = rng.choice(city()["work"]["jobs"])
    reason = rng.choice(city()["work"]["leaving"]) if end else ""
    pay = int(work["pay"] * rng.uniform(0.85, 1.2))
    return Job(start, end, reason, work["occupation"], work["industry"], work["contract"], pay)


def wages_of(jobs: Sequence[Job], months: Sequence[str], rng: Random) -> tuple[Wage, ...]:
    """The wages of whole months worked; a rise each year, a bonus before the spring festival."""
    return tuple(_wage(job, month, rng) for month in months for job in jobs if _worked(job, month))


def _worked(job: Job, month: str) -> bool:
    return month_of(job.start) < month and (job.end is None or month < month_of(job.end))


def _wage(job: Job, month: str, rng: Random) -> Wage:
    years = int(month[:4]) - job.start.year
    gross = job.pay * (1 + 0.05 * years) * rng.uniform(0.96, 1.06) * (1.4 if month.endswith("-01") else 1)
    due_on = day_after(month, PAY_DAY)
    late = rng.choice((1, 2, 5)) if rng.random() < 0.05 else 0
    return Wage(month, round(gross, 2), round(gross * 0.86, 2), due_on, due_on + timedelta(days=late))


def bills_of(
    person: Person, jobs: Sequence[Job], months: Sequence[str], rng: Random, today: date
) -> tuple[Bill, ...]:
    """Bills for one service from the month after arrival on; people differ in how punctual they are."""
    service = "电费" if rng.random() < 0.7 else "水费"
    carelessness = rng.choices((0.01, 0.15, 0.45), (80, 15, 5))[0]
    base = rng.lognormvariate(4.7, 0.4) if service == "电费" else rng.lognormvariate(3.9, 0.3)
    lived = [month for month in months if month > month_of(person.arrived)]
    return tuple(
        _bill(service, month, base, max(carelessness, _hardship(jobs, month)), rng, today) for month in lived
    )


def _hardship(jobs: Sequence[Job], month: str) -> float:
    day = first_day(month)
    out_of_work = not any(job.start <= day and (job.end is None or job.end >= day) for job in jobs)
    lost = [job for job in jobs if job.end and 0 <= (day - job.end).days <= HARD_MONTHS * 31]
    return 0.6 if out_of_work and lost else 0.0


def _bill(service: str, month: str, base: float, chance: float, rng: Random, today: date) -> Bill:
    season = int(month[5:])
    busy = 1.7 if season in _SUMMER else 1.35 if season in _WINTER else 1.0
    amount = round(base * (busy if service == "电费" else 1.0) * rng.uniform(0.85, 1.15), 2)
    due_on = day_after(month, BILL_DAY)
    roll = rng.random()
    if roll < chance * 0.06:
        return Bill(service, month, amount, due_on, 0.0, None)
    share = round(amount / 2, 2) if roll < chance * 0.1 else amount
    days = rng.randint(1, 45) if roll < chance else -rng.randint(0, 15)
    paid_on = due_on + timedelta(days=days)
    return Bill(service, month, amount, due_on, *((share, paid_on) if paid_on <= today else (0.0, None)))
