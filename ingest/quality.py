"""How good an organisation's data are, month by month: what was refused, how full and how fresh rows were.

Counts alone, kept with each upload when it was finished; files that were undone do not count.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import connection
from django.utils import timezone

MONTHS = 12
_FINISHED = """
FROM ingest_upload u /* joined */
WHERE u.organisation_id = %(organisation)s AND u.status IN ('done', 'done_with_errors')
  AND u.undone_at IS NULL AND u.finished_at BETWEEN %(since)s AND %(at)s
  AND (%(type)s = '' OR u.type = %(type)s)
"""
_EACH_FIELD = "CROSS JOIN LATERAL jsonb_each_text(u.quality -> 'filled') AS f(name, filled)"
_EACH_REASON = "CROSS JOIN LATERAL jsonb_array_elements(u.reasons) AS r(reason)"
_MONTHS = f"""
SELECT date_trunc('month', u.finished_at AT TIME ZONE %(zone)s)::date, count(*), sum(u.rows), sum(u.accepted),
  sum(u.unchanged), sum(u.corrected), sum(u.held_for_review), sum(u.refused),
  coalesce(sum((u.quality ->> 'lag_days')::bigint), 0), coalesce(sum((u.quality ->> 'dated')::bigint), 0)
{_FINISHED} GROUP BY 1 ORDER BY 1
"""
_FILLED = f"""
SELECT date_trunc('month', u.finished_at AT TIME ZONE %(zone)s)::date, f.name, sum(f.filled::bigint),
  sum((u.quality ->> 'rows')::bigint)
{_FINISHED.replace("/* joined */", _EACH_FIELD)}
GROUP BY 1, 2 ORDER BY 1, 2
"""
_REASONS = f"""
SELECT r.reason ->> 'code', r.reason ->> 'field', sum((r.reason ->> 'count')::bigint)
{_FINISHED.replace("/* joined */", _EACH_REASON)}
  AND jsonb_typeof(u.reasons) = 'array' AND r.reason ->> 'outcome' = 'refused'
  AND NOT (r.reason ->> 'warning')::boolean
GROUP BY 1, 2 ORDER BY 3 DESC, 1, 2 LIMIT %(most)s
"""


_COUNTED = (
    *("files", "rows", "accepted", "unchanged", "corrected", "held_for_review", "refused"),
    *("lag_days", "dated"),
)


@dataclass(slots=True)
class Month:
    """One month's files: how many, their rows by outcome, values filled of values asked, days of delay.

    `lag_days` is the sum over `dated` records of the days between the end of the period that a record speaks
    of and its arrival. `filled` counts rows with a value by field, `asked` the rows that could have had one.
    """

    month: date
    files: int
    rows: int
    accepted: int
    unchanged: int
    corrected: int
    held_for_review: int
    refused: int
    lag_days: int
    dated: int
    filled: dict[str, int] = field(default_factory=dict)
    asked: dict[str, int] = field(default_factory=dict)

    @property
    def completeness(self) -> float | None:
        """The share of values that were filled, 0 to 1; None where nothing is known."""
        return share(sum(self.filled.values()), sum(self.asked.values()))

    @property
    def refusals(self) -> float | None:
        """The share of rows that were refused, 0 to 1; None where there were no rows."""
        return share(self.refused, self.rows)

    @property
    def delay(self) -> float | None:
        """Days from the end of a record's period to its arrival, on average; None where nothing is known."""
        return self.lag_days / self.dated if self.dated else None


@dataclass(frozen=True, slots=True)
class Scorecard:
    """Months with finished files, the oldest first, and the most frequent reasons for refusals."""

    months: list[Month]
    reasons: list[tuple[str, str, int]]

    @property
    def fields(self) -> list[tuple[str, float]]:
        """Each field's share of filled values over all months, the emptiest first."""
        asked: dict[str, int] = {}
        filled: dict[str, int] = {}
        for month in self.months:
            _add(asked, month.asked)
            _add(filled, month.filled)
        shares = [(name, filled.get(name, 0) / count) for name, count in asked.items() if count]
        return sorted(shares, key=lambda pair: (pair[1], pair[0]))


def share(part: int, whole: int) -> float | None:
    """A share from 0 to 1, None of nothing."""
    return part / whole if whole else None


def total(months: Iterable[Month]) -> Month | None:
    """All months as one, under the newest one's date; None for none."""
    found = list(months)
    if not found:
        return None
    summed = Month(found[-1].month, **_named(sum(getattr(m, name) for m in found) for name in _COUNTED))
    for month in found:
        _add(summed.filled, month.filled)
        _add(summed.asked, month.asked)
    return summed


def scorecard(*, organisation: UUID, at: datetime, type: str = "", reasons: int = 8) -> Scorecard:
    """The last twelve months of an organisation's files, of one record type or ("") of all."""
    said: dict[str, Any] = {
        "organisation": organisation,
        "since": first_moment(at, MONTHS),
        "at": at,
        "type": type,
        "zone": settings.TIME_ZONE,
        "most": reasons,
    }
    with connection.cursor() as cursor:
        cursor.execute(_MONTHS, said)
        months = {row[0]: Month(row[0], **_named(row[1:])) for row in cursor.fetchall()}
        cursor.execute(_FILLED, said)
        for month, name, filled, rows in cursor.fetchall():
            months[month].filled[name], months[month].asked[name] = int(filled), int(rows)
        cursor.execute(_REASONS, said)
        found = [(code, name, int(count)) for code, name, count in cursor.fetchall()]
    return Scorecard(list(months.values()), found)


def calendar(at: datetime) -> list[date]:
    """The first days of the twelve months that a scorecard looks at, the oldest first."""
    return [timezone.localdate(first_moment(at, back)) for back in range(MONTHS, 0, -1)]


def first_moment(at: datetime, months: int) -> datetime:
    """The first moment, where the site is, of the month so many months back, this one included."""
    local = timezone.localtime(at)
    count = local.year * 12 + local.month - months
    return timezone.make_aware(datetime(count // 12, count % 12 + 1, 1))  # noqa: DTZ001  (made aware here)


def _add(sums: dict[str, int], more: dict[str, int]) -> None:
    for name, count in more.items():
        sums[name] = sums.get(name, 0) + count


def _named(counts: Iterable[Any]) -> dict[str, Any]:
    return dict(zip(_COUNTED, map(int, counts), strict=True))
