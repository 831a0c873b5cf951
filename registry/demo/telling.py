"""How the story is told: short plain lines, a bar on long steps, and a loud end where a step did not hold."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TextIO

_BAR = 28
_EVERY = 5.0
"""Seconds between lines of progress where there is no terminal to draw a bar on."""


class StepFailed(Exception):
    """A step of the story did not hold; the message says what was expected and what was found."""


def require(what: str, found: object, expected: object) -> None:
    """Raises StepFailed unless what was found is what must be."""
    if found != expected:
        raise StepFailed(f"{what}: expected {expected}, found {found}")


def require_that(what: str, holds: bool) -> None:
    """Raises StepFailed unless it holds; `what` says what was expected."""
    if not holds:
        raise StepFailed(f"expected: {what}")


class Telling:
    """Writes the account to `out`; bars are drawn only where that is a terminal."""

    def __init__(self, out: TextIO) -> None:
        self._out = out
        self._terminal = out.isatty()
        self._chapter = 0

    def chapter(self, title: str) -> None:
        """A numbered heading."""
        self._chapter += 1
        self.line(f"\n{self._chapter}. {title}")

    def line(self, text: str = "") -> None:
        """One line of the account."""
        self._out.write(f"{text}\n")
        self._out.flush()

    def fact(self, text: str) -> None:
        """One thing that happened, under the heading."""
        self.line(f"   {text}")

    def table(self, rows: list[tuple[str, str]]) -> None:
        """Pairs in two columns, the first as wide as its widest."""
        width = max((columns(name) for name, _ in rows), default=0)
        for name, text in rows:
            self.fact(f"{name}{' ' * (width - columns(name))}  {text}")

    @contextmanager
    def progress(self, what: str) -> Iterator["Bar"]:
        """A bar for a long step, gone when the step is done."""
        bar = Bar(self._out, self._terminal, what)
        try:
            yield bar
        finally:
            bar.clear()


class Bar:
    """Progress of one step: a bar that is redrawn, or now and then a plain line."""

    def __init__(self, out: TextIO, terminal: bool, what: str) -> None:
        self._out, self._terminal, self._what = out, terminal, what
        self._told = time.monotonic()

    def show(self, share: float, note: str = "") -> None:
        """Say how far it is, 0 to 1."""
        if self._terminal:
            filled = int(_BAR * min(max(share, 0.0), 1.0))
            self._write(f"\r   {'█' * filled}{'·' * (_BAR - filled)} {share:4.0%} {self._what} {note}\033[K")
        elif time.monotonic() - self._told >= _EVERY:
            self._told = time.monotonic()
            self._write(f"   … {self._what}: {share:.0%} {note}".rstrip() + "\n")

    def clear(self) -> None:
        """Take the bar away."""
        if self._terminal:
            self._write("\r\033[K")

    def _write(self, text: str) -> None:
        self._out.write(text)
        self._out.flush()


def columns(text: str) -> int:
    """How many columns a terminal gives the text: two for each Chinese character."""
    return sum(2 if ord(letter) > 0x2E7F else 1 for letter in text)
