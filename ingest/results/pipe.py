"""A place where archives are written to and taken from at once, so that none of them stands on a disk."""

import io

PIECE = 1 << 16
"""Bytes after which what was written is worth sending."""


class Pipe(io.RawIOBase):
    """Keeps what is written until it is taken."""

    def __init__(self) -> None:
        super().__init__()
        self._parts: list[bytes] = []
        self.size = 0

    def writable(self) -> bool:
        return True

    def write(self, data: bytes) -> int:  # type: ignore[override]  # zipfile writes bytes alone
        """Keep these bytes; returns how many."""
        self._parts.append(bytes(data))
        self.size += len(data)
        return len(data)

    def take(self) -> bytes:
        """Everything since the last time."""
        taken, self._parts, self.size = b"".join(self._parts), [], 0
        return taken
