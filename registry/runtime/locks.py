"""One live run per project: a lock that the kernel lets go of when its holder dies, however it dies."""

import fcntl
import json
import os
import time
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import IO

from registry.runtime.errors import AlreadyRunning
from registry.runtime.folders import private_folder
from registry.runtime.voice import say


@dataclass(frozen=True)
class Holder:
    """The run that holds the lock: who, since when, and the settings of the services it started."""

    pid: int
    command: str
    since: str
    settings: dict[str, str]


class RunLock:
    """The lock file `path` (mode 0600, since it names addresses with passwords)."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._file: IO[str] | None = None

    def take(self, command: str) -> None:
        """Take the lock; what a killed run left in it is reported and cleared. Raises AlreadyRunning."""
        private_folder(self.path.parent)
        file = os.fdopen(os.open(self.path, os.O_RDWR | os.O_CREAT, 0o600), "r+")
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            file.close()
            raise self._already_running() from None
        self._file = file
        former = self.holder()
        if former:
            who = f"{former.command}, process {former.pid}"
            say(f"stale lock: the former run ({who}) was killed; cleaning up after it")
        self.note(command, {})

    def note(self, command: str, settings: dict[str, str]) -> None:
        """Write who holds the lock and where its services are, for other commands to use."""
        assert self._file is not None
        holder = Holder(os.getpid(), command, time.strftime("%Y-%m-%d %H:%M"), settings)
        self._write(json.dumps(asdict(holder)))

    def release(self) -> None:
        """Let go. Does nothing if the lock is not held."""
        if self._file is None:
            return
        self._write("")
        self._file.close()
        self._file = None

    def holder(self) -> Holder | None:
        """What the file says about its holder; None if it says nothing."""
        try:
            return Holder(**json.loads(self.path.read_text()))
        except (OSError, ValueError, TypeError):
            return None

    def _write(self, text: str) -> None:
        assert self._file is not None
        self._file.seek(0)
        self._file.truncate()
        self._file.write(text)
        self._file.flush()

    def _already_running(self) -> AlreadyRunning:
        holder = self.holder()
        if holder is None:
            return AlreadyRunning(
                "Another run of this project is just starting or stopping.", "Try again in a moment."
            )
        return AlreadyRunning(
            f"Another run is live: {holder.command}, process {holder.pid}, since {holder.since}.",
            f"Use that one, or stop it first: Ctrl-C in its terminal, or kill {holder.pid}",
        )
