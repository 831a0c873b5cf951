"""The whole site for a benchmark: web server, scheduler and worker as real processes."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from bench.harness import ROOT
from registry.runtime import commands, ports
from registry.runtime.supervisor import Supervisor


@dataclass(frozen=True)
class Site:
    """Where the site answers, and the process id of its worker."""

    url: str
    worker: int


@contextmanager
def running_site() -> Iterator[Site]:
    """Start the site on a free port and stop it at the end; the tables must be there."""
    port = ports.free_port()
    url = f"http://{ports.HOST}:{port}"
    os.environ.update(PORT=str(port), BASE_URL=url)
    os.environ.setdefault("LOG_LEVEL", "WARNING")
    worker = commands.celery_worker()
    with Supervisor(ROOT, [commands.web(port), commands.scheduler(), worker]) as supervisor:
        supervisor.wait_until_ready(f"{url}/readyz")
        assert worker.process is not None
        yield Site(url, worker.process.pid)


def peak_memory(process: int) -> dict[int, int]:
    """The peak resident memory of a process and all below it, in bytes by process id."""
    return {member: _peak(member) for member in [process, *_below(process)]}


def _below(process: int) -> list[int]:
    try:
        text = Path(f"/proc/{process}/task/{process}/children").read_text()
    except OSError:
        return []
    children = [int(child) for child in text.split()]
    return [member for child in children for member in (child, *_below(child))]


def _peak(process: int) -> int:
    try:
        lines = Path(f"/proc/{process}/status").read_text().splitlines()
    except OSError:
        return 0
    return next((int(line.split()[1]) * 1024 for line in lines if line.startswith("VmHWM:")), 0)
