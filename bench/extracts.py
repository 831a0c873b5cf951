"""Three partners' extracts of one town with the truth beside them, for measuring linkage.

Columns are field names, as a mapped file has them; truth.csv says which person each row is (extract, row,
person).
"""

import csv
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from random import Random

from registry.demo.clerks import COMMUNITY, EMPLOYER, UTILITY, Habits, write
from registry.demo.people import Person, make_people

FIELDS = {"name": "name", "id_number": "number", "mobile": "mobile", "birth_date": "birth", "sex": "sex"}
FIELDS |= {"address": "home"}
HABITS: dict[str, Habits] = {"community": COMMUNITY, "employer": EMPLOYER, "utility": UTILITY}
COVERED = {"community": 0.8, "employer": 0.6, "utility": 0.6}
TWICE = 0.05
_BLANK = {"employer": {"address"}, "utility": {"birth_date", "sex"}, "community": set[str]()}


@dataclass(frozen=True)
class Written:
    """How many rows were written, of how many people."""

    rows: int
    people: int


def write_extracts(folder: Path, people: int, *, seed: int, today: date) -> Written:
    """Write community.csv, employer.csv, utility.csv and truth.csv into `folder`."""
    town = make_people(people, seed=seed, today=today)
    seen: set[int] = set()
    rows = 0
    with (folder / "truth.csv").open("w", encoding="utf-8", newline="") as file:
        truth = csv.writer(file)
        truth.writerow(["extract", "row", "person"])
        for extract in HABITS:
            known = _known(town, extract, seed)
            _write(folder / f"{extract}.csv", extract, known, seed, today)
            truth.writerows([extract, row, person.number] for row, person in enumerate(known, 1))
            seen.update(person.number for person in known)
            rows += len(known)
    return Written(rows, len(seen))


def _known(town: list[Person], extract: str, seed: int) -> list[Person]:
    """Whom the partner knows, in no order; one in twenty stands twice, with mistakes of its own each time."""
    rng = Random(f"{seed}/link/{extract}")
    known = [person for person in town if rng.random() < COVERED[extract]]
    known += rng.sample(known, int(len(known) * TWICE))
    rng.shuffle(known)
    return known


def _write(path: Path, extract: str, known: list[Person], seed: int, today: date) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(FIELDS)
        for row, person in enumerate(known, 1):
            seen = write(person, HABITS[extract], Random(f"{seed}/link/{extract}/{row}"), today)
            writer.writerow("" if name in _BLANK[extract] else seen[key] for name, key in FIELDS.items())
