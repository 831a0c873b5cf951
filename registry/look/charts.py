"""Geometry and sentences of the charts. Templates draw them; every chart also says in words what it shows."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import ngettext, pgettext

from registry.look.statuses import Look, look_of
from registry.look.writing import month_of, month_text

STATES = ("on_time", "late", "unpaid", "none")
CELL, GAP, IN_A_ROW = 16, 4, 12
STEP = 10  # from one upright bar to the next


@dataclass(frozen=True)
class Cell:
    """One month of a strip, at `x` in a row of 12."""

    x: int
    state: str
    look: Look
    month: str


@dataclass(frozen=True)
class Row:
    """Up to twelve months side by side, with the first and last month in the reader's form."""

    cells: tuple[Cell, ...]
    first: str
    last: str


@dataclass(frozen=True)
class Strip:
    """A month strip: rows of a year each, oldest first, and the sentence that says the same."""

    rows: tuple[Row, ...]
    sentence: str
    width: int = IN_A_ROW * (CELL + GAP) - GAP
    height: int = CELL


@dataclass(frozen=True)
class Bar:
    """One bar: `size` is its share of the longest in percent, `x` where an upright one stands.

    `short` is what stands under an upright one, where there is little room.
    """

    label: str | Promise
    value: int
    size: float
    x: int
    short: str | Promise


def month_strip(months: Iterable[tuple[str | date, str]]) -> Strip:
    """A strip of months in order, each `(month, state)`. Raises KeyError for an unknown state."""
    dated = sorted((month_of(month), state) for month, state in months)
    rows = [_row(dated[start : start + IN_A_ROW]) for start in range(0, len(dated), IN_A_ROW)]
    return Strip(tuple(rows), _sentence([state for _month, state in dated]))


def bars(values: Iterable[tuple[str | Promise, int] | tuple[str | Promise, int, str | Promise]]) -> list[Bar]:
    """Bars of (label, value) or (label, value, short label), scaled to the longest.

    Nothing is drawn for a zero. Raises ValueError for a negative value.
    """
    listed = list(values)
    if any(value < 0 for _label, value, *_short in listed):
        raise ValueError("a bar cannot be shorter than nothing")
    longest = max((value for _label, value, *_short in listed), default=0) or 1
    return [
        Bar(label, value, round(100 * value / longest, 2), index * STEP + 2, short[0] if short else label)
        for index, (label, value, *short) in enumerate(listed)
    ]


def _row(dated: Sequence[tuple[date, str]]) -> Row:
    cells = [
        Cell(index * (CELL + GAP), state, look_of("month", state), month_text(month))
        for index, (month, state) in enumerate(dated)
    ]
    return Row(tuple(cells), cells[0].month, cells[-1].month)


def _sentence(states: Sequence[str]) -> str:
    if not states:
        return _("No months to show yet.")
    counts = Counter(states)
    said = {
        "on_time": ngettext("%(n)s month on time", "%(n)s months on time", counts["on_time"]),
        "late": ngettext("%(n)s month late", "%(n)s months late", counts["late"]),
        "unpaid": ngettext("%(n)s month not paid", "%(n)s months not paid", counts["unpaid"]),
        "none": ngettext("%(n)s month without data", "%(n)s months without data", counts["none"]),
    }
    parts = [said[state] % {"n": counts[state]} for state in STATES if counts[state]]
    return pgettext("between the parts of a sentence", ", ").join(parts) + pgettext("end of a sentence", ".")
