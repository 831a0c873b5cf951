"""Several works begun at one moment, each on a database connection of its own."""

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import TypeVar

from django.db import connection

from tests.factories.waiting import PATIENCE

T = TypeVar("T")


def at_once(works: Sequence[Callable[[], T]]) -> list[T]:
    """The results of all works in their order; raises what the first of them raised."""
    ready = Barrier(len(works))

    def run(work: Callable[[], T]) -> T:
        try:
            connection.ensure_connection()
            ready.wait(PATIENCE)
            return work()
        finally:
            connection.close()

    with ThreadPoolExecutor(len(works)) as pool:
        return list(pool.map(run, works))
