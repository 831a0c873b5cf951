"""Charts: what is drawn, and the sentence that says the same."""

from datetime import date

import pytest
from django.utils import translation

from registry.look import charts


def test_bars_are_scaled_to_the_longest():
    bars = charts.bars([("a", 2), ("b", 8), ("c", 0)])
    assert [(bar.label, bar.value, bar.size) for bar in bars] == [
        ("a", 2, 25.0),
        ("b", 8, 100.0),
        ("c", 0, 0.0),
    ]


def test_bar_has_a_short_label_where_one_is_given():
    long, short = charts.bars([("Nov 2026", 1), ("Dec 2026", 1, "12")])
    assert (long.short, short.short, short.label) == ("Nov 2026", "12", "Dec 2026")


def test_bar_shorter_than_nothing_is_refused():
    with pytest.raises(ValueError, match="shorter than nothing"):
        charts.bars([("a", -1)])


def test_strip_is_in_order_a_year_to_a_row_and_says_it_in_words():
    months = [(f"2025-{month:02}", "on_time") for month in range(12, 0, -1)]
    with translation.override("en"):
        strip = charts.month_strip([*months, (date(2026, 1, 31), "late"), ("2026-02", "none")])
    assert [len(row.cells) for row in strip.rows] == [12, 2]
    assert (strip.rows[0].first, strip.rows[1].last) == ("Jan 2025", "Feb 2026")
    assert strip.sentence == "12 months on time, 1 month late, 1 month without data."


def test_strip_refuses_a_state_it_has_no_sign_for():
    with pytest.raises(KeyError):
        charts.month_strip([("2026-01", "perhaps")])
