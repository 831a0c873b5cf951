"""What every benchmark says: figures beside goals and references, proofs that the work was done."""

import json
import os
import platform
import sys
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent


class WorkNotDone(Exception):
    """The work measured was not really done, so there is nothing to measure."""


@dataclass(frozen=True)
class Figure:
    """One figure: a measured value with its unit, and for budgets the goal and whether it is met."""

    what: str
    value: float
    unit: str
    goal: str = ""
    met: bool | None = None


@dataclass
class Result:
    """One benchmark's outcome. `terms`: what was measured and how; `proofs`: how we know it was done."""

    name: str
    terms: list[str] = field(default_factory=list)
    proofs: list[str] = field(default_factory=list)
    figures: list[Figure] = field(default_factory=list)

    def prove(self, what: str, found: object, expected: object) -> None:
        """Note that what was found is what must be; raises WorkNotDone otherwise."""
        if found != expected:
            raise WorkNotDone(f"{self.name}: {what}: found {found}, expected {expected}")
        self.proofs.append(f"{what}: {found}")


def show(result: Result) -> str:
    """The result as a table to read."""
    lines = [f"\n{result.name}"]
    lines += [f"  {term}" for term in result.terms]
    lines += [f"  proved: {proof}" for proof in result.proofs]
    width = max((len(figure.what) for figure in result.figures), default=0)
    lines += [_line(figure, width) for figure in result.figures]
    return "\n".join(lines) + "\n"


def _line(figure: Figure, width: int) -> str:
    verdict = {None: "", True: "  met", False: "  NOT MET"}[figure.met]
    goal = f"   goal {figure.goal}{verdict}" if figure.goal else ""
    return f"  {figure.what:<{width}}  {number(figure.value):>12} {figure.unit:<12}{goal}".rstrip()


def number(value: float) -> str:
    """A figure with as many digits as it is worth."""
    if value >= 100:
        return f"{value:,.0f}"
    return f"{value:.1f}" if value >= 10 else f"{value:.3f}"


def write(results: Sequence[Result], at: datetime, folder: Path | None = None) -> Path:
    """Keep the results as JSON; returns the file."""
    folder = folder or ROOT / ".state" / "bench"
    folder.mkdir(parents=True, exist_ok=True)
    names = "-".join(result.name for result in results)
    path = folder / f"{at:%Y%m%d-%H%M%S}-{names}.json"
    said = {"at": at.isoformat(), "machine": machine(), "results": [asdict(result) for result in results]}
    path.write_text(json.dumps(said, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    return path


def machine() -> dict[str, object]:
    """What the figures were measured on."""
    return {"cores": os.cpu_count(), "python": platform.python_version(), "system": platform.system()}


def say(text: str) -> None:
    """A line about what is being done, beside the results."""
    sys.stderr.write(f"bench: {text}\n")
    sys.stderr.flush()
