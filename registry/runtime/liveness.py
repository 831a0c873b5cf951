"""Is a process that a file names still the one that wrote the file? Process numbers are used again."""

import os
import signal
import time
from pathlib import Path


def alive(pid: int) -> bool:
    """Whether a process with this number exists (and is no zombie), whoever owns it."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return state_of(pid) != "Z"


def state_of(pid: int) -> str:
    """The kernel's one-letter state of a process; empty where /proc does not tell."""
    return _stat(pid)[0] if _stat(pid) else ""


def started_at(pid: int) -> str:
    """When a process started, in the kernel's ticks; empty where /proc does not tell."""
    fields = _stat(pid)
    return fields[19] if len(fields) > 19 else ""


def _stat(pid: int) -> list[str]:
    try:
        text = Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return []
    return text.rpartition(")")[2].split()


def works_in(pid: int, folder: Path) -> bool:
    """Whether the process's working folder is `folder`, as a PostgreSQL server's is its data folder."""
    try:
        return Path(os.readlink(f"/proc/{pid}/cwd")) == folder.resolve()
    except OSError:
        return False


def end(pid: int, *, first: int = signal.SIGINT, seconds: float = 10.0) -> None:
    """Stop a process that is not our child: ask, wait, then kill."""
    for sign in (first, signal.SIGKILL):
        try:
            os.kill(pid, sign)
        except ProcessLookupError:
            return
        if _gone_within(pid, seconds):
            return


def _gone_within(pid: int, seconds: float) -> bool:
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        if not alive(pid):
            return True
        time.sleep(0.05)
    return False
