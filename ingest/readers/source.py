"""Bytes as they arrive: counted, with a head to look at."""

import io
from collections.abc import Iterator
from typing import BinaryIO

from ingest.errors import TooLarge
from ingest.readers.limits import Limits

CHUNK = 64 * 1024


class Source:
    """A stream of bytes read once, forward; `head` is its first 64 KiB."""

    def __init__(self, stream: BinaryIO, limits: Limits) -> None:
        self.stream = stream
        self.limits = limits
        self.head = _fill(stream)

    def chunks(self) -> Iterator[bytes]:
        """All bytes in chunks of at most 64 KiB. Raises TooLarge when the limit is passed."""
        count, chunk = 0, self.head
        while chunk:
            count += len(chunk)
            if count > self.limits.bytes:
                raise TooLarge(limit=self.limits.bytes)
            yield chunk
            chunk = _fill(self.stream)

    def seekable(self, limit: int) -> BinaryIO:
        """A stream of all bytes that can be searched: the original if it can, else a copy in memory.

        Raises TooLarge beyond `limit` bytes.
        """
        if self.stream.seekable():
            if self.stream.seek(0, io.SEEK_END) > limit:
                raise TooLarge(limit=limit)
            self.stream.seek(0)
            return self.stream
        copy = io.BytesIO()
        for chunk in self.chunks():
            if copy.tell() + len(chunk) > limit:
                raise TooLarge(limit=limit)
            copy.write(chunk)
        copy.seek(0)
        return copy


def _fill(stream: BinaryIO) -> bytes:
    # Raw streams may give less than asked for before their end.
    parts, missing = [], CHUNK
    while missing and (part := stream.read(missing)):
        parts.append(part)
        missing -= len(part)
    return b"".join(parts)
