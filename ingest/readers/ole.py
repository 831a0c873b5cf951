"""The container that XLS workbooks are in: a small file system of its own."""

import struct
from collections.abc import Iterator

from ingest.errors import ProtectedWorkbook, TextDocument, TruncatedFile, UnknownFormat

_FREE, _END = 0xFFFFFFFF, 0xFFFFFFFE


def workbook_stream(data: bytes) -> bytes:
    """The stream of records in a container.

    Raises ProtectedWorkbook, TextDocument (a .doc or .ppt), UnknownFormat, TruncatedFile.
    """
    try:
        entries = _Container(data)
        names = entries.names()
        if "encryptedpackage" in names:
            raise ProtectedWorkbook
        for name in ("workbook", "book"):
            if name in names:
                return entries.stream(*names[name])
    except (struct.error, IndexError, MemoryError):
        raise TruncatedFile from None
    if names.keys() & {"worddocument", "powerpoint document"}:
        raise TextDocument
    raise UnknownFormat


class _Container:
    """Sectors that name their followers; the streams in them by name."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        if len(data) < 512:
            raise TruncatedFile
        self._size = 1 << min(struct.unpack_from("<H", data, 30)[0], 16)
        self._small = 1 << min(struct.unpack_from("<H", data, 32)[0], 16)
        self._first, _, self._cutoff, small_table = struct.unpack_from("<IIII", data, 48)
        self._next: list[int] = []
        for sector in self._table_sectors():
            self._next += self._words(sector)
        self._small_next = [word for sector in self._chain(small_table) for word in self._words(sector)]
        self._small_data = b""

    def _table_sectors(self) -> Iterator[int]:
        most = len(self._data) // self._size + 1
        listed = list(struct.unpack_from("<109I", self._data, 76))
        more = struct.unpack_from("<I", self._data, 68)[0]
        while more < _END and len(listed) <= most + 109:
            words = self._words(more)
            listed += words[:-1]
            more = words[-1]
        yield from (sector for sector in listed[: most + 109] if sector < _END)

    def _words(self, sector: int) -> tuple[int, ...]:
        return struct.unpack_from(f"<{self._size // 4}I", self._data, (sector + 1) * self._size)

    def _chain(self, sector: int) -> Iterator[int]:
        for _ in range(len(self._data) // self._size + 1):
            if sector >= _END:
                return
            yield sector
            sector = self._next[sector]
        raise TruncatedFile

    def _joined(self, sector: int) -> bytes:
        pieces = [self._data[(s + 1) * self._size : (s + 2) * self._size] for s in self._chain(sector)]
        return b"".join(pieces)

    def names(self) -> dict[str, tuple[int, int]]:
        """First sector and size of each stream, by its name in lower case."""
        found: dict[str, tuple[int, int]] = {}
        directory = self._joined(self._first)
        for at in range(0, len(directory) - 127, 128):
            length = min(struct.unpack_from("<H", directory, at + 64)[0], 64)
            name = directory[at : at + max(0, length - 2)].decode("utf-16-le", "replace")
            start, size = struct.unpack_from("<II", directory, at + 116)
            if directory[at + 66] == 5:
                self._small_data = self._joined(start) if start < _END else b""
            found.setdefault(name.lower(), (start, size))
        return found

    def stream(self, start: int, size: int) -> bytes:
        """The bytes of a stream. Raises TruncatedFile if some are missing."""
        data = self._joined(start) if size >= self._cutoff else self._small_stream(start)
        if len(data) < size:
            raise TruncatedFile
        return data[:size]

    def _small_stream(self, sector: int) -> bytes:
        pieces = []
        for _ in range(len(self._small_data) // self._small + 1):
            if sector >= _END:
                break
            pieces.append(self._small_data[sector * self._small : (sector + 1) * self._small])
            sector = self._small_next[sector]
        return b"".join(pieces)
