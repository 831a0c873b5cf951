"""Columns that may never be collected: told by their names, or by their cells where the name says nothing."""

import re
from collections import Counter
from collections.abc import Iterator, Sequence

from ingest.mapping.columns import Problem
from ingest.mapping.headers import kinds_left_open, simplified
from registry.catalogue import Jurisdiction, forbidden_group, forbidden_value, jurisdiction

_PARTS = re.compile(r"[\s、,;/|]+")
_FEWEST, _SHARE = 2, 0.25


def forbidden_columns(columns: Sequence[str], rules: Jurisdiction | None = None) -> list[str]:
    """The columns whose names look like data that may never be collected."""
    return [problem.column for problem in by_name(columns, rules or jurisdiction("CN"))]


def by_name(columns: Sequence[str], rules: Jurisdiction) -> Iterator[Problem]:
    """A problem for each column whose name looks like one of the kinds that these rules forbid."""
    for column in columns:
        group = forbidden_group(column) or forbidden_group(simplified(column))
        if group is not None and group.code in rules.forbidden:
            yield Problem("forbidden_column", column, group.code)


def by_content(
    columns: Sequence[str], cells: Sequence[Sequence[str]], rules: Jurisdiction
) -> Iterator[Problem]:
    """The same for columns whose name says nothing: `cells` are each column's cells that are not blank.

    Two cells and a quarter of them must be a plain word of one forbidden kind, such as a religion's or an
    illness's name. The cells of a column with a clear name are not looked at: nothing of a column that fills
    no field is kept anyway.
    """
    for column, values in zip(columns, cells, strict=True):
        if not kinds_left_open(column):
            continue
        found = Counter(code for value in values for code in _codes(value) if code in rules.forbidden)
        code, count = found.most_common(1)[0] if found else ("", 0)
        if count >= max(_FEWEST, _SHARE * len(values)):
            yield Problem("forbidden_column", column, code)


def _codes(value: str) -> set[str]:
    """The forbidden kinds of which a cell's parts are plain words."""
    if len(value) > 60:
        return set()
    groups = map(forbidden_value, (value, *_PARTS.split(value)))
    return {group.code for group in groups if group is not None}
