"""What lists show: a lender's own inquiries, page by page."""

import base64
import binascii
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db.models import Q

from registry.models import Inquiry

PAGE = 50
MOST = 200
_YEARS = (2000, 9998)  # what no time zone moves out of a calendar's range


@dataclass(frozen=True, slots=True)
class Page:
    """Some inquiries, the newest first, and the cursor of the next page (None at the end)."""

    inquiries: list[Inquiry]
    next_cursor: str | None


def inquiries(*, organisation: UUID, after: tuple[datetime, UUID] | None, limit: int = PAGE) -> Page:
    """The organisation's own inquiries older than `after`, by one query whatever the page."""
    rows = Inquiry.objects.filter(organisation=organisation, kind=Inquiry.Kind.REPORT)
    if after is not None:
        at, last = after
        rows = rows.filter(Q(at__lt=at) | Q(at=at, id__lt=last))
    found = list(rows.order_by("-at", "-id")[: limit + 1])
    shown = found[:limit]
    return Page(shown, to_cursor(shown[-1]) if len(found) > limit else None)


def to_cursor(last: Inquiry) -> str:
    """An opaque cursor that stands behind this inquiry."""
    return base64.urlsafe_b64encode(f"{last.at.isoformat()}|{last.id}".encode()).rstrip(b"=").decode()


def from_cursor(cursor: str) -> tuple[datetime, UUID]:
    """The place a cursor stands at; raises ValueError for what `to_cursor` never made."""
    try:
        at, _, last = base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)).decode().partition("|")
    except (binascii.Error, UnicodeDecodeError) as error:
        raise ValueError("not a cursor") from error
    moment = datetime.fromisoformat(at)
    if moment.tzinfo is None or not _YEARS[0] <= moment.year <= _YEARS[1]:
        raise ValueError("not a cursor")
    return moment, UUID(last)
