"""The lines of a text in whatever encoding it has."""

import codecs
import io
import re
from collections.abc import Iterator

from ingest.errors import (
    CellTooLong,
    EncodingBroken,
    NulBytes,
    TooManyColumns,
    TruncatedFile,
    UnknownEncoding,
)
from ingest.readers import encodings
from ingest.readers.source import Source

_BEYOND_ASCII = re.compile(rb"[\x80-\xff]")


class Text:
    """The lines of a source; finds the encoding by itself unless it is chosen.

    A byte-order mark decides, or zeros where UTF-16 has them. Otherwise everything is plain ASCII until the
    first chunk that is not; that chunk tells UTF-8, GB18030 and Big5 apart. `encoding` says what has
    been found so far.

    Raises UnknownEncoding for a choice that is not offered.
    """

    def __init__(self, source: Source, encoding: str = "") -> None:
        self.source = source
        chosen = encodings.chosen(encoding) if encoding else ""
        if encoding and not chosen:
            raise UnknownEncoding(encoding=encoding[:20])
        found = encodings.marked(source.head) or chosen or encodings.wide(source.head)
        self.encoding = found or "utf-8"
        self._decoder = codecs.getincrementaldecoder(found)() if found else None
        self._line = 1

    def blocks(self) -> Iterator[list[str]]:
        """Every line, without its line feed, as many at a time as one chunk of bytes has.

        Raises UnknownEncoding, EncodingBroken, NulBytes, TruncatedFile, CellTooLong, TooManyColumns,
        TooLarge.
        """
        newlines = io.IncrementalNewlineDecoder(None, translate=True)
        tail: list[str] = []
        length = 0
        for text in self._texts():
            lines = str(newlines.decode(text)).split("\n")
            tail.append(lines[0])
            length += len(lines[0])
            if len(lines) > 1:
                lines[0] = "".join(tail)
                tail = [lines.pop()]
                length = len(tail[0])
                self._line += len(lines)
                yield lines
            if length > self.source.limits.line_chars:
                self._refuse_line(tail)
        last = "".join(tail) + str(newlines.decode("", final=True)).rstrip("\n")
        if last:
            yield [last]

    def lines(self) -> Iterator[str]:
        """Every line by itself; raises what `blocks` raises."""
        for block in self.blocks():
            yield from block

    def _refuse_line(self, tail: list[str]) -> None:
        line = "".join(tail)
        if max(line.count(mark) for mark in ",;\t|") > self.source.limits.columns:
            raise TooManyColumns(limit=self.source.limits.columns)
        raise CellTooLong(limit=self.source.limits.line_chars, line=self._line)

    def _texts(self) -> Iterator[str]:
        for chunk in self.source.chunks():
            text = self._decode(chunk)
            if "\0" in text:
                raise NulBytes(line=self._line + text[: text.index("\0")].count("\n"))
            yield text
        if self._decoder is not None:
            self._finish()

    def _decode(self, chunk: bytes) -> str:
        if self._decoder is None:
            if chunk.isascii():
                return chunk.decode("ascii")
            self._decide(chunk)
        assert self._decoder is not None
        before = self._decoder.getstate()
        try:
            return self._decoder.decode(chunk)
        except UnicodeError:
            self._decoder.setstate(before)
            raise self._broken(chunk) from None

    def _decide(self, chunk: bytes) -> None:
        first = _BEYOND_ASCII.search(chunk)
        assert first is not None
        if b"\0" in chunk:
            raise NulBytes(line=self._line + chunk[: chunk.index(b"\0")].count(b"\n"))
        name = encodings.told_apart(chunk[first.start() :])
        if not name:
            raise UnknownEncoding(line=self._line + chunk[: first.start()].count(b"\n"))
        self.encoding, self._decoder = name, codecs.getincrementaldecoder(name)()

    def _broken(self, chunk: bytes) -> UnknownEncoding:
        """The error for a chunk that is not wholly in the encoding found, with the line where that shows."""
        assert self._decoder is not None
        good = 0
        for at in range(len(chunk)):
            try:
                good += self._decoder.decode(chunk[at : at + 1]).count("\n")
            except UnicodeError:
                break
        return EncodingBroken(encoding=self.encoding, line=self._line + good)

    def _finish(self) -> None:
        assert self._decoder is not None
        try:
            self._decoder.decode(b"", final=True)
        except UnicodeError:
            raise TruncatedFile from None
