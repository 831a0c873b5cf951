"""People are told of what counts against them, before any bank may see it."""

import time

from registry.demo.telling import Telling, require_that
from registry.models import Message, Record
from registry.profiles.notices import KIND

PATIENCE = 120.0  # seconds; the inbox takes hundreds a second


def people_are_told(telling: Telling) -> None:
    """Wait until every notice has reached the demo's inbox, and tell how many there were."""
    told = Message.objects.filter(kind=KIND)
    waiting = told.filter(state=Message.State.QUEUED)
    until = time.monotonic() + PATIENCE
    while waiting.exists() and time.monotonic() < until:
        time.sleep(0.2)
    require_that("every notice has gone out", not waiting.exists())
    negative = Record.objects.filter(status__in=Record.SHOWN, notice_id__isnull=False).count()
    telling.fact(
        f"{negative:,} records count against somebody: {told.count():,} messages told them before any bank."
    )
