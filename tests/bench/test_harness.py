"""Results: figures beside their goals, and none where the work was not done."""

import json
from datetime import UTC, datetime

import pytest

from bench.harness import Figure, Result, WorkNotDone, number, show, write


def test_proof_that_fails_leaves_no_figure():
    with pytest.raises(WorkNotDone, match="ingest: records stored: found 9, expected 10"):
        Result("ingest").prove("records stored", 9, 10)


def test_proof_that_holds_is_noted():
    result = Result("ingest")
    result.prove("records stored", 10, 10)
    assert result.proofs == ["records stored: 10"]


def test_result_shows_figures_with_goals():
    figures = [
        Figure("rows per second", 12345.6, "rows/s"),
        Figure("share of A", 0.0812, "of A", "≥ 1/10", False),
        Figure("times B", 15.24, "× B", "≥ 15", True),
    ]
    shown = show(Result("ingest", ["some rows"], ["all: 3"], figures))
    assert shown.splitlines() == [
        "",
        "ingest",
        "  some rows",
        "  proved: all: 3",
        "  rows per second        12,346 rows/s",
        "  share of A              0.081 of A           goal ≥ 1/10  NOT MET",
        "  times B                  15.2 × B            goal ≥ 15  met",
    ]


def test_numbers_have_as_many_digits_as_they_are_worth():
    assert [number(value) for value in (0.08123, 15.24, 123456.7)] == ["0.081", "15.2", "123,457"]


def test_results_are_kept_as_json(tmp_path):
    at = datetime(2026, 11, 25, 1, 2, 3, tzinfo=UTC)
    path = write([Result("link", figures=[Figure("F1", 0.99, "")])], at, tmp_path)
    kept = json.loads(path.read_text("utf-8"))
    assert (path.name, kept["results"][0]["figures"][0]["value"]) == ("20261125-010203-link.json", 0.99)
