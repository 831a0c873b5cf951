"""How well people are linked, measured in memory: the product's own functions, row by row in file order.

    python -m bench.link FOLDER…

Each folder holds the extracts community.csv, employer.csv and utility.csv and truth.csv (extract, row,
person). Prints pairwise precision, recall and F1 over the links, rows for review, candidates and speed.
"""

import argparse
import csv
import json
import sys
import time
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from uuid import UUID

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from registry.linkage import Candidate, Decision, Person, blocking_keys, decide, default_model, normalise

EXTRACTS = ("community", "employer", "utility")
COMMON = 50
"""A key shared by more residents than this is not followed, as in the registry."""


@dataclass
class Registry:
    """Residents in memory: their identities, and who stands behind each key."""

    persons: dict[UUID, list[Person]] = field(default_factory=lambda: defaultdict(list))
    behind: dict[tuple[str, str], set[UUID]] = field(default_factory=lambda: defaultdict(set))
    candidates: int = 0

    def add(self, fields: Mapping[str, str]) -> tuple[UUID, Decision]:
        """Decide one row and remember it; returns the resident it now belongs to."""
        person = normalise(fields)
        keys = [(key.kind, key.value) for key in blocking_keys(person)]
        found = {resident for key in keys if len(self.behind[key]) <= COMMON for resident in self.behind[key]}
        self.candidates += len(found)
        decision = decide(person, [Candidate(r, self.persons[r]) for r in sorted(found)], default_model())
        linked = decision.kind == "linked" and decision.resident is not None
        resident = decision.resident if linked and decision.resident else UUID(int=len(self.persons) + 1)
        self.persons[resident].append(person)
        for key in keys:
            self.behind[key].add(resident)
        return resident, decision


@dataclass(frozen=True)
class Figures:
    """One measurement. Shares are 0 to 1; pairs are counted within the final residents."""

    folder: str
    rows: int
    precision: float
    recall: float
    f1: float
    review_share: float
    candidates_per_row: float
    rows_per_second: float


def read(folder: Path) -> Iterator[tuple[str, int, dict[str, str]]]:
    """Every row of the three extracts in order: extract, row number from 1, fields."""
    for extract in EXTRACTS:
        with (folder / f"{extract}.csv").open(encoding="utf-8", newline="") as file:
            for number, row in enumerate(csv.DictReader(file), 1):
                yield extract, number, row


def read_truth(folder: Path) -> dict[tuple[str, int], str]:
    """The true person of every row."""
    with (folder / "truth.csv").open(encoding="utf-8", newline="") as file:
        return {(row["extract"], int(row["row"])): row["person"] for row in csv.DictReader(file)}


def pairs(counts: Counter[object]) -> int:
    """Pairs within groups of these sizes."""
    return sum(n * (n - 1) // 2 for n in counts.values())


def measure(folder: Path) -> Figures:
    """Link every row of a folder and hold the result against the truth."""
    rows, truth, registry = list(read(folder)), read_truth(folder), Registry()
    started = time.perf_counter()
    found = [(truth[extract, number], *registry.add(row)) for extract, number, row in rows]
    seconds = time.perf_counter() - started
    both = pairs(Counter((person, resident) for person, resident, _ in found))
    linked = pairs(Counter(resident for _, resident, _ in found))
    same = pairs(Counter(person for person, _, _ in found))
    precision, recall = both / max(linked, 1), both / max(same, 1)
    return Figures(
        folder.name,
        len(rows),
        precision,
        recall,
        2 * precision * recall / max(precision + recall, 1e-9),
        sum(decision.kind == "review" for _, _, decision in found) / len(rows),
        registry.candidates / len(rows),
        len(rows) / seconds,
    )


def main() -> None:
    """Measure every folder named on the command line and print one line each."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("folders", nargs="+", type=Path)
    parser.add_argument("--json", type=Path)
    args = parser.parse_args()
    results = [measure(folder) for folder in args.folders]
    for f in results:
        sys.stdout.write(
            f"{f.folder:14} {f.rows:7} rows  precision {f.precision:.5f}  recall {f.recall:.4f}  "
            f"F1 {f.f1:.4f}  review {f.review_share:.2%}  {f.candidates_per_row:.2f} candidates/row  "
            f"{f.rows_per_second:,.0f} rows/s\n"
        )
    if args.json:
        args.json.write_text(json.dumps([asdict(f) for f in results], indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
