"""A child process in a group of its own, whose output is passed on line by line under its name."""

import os
import signal
import subprocess
import sys
import threading
from collections import deque
from pathlib import Path

from registry.runtime.environment import child_environment
from registry.runtime.privileges import die_with_parent

WIDTH = 10
TAIL = 12
LAST_WORDS = 5.0  # seconds


class Child:
    """One named process. It ends with us, even if we are killed."""

    def __init__(self, name: str, command: list[str], *, patience: float = 10.0) -> None:
        self.name = name
        self.command = command
        self.patience = patience
        self.tail: deque[str] = deque(maxlen=TAIL)
        self.process: subprocess.Popen[str] | None = None
        self._reader: threading.Thread | None = None

    def start(self, folder: Path) -> None:
        """Start it in `folder`. Call from the main thread, which the kernel ties the child to."""
        self.process = subprocess.Popen(
            self.command,
            cwd=folder,
            env=child_environment(),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
            start_new_session=True,
            preexec_fn=die_with_parent(signal.SIGTERM),
        )
        self._reader = threading.Thread(target=self._pass_on, daemon=True)
        self._reader.start()

    def status(self) -> int | None:
        """Its exit status, or None while it runs."""
        return None if self.process is None else self.process.poll()

    def ask_to_stop(self) -> None:
        """Ask it to finish; it stops its own helpers."""
        self._signal_group(signal.SIGTERM, only_leader=True)

    def wait_or_kill(self) -> None:
        """Wait as long as its patience says, then kill the whole group."""
        if self.process is None:
            return
        try:
            self.process.wait(self.patience)
        except subprocess.TimeoutExpired:
            self.tail.append(f"did not stop within {self.patience:.0f} s and was killed")
        self.kill()

    def hear_out(self) -> None:
        """Wait for the last lines of a process that ended; not for ever, as a helper may still speak."""
        if self._reader:
            self._reader.join(LAST_WORDS)

    def kill(self) -> None:
        """Kill what is left of the group."""
        if self.process is None:
            return
        self._signal_group(signal.SIGKILL, only_leader=False)
        self.process.wait()
        self.hear_out()

    def _signal_group(self, number: int, *, only_leader: bool) -> None:
        assert self.process is not None
        try:
            if only_leader:
                self.process.send_signal(number)
            else:
                os.killpg(self.process.pid, number)
        except ProcessLookupError:
            return

    def _pass_on(self) -> None:
        assert self.process is not None
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self.tail.append(line.rstrip())
            print(f"{self.name:<{WIDTH}}| {line.rstrip()}", file=sys.stderr, flush=True)
