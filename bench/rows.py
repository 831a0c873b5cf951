"""A utility's file of any size: bills of invented people, each of whom stands in it twice."""

import csv
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from random import Random

from registry.demo.clerks import UTILITY, write
from registry.demo.consents import sign
from registry.demo.extracts import BILL_COLUMNS, bill_cells
from registry.demo.lives import bills_of
from registry.demo.months import last_whole_month, months_until
from registry.demo.people import Person, make_people

REWRITTEN = 0.25
"""Share of people whose second bill has the person written down anew, with mistakes of its own."""


def write_bills(path: Path, rows: int, *, seed: int, today: date) -> int:
    """Write a CSV of so many rows, half of them the first of a person; returns the number of people."""
    people = make_people((rows + 1) // 2, seed=seed, today=today)
    months = months_until(last_whole_month(today), 2)
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(BILL_COLUMNS)
        writer.writerows(_rows(people, months, seed, today, rows))
    return len(people)


def _rows(people: list[Person], months: list[str], seed: int, today: date, rows: int) -> Iterator[list[str]]:
    first: list[tuple[list[str], list[str]]] = []
    for person in people:
        rng = Random(f"{seed}/bench/{person.number}")
        paper = sign(
            "BM", person.number, rng, today=today, arrived=person.arrived, separate=False, surely=True
        )
        bills = bills_of(person, (), months, rng, today)
        who = _account(person, rng, today)
        yield [*who, *bill_cells(bills[0]), *paper.cells()]
        again = _account(person, rng, today) if rng.random() < REWRITTEN else who
        first.append((again, [*bill_cells(bills[-1]), *paper.cells()]))
    for who, cells in first[: rows - len(people)]:
        yield [*who, *cells]


def _account(person: Person, rng: Random, today: date) -> list[str]:
    seen = write(person, UTILITY, rng, today)
    return [f"{person.number:08d}", seen["name"], seen["mobile"], seen["number"], seen["home"]]
