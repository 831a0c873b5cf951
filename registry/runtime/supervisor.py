"""Starts the site's processes, watches them, and stops them all together, whatever the reason."""

import signal
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Sequence
from pathlib import Path
from types import FrameType
from typing import Any

from registry.runtime.environment import child_environment
from registry.runtime.errors import ChildDied, LaunchError, ServiceFailed
from registry.runtime.privileges import die_with_parent
from registry.runtime.processes import Child
from registry.runtime.services import Embedded
from registry.runtime.voice import say

TICK = 0.1
SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class Stopped(BaseException):
    """Somebody asked us to stop: Ctrl-C or a signal."""


class Supervisor:
    """Runs `children` in `folder`, and watches them together with the embedded services.

    Use as a context: leaving it, by any road, stops every child in the order they are given.
    """

    def __init__(self, folder: Path, children: Sequence[Child], services: Sequence[Embedded] = ()) -> None:
        self.folder = folder
        self.children = children
        self.services = services
        self._former: dict[int, Any] = {}
        self._stopping = False

    def __enter__(self) -> "Supervisor":
        for number in SIGNALS:
            self._former[number] = signal.signal(number, self._on_signal)
        try:
            for child in self.children:
                child.start(self.folder)
        except BaseException:
            self.stop()
            raise
        return self

    def __exit__(self, kind: type[BaseException] | None, error: object, trace: object) -> bool:
        self.stop()
        return kind is not None and issubclass(kind, Stopped)

    def stop(self) -> None:
        """Ask all to stop, then wait for each; a second signal kills them at once."""
        self._stopping = True
        for child in self.children:
            child.ask_to_stop()
        for child in self.children:
            child.wait_or_kill()
        for number, former in self._former.items():
            signal.signal(number, former)

    def check(self) -> None:
        """Raise ChildDied or ServiceFailed if something that should run does not."""
        for child in self.children:
            status = child.status()
            if status is not None:
                child.hear_out()
                last = "\n     ".join(child.tail) or "(it said nothing)"
                raise ChildDied(f"The {child.name} {how_it_ended(status)}. Its last lines:", last)
        for service in self.services:
            if service.process is None or service.process.poll() is not None:
                name = type(service).__name__
                raise ServiceFailed(
                    f"The embedded {name} ended by itself. Its last lines:", service.last_words()
                )

    def wait_until_ready(self, url: str, seconds: float = 90.0) -> None:
        """Wait until `url` answers 200. Raises what `check` raises, or LaunchError when time is up."""
        until, answer = time.monotonic() + seconds, "nothing"
        while time.monotonic() < until:
            self.check()
            answer = probe(url)
            if answer == "200":
                return
            time.sleep(TICK)
        raise LaunchError(f"The site was not ready within {seconds:.0f} s; {url} last answered {answer}.")

    def run(self, command: list[str], name: str) -> int:
        """Run one more program in the foreground while watching the others; returns its exit status."""
        process = subprocess.Popen(
            command,
            cwd=self.folder,
            env=child_environment(),
            start_new_session=True,
            preexec_fn=die_with_parent(),
        )
        try:
            while process.poll() is None:
                self.check()
                time.sleep(TICK)
        finally:
            if process.poll() is None:
                say(f"stopping {name}")
                process.kill()
                process.wait()
        return process.returncode

    def watch(self) -> None:
        """Watch until a signal comes (Stopped) or a child dies (ChildDied)."""
        while True:
            self.check()
            time.sleep(TICK)

    def _on_signal(self, number: int, frame: FrameType | None) -> None:
        if self._stopping:
            for child in self.children:
                child.kill()
            return
        self._stopping = True
        say("stopping …")
        raise Stopped


def how_it_ended(status: int) -> str:
    """An exit status in words."""
    if status >= 0:
        return f"ended by itself with status {status}"
    try:
        return f"was killed by {signal.Signals(-status).name}"
    except ValueError:
        return f"was killed by signal {-status}"


def probe(url: str) -> str:
    """The status a URL answers with, or "nothing"."""
    try:
        with urllib.request.urlopen(url, timeout=5) as answer:  # noqa: S310  (our own address on this host)
            return str(answer.status)
    except urllib.error.HTTPError as error:
        return str(error.code)
    except OSError:
        return "nothing"
