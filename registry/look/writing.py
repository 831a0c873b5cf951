"""Dates, months, money and counts in the reader's form."""

import re
from datetime import date, datetime
from decimal import Decimal

from django.utils import formats, timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString

SYMBOLS = {"CNY": "¥", "EUR": "€", "USD": "$", "GBP": "£", "HKD": "HK$"}
MONTH = re.compile(r"(\d{4})-(0[1-9]|1[0-2])\Z")


def month_of(month: str | date) -> date:
    """The first day of a month written `YYYY-MM` or given as any day of it. Raises ValueError otherwise."""
    if isinstance(month, date):
        return date(month.year, month.month, 1)
    found = MONTH.match(month)
    if not found:
        raise ValueError("a month is written YYYY-MM")
    return date(int(found[1]), int(found[2]), 1)


def month_text(month: str | date) -> str:
    """A month such as 2026年11月 or Nov 2026."""
    return formats.date_format(month_of(month), "YEAR_MONTH_FORMAT")


def day_text(day: date) -> str:
    """A day such as 2026年11月24日 or 24 Nov 2026; a moment is first brought to the site's time zone."""
    return formats.date_format(_local(day), "DATE_FORMAT")


def time_element(machine: str, text: str) -> SafeString:
    """The text, with the same date in the form machines read."""
    return format_html('<time datetime="{}">{}</time>', machine, text)


def day(value: date) -> SafeString:
    """A day as a `<time>` element."""
    local = _local(value)
    return time_element(f"{local:%Y-%m-%d}", formats.date_format(local, "DATE_FORMAT"))


def moment(value: datetime) -> SafeString:
    """A day and time as a `<time>` element, with the offset in its machine form."""
    local = timezone.localtime(value) if timezone.is_aware(value) else value
    return time_element(local.isoformat(timespec="minutes"), formats.date_format(local, "DATETIME_FORMAT"))


def moment_text(value: datetime) -> str:
    """A day and time such as 2026年11月24日 17:30, without markup."""
    return formats.date_format(_local(value), "DATETIME_FORMAT")


def month(value: str | date) -> SafeString:
    """A month as a `<time>` element."""
    return time_element(f"{month_of(value):%Y-%m}", month_text(value))


def money(amount: str | Decimal | int, currency: str = "CNY") -> str:
    """An amount such as ¥1,234.50; an unknown currency stands before it by its ISO 4217 code."""
    digits = formats.number_format(Decimal(str(amount)), decimal_pos=2, force_grouping=True)
    sign = SYMBOLS.get(currency)
    return f"{sign}{digits}" if sign else f"{currency} {digits}"


def count(value: int) -> str:
    """A whole number with its thousands apart."""
    return formats.number_format(int(value), decimal_pos=0, force_grouping=True)


def percent(value: float, total: float) -> int:
    """How much of the whole, rounded down so that 100 means all; 0 of nothing is 0."""
    return int(min(max(100 * value / total, 0), 100)) if total else 0


def language_tag(code: str) -> str:
    """Django's language code as BCP 47 writes it: zh-hans becomes zh-Hans, pt-br becomes pt-BR."""
    first, *rest = code.split("-")
    return "-".join([first, *(part.upper() if len(part) == 2 else part.title() for part in rest)])


def _local(value: date) -> date:
    return timezone.localtime(value) if isinstance(value, datetime) and timezone.is_aware(value) else value
