"""The archive that a workbook is: its parts unpacked piece by piece, never more than allowed.

A small archive can unpack to terabytes, and its directory may lie about sizes. So nothing is unpacked that is
not needed, every part that is needed is counted while it is read, and no part is ever whole in memory.
"""

import zipfile
import zlib
from collections.abc import Callable, Iterator
from typing import BinaryIO
from xml.parsers import expat

from ingest.errors import ProtectedWorkbook, TooLarge, TruncatedFile, UnknownFormat, UnsafeWorkbook
from ingest.readers.limits import Limits

_PIECE = 64 * 1024
_MOST_PARTS = 5_000
_LONGEST = 1024**2
"""No element begins with more bytes: the parser keeps one whole, and looks at it anew with each piece."""
_ENCRYPTED = 0x1
UNREADABLE = (
    zipfile.BadZipFile,
    zlib.error,
    EOFError,
    NotImplementedError,
    RuntimeError,
    ValueError,
    OSError,
)
"""What unpacking a damaged archive raises."""


class Archive:
    """A zip file whose parts are read as streams.

    Raises TruncatedFile, TooLarge (too many parts, or more declared than may be unpacked), ProtectedWorkbook.
    """

    def __init__(self, stream: BinaryIO, limits: Limits) -> None:
        self.limits = limits
        try:
            self._zip = zipfile.ZipFile(stream)
        except UNREADABLE:
            raise TruncatedFile from None
        parts = self._zip.infolist()
        if len(parts) > _MOST_PARTS or sum(part.file_size for part in parts) > 2 * limits.unpacked_bytes:
            raise TooLarge(limit=limits.unpacked_bytes)
        if any(part.flag_bits & _ENCRYPTED for part in parts):
            raise ProtectedWorkbook
        self._parts = {part.filename.lower().lstrip("/"): part for part in parts}

    def __contains__(self, name: str) -> bool:
        return name.lower().lstrip("/") in self._parts

    @property
    def names(self) -> list[str]:
        """The parts' names in lower case."""
        return list(self._parts)

    def pieces(self, name: str, most: int = 0) -> Iterator[bytes]:
        """A part's content, at most `most` bytes of it. Raises UnknownFormat, TooLarge, TruncatedFile."""
        part = self._parts.get(name.lower().lstrip("/"))
        if part is None:
            raise UnknownFormat
        most, size = most or self.limits.unpacked_bytes, 0
        # The directory may lie about sizes: read until the data end, not until they are said to. Room for two
        # pieces more lets the limit be passed before the checksum of an unfinished part is looked at.
        part.file_size = most + 2 * _PIECE
        try:
            with self._zip.open(part) as data:
                while piece := data.read(_PIECE):
                    size += len(piece)
                    if size > most:
                        raise TooLarge(limit=most)
                    yield piece
        except UNREADABLE:
            raise TruncatedFile from None

    def whole(self, name: str, most: int) -> bytes:
        """A small part as a whole; raises what `pieces` raises."""
        return b"".join(self.pieces(name, most))


class Parser:
    """An XML parser that follows no entity: `start` and `end` are told of elements by their full names.

    `declared` is told what the XML declaration says: version, encoding, whether it stands alone.
    """

    def __init__(
        self,
        start: Callable[[str, dict[str, str]], None] | None = None,
        end: Callable[[str], None] | None = None,
        declared: Callable[[str, str | None, int], None] | None = None,
    ) -> None:
        self._parser = expat.ParserCreate()
        self._fed = 0
        self._parser.buffer_text = True
        self._parser.StartDoctypeDeclHandler = _refuse
        self._parser.EntityDeclHandler = _refuse
        self._parser.XmlDeclHandler = declared
        self._parser.StartElementHandler = start
        self._parser.EndElementHandler = end

    @property
    def at(self) -> int:
        """Where that begins which is being told of, in bytes from the start of what was fed."""
        return self._parser.CurrentByteIndex

    def gather(self, text: list[str] | None) -> None:
        """Have the characters that follow added to `text`; None for nowhere."""
        self._parser.CharacterDataHandler = None if text is None else text.append

    def feed(self, piece: bytes, final: bool = False) -> None:
        """Take the next piece. Raises TruncatedFile (the XML ends early or is damaged), UnsafeWorkbook."""
        try:
            self._parser.Parse(piece, final)
        except expat.ExpatError:
            raise TruncatedFile from None
        self._fed += len(piece)
        if not final and self._fed - self._parser.CurrentByteIndex > _LONGEST:
            raise UnsafeWorkbook


def local(name: str) -> str:
    """An element's or attribute's name without its prefix."""
    return name.rpartition(":")[2]


def _refuse(*_about: object) -> None:
    raise UnsafeWorkbook
