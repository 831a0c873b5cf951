"""Answering while a body is still coming, with bounded memory, to clients that listen at once or afterwards.

Three do it together: one reads lines from the body into a buffer that is small, one takes what has come and
acts on it, one hands out the answers. The reader stops while the buffer is full, so nothing is read faster
than it is acted on. Answers that a client does not take yet lie in a temporary file (they hold no personal
data): a client that sends everything before it listens would otherwise wait for us, and we for it. The last
answer stays in memory, since it may quote a column's name.
"""

import tempfile
from collections.abc import Callable, Iterator
from functools import partial
from itertools import islice
from threading import Condition, Thread
from typing import Any

LINES, BYTES = 2_000, 4 << 20
BATCH = 1_000
LINE = 1 << 16
LULL = 0.02
"""So many seconds a batch waits for more lines after its first."""
SILENCE = 30.0

Act = Callable[[list[bytes]], bytes]


def lines_of(read: Callable[[int], bytes], *, length: int | None) -> Iterator[bytes]:
    """The body's lines without their ends, cut at `LINE` bytes; the last one counts without an end too.

    A body whose length nobody said is read to the end of each line and no further: more than what has come
    must not be waited for, since its sender may be waiting for an answer.
    """
    if length is None:
        yield from _exactly(partial(read, 1))
    else:
        yield from _by_blocks(read, length)


def _exactly(one: Callable[[], bytes]) -> Iterator[bytes]:
    while True:
        letters = list(islice(iter(one, b"\n"), LINE))
        line = b"".join(letters)
        over = len(letters) == LINE and len(line) < LINE
        if line or not over:
            yield line
        if over:
            return
        if len(line) == LINE:
            _skip(one)


def _skip(one: Callable[[], bytes]) -> None:
    while one() not in (b"\n", b""):
        pass


def _by_blocks(read: Callable[[int], bytes], length: int) -> Iterator[bytes]:
    rest, left = b"", length
    while left and (block := read(min(LINE, left))):
        left -= len(block)
        *whole, rest = (rest + block).split(b"\n")
        yield from (line[:LINE] for line in whole)
        rest = rest[: LINE + 1]
    if rest:
        yield rest[:LINE]


class Duplex:
    """One body and its answers. Iterating gives the answers as they come; `close` ends all of it."""

    def __init__(
        self, lines: Iterator[bytes], act: Act, *, last: Callable[[], bytes], idle: Callable[[], Any]
    ) -> None:
        """`act` answers a batch of lines, `last` the end, whatever it was; `idle` is called in silence.

        All three are called in one thread of their own. An exception of `act` ends the body: it must answer
        what may go wrong itself.
        """
        self._act, self._last, self._idle = act, last, idle
        self._changed = Condition()
        self._waiting: list[bytes] = []
        self._size = 0
        self._whole = self._stopped = self._over = False
        self._answers: Any = tempfile.TemporaryFile()  # noqa: SIM115  (closed when both are done with it)
        self._written = self._given = 0
        self._farewell = b""
        self._reader = Thread(target=self._read, args=(lines,), daemon=True)
        self._worker = Thread(target=self._work, daemon=True)

    def start(self) -> None:
        """Begin to read, and to act."""
        self._reader.start()
        self._worker.start()

    def __iter__(self) -> Iterator[bytes]:
        """The answers; waits for more of them until the last."""
        try:
            while (answer := self._next()) is not None:
                yield answer
        finally:
            self.close()

    def close(self) -> None:
        """End it: what was read and not acted on is dropped, what is being acted on comes to its end."""
        self.stop()
        self._worker.join()
        self._answers.close()

    def stop(self) -> None:
        """Take no more lines."""
        with self._changed:
            self._stopped = True
            self._changed.notify_all()

    def _read(self, lines: Iterator[bytes]) -> None:
        try:
            for line in lines:
                if not self._put(line):
                    return
        except OSError:
            pass  # the line broke: what came before it counts
        finally:
            with self._changed:
                self._whole = True
                self._changed.notify_all()

    def _put(self, line: bytes) -> bool:
        with self._changed:
            self._changed.wait_for(
                lambda: self._stopped or (len(self._waiting) < LINES and self._size < BYTES)
            )
            self._waiting.append(line)
            self._size += len(line)
            self._changed.notify_all()
            return not self._stopped

    def _take(self) -> list[bytes] | None:
        """What has come; [] in silence, None at the end."""
        with self._changed:
            if not self._changed.wait_for(lambda: self._waiting or self._whole or self._stopped, SILENCE):
                return []
            self._changed.wait_for(lambda: len(self._waiting) >= BATCH or self._whole or self._stopped, LULL)
            if self._stopped or not self._waiting:
                return None
            taken, self._waiting = self._waiting[:BATCH], self._waiting[BATCH:]
            self._size -= sum(map(len, taken))
            self._changed.notify_all()
            return taken

    def _work(self) -> None:
        try:
            while (lines := self._take()) is not None:
                if lines:
                    self._give(self._act(lines))
                else:
                    self._idle()
        finally:
            try:
                self._farewell = self._last()
            finally:
                with self._changed:
                    self._over = self._stopped = True
                    self._changed.notify_all()

    def _give(self, answer: bytes) -> None:
        with self._changed:
            self._answers.seek(self._written)
            self._answers.write(answer)
            self._written += len(answer)
            self._changed.notify_all()

    def _next(self) -> bytes | None:
        with self._changed:
            self._changed.wait_for(lambda: self._given < self._written or self._over)
            if self._given == self._written:
                farewell, self._farewell = self._farewell, b""
                return farewell or None
            self._answers.seek(self._given)
            answer: bytes = self._answers.read(min(self._written - self._given, LINE))
            self._given += len(answer)
            return answer
