"""Linkage: the product's linker over three extracts with a known truth, beside the plain way of linking.

The plain way joins rows that share a valid document number, or name and mobile to the letter. Splink, which
the budget names, is no dependency of this project; it is measured with the issue on accuracy.
"""

import time
from collections import Counter
from datetime import date
from pathlib import Path
from tempfile import TemporaryDirectory

from bench import link
from bench.extracts import Written, write_extracts
from bench.harness import Figure, Result, say
from registry.linkage.numbers import is_valid_number

PEOPLE = 20_000
PRECISION, REVIEW = 0.999, 0.02


def measure(*, people: int = PEOPLE, today: date, seed: int = 20261124) -> Result:
    """Link so many people's rows and hold the result against the truth and the plain way."""
    with TemporaryDirectory() as name:
        folder = Path(name)
        say(f"writing three extracts of {people:,} people")
        written = write_extracts(folder, people, seed=seed, today=today)
        say(f"linking {written.rows:,} rows")
        found = link.measure(folder)
        precision, recall, f1, rate = _plain(folder)
    result = Result("link", _terms(written))
    result.prove("rows decided", found.rows, written.rows)
    result.figures += [
        Figure("precision of links", found.precision, "", "≥ 0.999", found.precision >= PRECISION),
        Figure("recall", found.recall, ""),
        Figure("F1", found.f1, "", "above the plain way's", found.f1 > f1),
        Figure("rows left for review", found.review_share * 100, "%", "≤ 2", found.review_share <= REVIEW),
        Figure("rows per second, in memory", found.rows_per_second, "rows/s"),
        Figure("the plain way: precision", precision, ""),
        Figure("the plain way: recall", recall, ""),
        Figure("the plain way: F1", f1, ""),
        Figure("the plain way: rows per second", rate, "rows/s"),
    ]
    return result


def _terms(written: Written) -> list[str]:
    return [
        f"{written.rows:,} rows of {written.people:,} people in three extracts, with clerks' mistakes",
        "reference: rows are one person if they share a valid document number, or name and mobile",
    ]


def _plain(folder: Path) -> tuple[float, float, float, float]:
    """Precision, recall, F1 and rows a second of the plain way."""
    truth, rows = link.read_truth(folder), list(link.read(folder))
    started = time.perf_counter()
    groups = _joined([fields for _, _, fields in rows])
    seconds = time.perf_counter() - started
    people = [truth[extract, number] for extract, number, _ in rows]
    both = link.pairs(Counter(zip(people, groups, strict=True)))
    precision = both / max(link.pairs(Counter(groups)), 1)
    recall = both / max(link.pairs(Counter(people)), 1)
    return precision, recall, 2 * precision * recall / max(precision + recall, 1e-9), len(rows) / seconds


def _joined(rows: list[dict[str, str]]) -> list[int]:
    """The group of every row: rows with a key in common are joined, and theirs with theirs."""
    parents = list(range(len(rows)))
    first: dict[tuple[str, ...], int] = {}

    def top(row: int) -> int:
        while parents[row] != row:
            parents[row] = row = parents[parents[row]]
        return row

    for row, fields in enumerate(rows):
        for key in _keys(fields):
            parents[top(row)] = top(first.setdefault(key, row))
    return [top(row) for row in range(len(rows))]


def _keys(fields: dict[str, str]) -> list[tuple[str, ...]]:
    number = fields["id_number"]
    whole = is_valid_number(number) or number[:1].isalpha()
    keys: list[tuple[str, ...]] = [(number,)] if whole else []
    return [*keys, (fields["name"], fields["mobile"])] if fields["mobile"] else keys
