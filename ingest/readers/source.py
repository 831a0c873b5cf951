"""Bytes as they arrive: counted, with a head to look at, decoded to lines in whatever encoding they have."""

import codecs
import io
from collections.abc import Iterator
from typing import BinaryIO

from ingest.errors import CellTooLong, NulBytes, TooLarge, TooManyColumns, TruncatedFile, UnknownEncoding
from ingest.readers.table import Limits

CHUNK = 64 * 1024
_MARKS = ((codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))


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


class Text:
    """The lines of a source, each ending in a line feed; finds the encoding by itself.

    A byte-order mark decides. Otherwise everything is plain ASCII until the first chunk that is not; that
    chunk is UTF-8 if it can be, else GB18030. `encoding` says what has been found so far.
    """

    def __init__(self, source: Source) -> None:
        self.source = source
        marked = [name for mark, name in _MARKS if source.head.startswith(mark)]
        self.encoding = marked[0] if marked else "utf-8"
        self._decoder = codecs.getincrementaldecoder(marked[0])() if marked else None

    def lines(self) -> Iterator[str]:
        """Every line.

        Raises UnknownEncoding, NulBytes, TruncatedFile, CellTooLong, TooManyColumns, TooLarge.
        """
        newlines = io.IncrementalNewlineDecoder(None, translate=True)
        tail: list[str] = []
        length = 0
        for text in self._texts():
            first, *rest = str(newlines.decode(text)).split("\n")
            tail.append(first)
            length += len(first)
            if rest:
                yield "".join(tail) + "\n"
                yield from [line + "\n" for line in rest[:-1]]
                tail, length = [rest[-1]], len(rest[-1])
            if length > self.source.limits.line_chars:
                self._refuse_line(tail)
        last = "".join(tail) + str(newlines.decode("", final=True)).rstrip("\n")
        if last:
            yield last + "\n"

    def _refuse_line(self, tail: list[str]) -> None:
        line = "".join(tail)
        if max(line.count(mark) for mark in ",;\t|") > self.source.limits.columns:
            raise TooManyColumns(limit=self.source.limits.columns)
        raise CellTooLong(limit=self.source.limits.line_chars)

    def _texts(self) -> Iterator[str]:
        for chunk in self.source.chunks():
            text = self._decode(chunk)
            if "\0" in text:
                raise NulBytes
            yield text
        if self._decoder is not None:
            self._finish()

    def _decode(self, chunk: bytes) -> str:
        if self._decoder is None:
            if chunk.isascii():
                return chunk.decode("ascii")
            return self._decide(chunk)
        try:
            return self._decoder.decode(chunk)
        except UnicodeError:
            raise UnknownEncoding(encoding=self.encoding) from None

    def _decide(self, chunk: bytes) -> str:
        if b"\0" in chunk:
            raise NulBytes
        for name in ("utf-8", "gb18030"):
            decoder = codecs.getincrementaldecoder(name)()
            try:
                text = decoder.decode(chunk)
            except UnicodeError:
                continue
            self.encoding, self._decoder = name, decoder
            return text
        raise UnknownEncoding

    def _finish(self) -> None:
        assert self._decoder is not None
        try:
            self._decoder.decode(b"", final=True)
        except UnicodeError:
            raise TruncatedFile from None
