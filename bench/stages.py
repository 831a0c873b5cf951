"""Where the time of ingest goes: CPU by stage, Python's and that of PostgreSQL's process for us.

A file is worked on in this process, with a clock around every stage. A stage's time is its own: what it
calls that is a stage as well counts there.
"""

import importlib
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from uuid import UUID

from django.db import connection
from django.utils import timezone

from bench.harness import Figure
from bench.rows import write_bills
from ingest import pipeline, services
from ingest.models import Chunk
from ingest.queries import FAR

SEED = 20261125
REST = "transactions, commit, the rest"
STAGES = (
    ("reading a chunk", "ingest.services.chunks", "read"),
    ("validating", "ingest.pipeline.chunk", "judge"),
    ("references on file", "ingest.pipeline.chunk", "introduced"),
    ("matching people", "registry.residents", "match"),
    ("consents: deciding", "ingest.services.consenting", "judge"),
    ("consents: those in force", "ingest.services.consenting", "contributions_in_force"),
    ("keeping people", "registry.residents", "keep"),
    ("consents: attesting", "ingest.services.consenting", "attest_checked"),
    ("storing records", "registry.profiles", "store"),
    ("row results", "ingest.services.closing", "close"),
)


class Clock:
    """Adds up the CPU seconds of this process and of its database process, for the stage that is open."""

    def __init__(self) -> None:
        connection.ensure_connection()
        self._server = Path(f"/proc/{connection.connection.get_backend_pid()}/schedstat")
        self.python: dict[str, float] = defaultdict(float)
        self.postgres: dict[str, float] = defaultdict(float)
        self._open = [REST]
        self._mark = self._now()

    def _now(self) -> tuple[float, float]:
        return time.process_time(), int(self._server.read_text().split()[0]) / 1e9

    def _tick(self) -> None:
        python, postgres = self._now()
        self.python[self._open[-1]] += python - self._mark[0]
        self.postgres[self._open[-1]] += postgres - self._mark[1]
        self._mark = self._now()

    @contextmanager
    def stage(self, name: str) -> Iterator[None]:
        """Count what happens inside for this stage."""
        self._tick()
        self._open.append(name)
        try:
            yield
        finally:
            self._tick()
            self._open.pop()

    def around(self, name: str, act: Callable[..., Any]) -> Callable[..., Any]:
        """The same act, counted."""

        def counted(*args: Any, **kwargs: Any) -> Any:
            with self.stage(name):
                return act(*args, **kwargs)

        return counted

    def figures(self, rows: int) -> list[Figure]:
        """Each stage's microseconds a row, the largest first, and their sum."""
        own = {name: (self.python[name], self.postgres[name]) for name in self.python}
        ranked = sorted(own.items(), key=lambda item: -sum(item[1]))
        told = [
            Figure(f"profile: {name}, Python + PostgreSQL", sum(spent) / rows * 1e6, _split(spent, rows))
            for name, spent in ranked
        ]
        total = sum(sum(spent) for spent in own.values())
        return [*told, Figure("profile: all of it, CPU", total / rows * 1e6, "µs a row")]


def profile(organisation: UUID, *, rows: int, at: datetime) -> list[Figure]:
    """Work on a file of so many rows here, after a small one that warms up; CPU a row by stage."""
    with TemporaryDirectory() as folder:
        for size, seed in ((min(rows, 400), SEED + 1), (rows, SEED)):
            path = Path(folder) / f"{seed}.csv"
            write_bills(path, size, seed=seed, today=timezone.localdate(at))
            with _watched() as clock:
                _work(path, organisation, clock)
    return clock.figures(rows)


@contextmanager
def _watched() -> Iterator[Clock]:
    """A clock around every stage, and every stage as it was afterwards."""
    clock = Clock()
    modules = [(name, importlib.import_module(module), attribute) for name, module, attribute in STAGES]
    before = [getattr(module, attribute) for _name, module, attribute in modules]
    for (name, module, attribute), act in zip(modules, before, strict=True):
        setattr(module, attribute, clock.around(name, act))
    try:
        yield clock
    finally:
        for (_name, module, attribute), act in zip(modules, before, strict=True):
            setattr(module, attribute, act)


def _work(path: Path, organisation: UUID, clock: Clock) -> None:
    """All that workers do with a file; nobody is woken for it."""
    told = {"content_type": "text/csv", "type": "bill", "idempotency_key": "", "by": "system:bench"}
    with clock.stage("receiving the file"), path.open("rb") as stream:
        upload = services.receive(
            organisation=organisation, stream=stream, filename="", at=timezone.now(), **told
        )
    with clock.stage("cutting the file"):
        services.split(upload=upload.id, by="system:bench", clock=timezone.now)
    chunks = Chunk.objects.filter(upload=upload.id)
    # Held, so that the site's own workers leave them alone.
    chunks.update(state=Chunk.State.WORKING, lease_until=timezone.now() + FAR / 2)
    for chunk in chunks.order_by("number"):
        pipeline.work(chunk=chunk.id, by="system:bench", at=timezone.now())
    with clock.stage("ending the upload"):
        services.finish(upload=upload.id, by="system:bench", at=timezone.now())


def _split(spent: tuple[float, float], rows: int) -> str:
    return f"µs a row ({spent[0] / rows * 1e6:.0f} + {spent[1] / rows * 1e6:.0f})"
