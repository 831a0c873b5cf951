"""Months as text, YYYY-MM, and days in them."""

from datetime import date, timedelta

SETTLING = timedelta(days=45)
"""A month's wages and bills are all sent out this long after it began at the latest."""


def month_of(day: date) -> str:
    """The month of a day."""
    return f"{day:%Y-%m}"


def last_whole_month(today: date) -> str:
    """The newest month of which partners have wages and bills."""
    return month_of(today - SETTLING)


def months_until(last: str, count: int) -> list[str]:
    """So many months in order, ending with `last`."""
    end = _index(last)
    return [_text(index) for index in range(end - count + 1, end + 1)]


def day_after(month: str, day: int) -> date:
    """That day of the month that follows; what is earned or used in a month is due then."""
    following = _text(_index(month) + 1)
    return date(int(following[:4]), int(following[5:]), day)


def first_day(month: str) -> date:
    """The month's first day."""
    return date(int(month[:4]), int(month[5:]), 1)


def _index(month: str) -> int:
    return int(month[:4]) * 12 + int(month[5:]) - 1


def _text(index: int) -> str:
    return f"{index // 12:04d}-{index % 12 + 1:02d}"
