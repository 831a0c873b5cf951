"""What the headers of a request say about the file that it brings, at every door of the partner's API."""

from datetime import UTC, date, datetime, time
from typing import Any

from django.http import HttpRequest
from django.utils import timezone
from django.utils.dateparse import parse_date, parse_datetime
from django.utils.translation import gettext as _
from rest_framework.request import Request

from registry.errors import InvalidRequest

EARLIEST = datetime(1970, 1, 1, tzinfo=UTC)
"""No file speaks of an earlier moment; ids that begin with the time count from here."""
YES, NO = ("true", "yes", "1"), ("", "false", "no", "0")


def upload_type(request: Request | HttpRequest) -> str:
    """`Upload-Type`: the type of record the rows are, "" to find out from the columns."""
    return str(request.headers.get("Upload-Type", "")).strip()


def idempotency_key(request: Request | HttpRequest) -> str:
    """`Idempotency-Key`, "" for none. Raises InvalidRequest for a longer one than 255 characters."""
    key: str = request.headers.get("Idempotency-Key", "")
    if len(key) > 255:
        raise InvalidRequest(fields={"Idempotency-Key": [_("Use at most 255 characters.")]})
    return key


def hold(request: Request | HttpRequest) -> bool:
    """`Upload-Hold`: whether it is to wait for a confirmation. Raises InvalidRequest for odd values."""
    return flag("Upload-Hold", request.headers.get("Upload-Hold", ""))


def as_of(request: Request | HttpRequest, *, at: datetime) -> datetime | None:
    """`Upload-As-Of`: the moment the rows speak of, None for not said. Raises InvalidRequest."""
    return moment("Upload-As-Of", request.headers.get("Upload-As-Of", ""), at=at)


def length(request: Request | HttpRequest) -> int | None:
    """How many bytes were announced for the body; None where nothing was."""
    text = str(request.META.get("CONTENT_LENGTH") or "")
    return int(text) if text.isascii() and text.isdigit() else None


def flag(name: str, text: str) -> bool:
    """A yes or no under this name. Raises InvalidRequest."""
    if (word := text.strip().lower()) not in YES + NO:
        raise InvalidRequest(fields={name: [_("Say true or false.")]})
    return word in YES


def moment(name: str, text: str, *, at: datetime) -> datetime | None:
    """A date (its end, or `at` if that is sooner) or a date and time with its offset, not after `at`.

    Raises InvalidRequest, also for one before `EARLIEST`.
    """
    if not text.strip():
        return None
    found = _read(text.strip())
    if isinstance(found, datetime) and EARLIEST <= found <= at:
        return found
    day = found if isinstance(found, date) and not isinstance(found, datetime) else None
    if day is not None and EARLIEST.date() <= day <= timezone.localdate(at):
        return min(timezone.make_aware(datetime.combine(day, time.max)), at)
    raise InvalidRequest(fields={name: [_("Give a date such as 2026-03-31 that is not in the future.")]})


def _read(text: str) -> Any:
    """A date, an aware moment, or None for neither."""
    try:
        found = parse_date(text) or parse_datetime(text)
    except ValueError:
        return None
    return None if isinstance(found, datetime) and timezone.is_naive(found) else found
