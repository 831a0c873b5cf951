"""Waiting for what other threads and processes do, as long as it takes: the deadline only ends what hangs."""

import time
from collections.abc import Callable
from typing import Any

from django.db import connection

PATIENCE = 240.0
"""Seconds after which something that should happen counts as never happening, on however slow a machine."""
_BLOCKED = (
    "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
)


def wait_for(condition: Callable[[], Any], what: str = "it", seconds: float = PATIENCE) -> None:
    """Return once the condition holds. Raises AssertionError when it never does."""
    until = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < until, f"{what} did not happen within {seconds:.0f} s"
        time.sleep(0.02)


def blocked() -> int:
    """How many sessions of this test's database wait for a lock at this moment."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_stat_clear_snapshot()")  # else the first look stands for the transaction
        cursor.execute(_BLOCKED)
        return int(cursor.fetchone()[0])


def wait_until_blocked(sessions: int = 1) -> None:
    """Return once so many sessions of this test's database wait for a lock."""
    wait_for(lambda: blocked() >= sessions, "waiting for a lock")
