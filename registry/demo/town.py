"""The whole town at once: its people, their lives over the last two years, and who knows whom."""

from dataclasses import dataclass
from datetime import date
from random import Random

from registry.demo.cast import CAST, jobs_of, take_part
from registry.demo.lives import Life, bills_of, live, wages_of
from registry.demo.months import last_whole_month, months_until
from registry.demo.people import Person, make_people

PEOPLE, MONTHS, SEED = 2100, 24, 20261124
COVERED = {"community": 0.82, "employer": 0.55, "utility": 0.85}
"""Share of the people that each partner knows."""


@dataclass(frozen=True)
class Town:
    """People and lives in order of their numbers; `months` are those that wages and bills speak of."""

    people: list[Person]
    lives: list[Life]
    months: list[str]
    today: date
    seed: int

    def known_to(self, partner: str) -> list[Life]:
        """The lives a partner (community, employer, utility) has to do with; the cast is known to all."""
        share = COVERED[partner]
        return [
            life for life in self.lives if life.person.number in CAST or self._knows(partner, life) < share
        ]

    def _knows(self, partner: str, life: Life) -> float:
        return Random(f"{self.seed}/{partner}/{life.person.number}").random()


def build(people: int = PEOPLE, months: int = MONTHS, *, seed: int = SEED, today: date) -> Town:
    """The town as it is on that day. At least two people: the cast comes first."""
    span = months_until(last_whole_month(today), months)
    everybody = [take_part(person, today) for person in make_people(people, seed=seed, today=today)]
    return Town(everybody, [_life(person, span, seed, today) for person in everybody], span, today, seed)


def _life(person: Person, months: list[str], seed: int, today: date) -> Life:
    if person.number not in CAST:
        return live(person, months, seed=seed, today=today)
    rng, jobs = Random(f"cast/{person.number}/life"), jobs_of(person, today)
    return Life(person, jobs, wages_of(jobs, months, rng), bills_of(person, jobs, months, rng, today))
