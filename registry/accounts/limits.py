"""How many requests a machine has sent in this minute, counted for all processes together."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import connection

from registry.accounts.errors import RateLimited

WINDOW = 60  # seconds

# One row a caller in an unlogged table; losing the count in a crash costs nothing.
_COUNT = """
INSERT INTO registry_requestcount AS kept (caller, minute, requests)
SELECT %s, %s, 1 FROM set_config('synchronous_commit', 'off', true)
ON CONFLICT (caller) DO UPDATE SET
    minute = excluded.minute,
    requests = CASE WHEN kept.minute = excluded.minute THEN kept.requests + 1 ELSE 1 END
RETURNING requests
"""


@dataclass(frozen=True, slots=True)
class Used:
    """How many requests of `limit` were sent in the minute that ends in `left` seconds, this one included."""

    requests: int
    limit: int
    left: int

    def headers(self) -> dict[str, str]:
        """The headers of draft-ietf-httpapi-ratelimit-headers."""
        return {
            "RateLimit-Policy": f'"minute";q={self.limit};w={WINDOW}',
            "RateLimit": f'"minute";r={max(0, self.limit - self.requests)};t={self.left}',
        }


def count(caller: UUID, *, limit: int, at: datetime) -> Used:
    """Count one request of a machine, by the id of its client or key, and say where that leaves it."""
    with connection.cursor() as cursor:
        cursor.execute(_COUNT, [caller, at.replace(second=0, microsecond=0)])
        requests = int(cursor.fetchone()[0])
    return Used(requests, limit, WINDOW - at.second)


def require_left(used: Used) -> None:
    """Raise RateLimited, with the seconds to wait, beyond the limit."""
    if used.requests > used.limit:
        raise RateLimited("too many requests in this minute", retry_after=used.left)
