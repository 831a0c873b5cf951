"""A utility's file of any size: bills of invented people, each of whom stands in it twice."""

import csv
import io
import shutil
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from random import Random
from tempfile import TemporaryFile

from registry.demo.clerks import UTILITY, write
from registry.demo.consents import sign
from registry.demo.extracts import BILL_COLUMNS, bill_cells
from registry.demo.lives import bills_of
from registry.demo.months import last_whole_month, months_until
from registry.demo.people import Person, make_people

REWRITTEN = 0.25
"""Share of people whose second bill has the person written down anew, with mistakes of its own."""
BLOCK = 20_000
"""So many people are invented at a time."""


def write_bills(path: Path, rows: int, *, seed: int, today: date) -> int:
    """Write a CSV of so many rows, half of them the first of a person; returns the number of people.

    Everybody's second bill waits in a file of its own until everybody's first one is written.
    """
    people = (rows + 1) // 2
    left = rows - people
    with path.open("w", encoding="utf-8-sig", newline="") as file, TemporaryFile("w+b") as later:
        first = csv.writer(file)
        first.writerow(BILL_COLUMNS)
        second = csv.writer(io.TextIOWrapper(later, encoding="utf-8", newline="", write_through=True))
        for one, again in _pairs(people, seed, today):
            first.writerow(one)
            if left:
                second.writerow(again)
                left -= 1
        file.flush()
        later.seek(0)
        shutil.copyfileobj(later, file.buffer)
    return people


def _pairs(people: int, seed: int, today: date) -> Iterator[tuple[list[str], list[str]]]:
    """Everybody's first and second bill."""
    months = months_until(last_whole_month(today), 2)
    for start in range(0, people, BLOCK):
        for person in make_people(min(BLOCK, people - start), seed=seed, today=today, first=start):
            yield _bills(person, months, seed, today)


def _bills(person: Person, months: list[str], seed: int, today: date) -> tuple[list[str], list[str]]:
    rng = Random(f"{seed}/bench/{person.number}")
    paper = sign("BM", person.number, rng, today=today, arrived=person.arrived, separate=False, surely=True)
    bills = bills_of(person, (), months, rng, today)
    who = _account(person, rng, today)
    again = _account(person, rng, today) if rng.random() < REWRITTEN else who
    return [*who, *bill_cells(bills[0]), *paper.cells()], [*again, *bill_cells(bills[-1]), *paper.cells()]


def _account(person: Person, rng: Random, today: date) -> list[str]:
    seen = write(person, UTILITY, rng, today)
    return [f"{person.number:08d}", seen["name"], seen["mobile"], seen["number"], seen["home"]]
