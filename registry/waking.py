"""The one door by which tasks are sent. A broker only wakes workers: what is to be done stands in tables."""

from typing import Any
from uuid import UUID

from kombu.exceptions import OperationalError

ONCE_MORE = {"max_retries": 1, "interval_start": 0, "interval_step": 0, "interval_max": 0}


def wake(task: Any, *ids: UUID) -> bool:
    """Send a Celery task its ids; False if the broker is away, and then a sweep finds the work later.

    A connection that was idle may have been closed by the broker meanwhile, which shows only when it is
    used: so the message goes out once more at once, on a fresh one. The policy also keeps kombu from waiting
    for a broker that is away, which it does for seconds when it is told not to retry.
    """
    try:
        task.apply_async(tuple(map(str, ids)), retry=True, retry_policy=ONCE_MORE)
    except OperationalError:
        return False
    return True
