"""From days and dates to moments: a period lasts to the end of its last day, where the registry stands."""

from datetime import date, datetime, time, timedelta

from django.utils import timezone

_NEXT_TO_LAST = date.max - timedelta(days=1)


def start_of(day: date) -> datetime:
    """The first moment of a day."""
    return timezone.make_aware(datetime.combine(day, time.min))


def end_of(day: date) -> datetime:
    """The first moment that is no longer part of a day; the calendar's last day ends as it begins."""
    return start_of(min(day, _NEXT_TO_LAST) + timedelta(days=1))


def ends(*, days: int | None, until: date | None, at: datetime) -> datetime:
    """When a consent given at a moment ends: so many days later, or with a last day."""
    return end_of(until) if until is not None else at + timedelta(days=days or 0)
