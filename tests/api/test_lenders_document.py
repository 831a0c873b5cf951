"""docs/lenders.md says what the code does: addresses, errors, the scorecard, and a quick start that runs."""

import ast
import re
from pathlib import Path

from django.urls import get_resolver
from django.utils import translation

from api import scorecard
from api.checks import SCOPES
from api.errors import catalogue
from registry.demo.lender_client import LenderClient

DOCUMENT = (Path(__file__).resolve().parents[2] / "docs" / "lenders.md").read_text(encoding="utf-8")


def rows(heading: str) -> list[list[str]]:
    """The cells of the table below a heading, without its own head."""
    part = DOCUMENT.split(f"\n{heading}\n", 1)[1]
    lines = part[part.index("\n|---") :].strip().splitlines()[1:]
    table = lines[: next((n for n, line in enumerate(lines) if not line.startswith("|")), len(lines))]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in table]


def test_scorecard_is_the_one_that_scores() -> None:
    said = {row[0].strip("`"): row[1] for row in rows("## The scorecard")}
    assert said == {
        line.fact: "; ".join(f"{start:g}: {points:+d}" for start, points in line.points)
        for line in scorecard.CHARACTERISTICS
    }
    for band in scorecard.BANDS[:-1]:
        assert f"`{band[1]}` from {band[0]}" in DOCUMENT
    assert f"Model `{scorecard.MODEL}`: every score starts at {scorecard.START}" in DOCUMENT
    assert f"between {scorecard.LOWEST} and {scorecard.HIGHEST}" in DOCUMENT


def test_errors_are_told_as_they_are_answered() -> None:
    known = catalogue.catalogue()
    with translation.override("en"):
        for code, status, says, cure in rows("## Errors"):
            problem = known[code.strip("`")]
            assert (status, says, cure) == (str(problem.status), str(problem.sentence), str(problem.cure))


def test_every_code_with_a_cure_is_in_the_table() -> None:
    assert set(catalogue.CURES) == {row[0].strip("`") for row in rows("## Errors")}


def test_every_address_is_in_the_table() -> None:
    said = " ".join(row[0] for row in rows("## Addresses"))
    patterns = [str(pattern.pattern) for pattern in get_resolver("api.urls").url_patterns]
    machines = [p for p in patterns if p.startswith(("api/v1/", "oauth/", ".well-known/"))]
    assert [pattern for pattern in machines if f"/{pattern}`" not in said] == []


def test_scopes_in_the_table_exist() -> None:
    assert {row[1].strip("`") for row in rows("## Addresses") if row[1]} <= set(SCOPES)


def test_quick_start_calls_what_the_client_has() -> None:
    (code,) = re.findall(r"```python\n(.*?)```", DOCUMENT, re.DOTALL)
    called = {
        node.func.attr
        for node in ast.walk(ast.parse(code))
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and isinstance(node.func.value, ast.Name)
        and node.func.value.id == "client"
    }
    assert called == {"ask_consent", "wait_for_consent", "report"}
    assert [name for name in called if not hasattr(LenderClient, name)] == []
