"""Sealed files: segments of 1 MiB, written and read in constant memory (docs/sealing.md, "Files").

1. The header is a version byte and 16 random bytes of salt.
2. HKDF-SHA-256 turns the file's key and the salt into the key of this one writing, so that a file written
   a second time under its key shares no nonce and no segment with the first.
3. Each segment is AES-256-GCM under that key; its nonce and its binding both hold its number and whether it
   is the last. A segment lost, added, repeated or moved breaks the seal.
4. A reader opens the last segment before it gives out anything: a file cut short or lengthened is refused
   at once, and not after half of it has been worked on.

The construction follows STREAM (Hoang, Reyhanitabar, Rogaway, Vizár 2015).
"""

import io
import os
from types import TracebackType
from typing import TYPE_CHECKING, BinaryIO, Self
from uuid import UUID

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from registry.vault.aead import KEY_BYTES, TAG_BYTES
from registry.vault.encoding import VERSION, VERSION_BYTE, bind, number
from registry.vault.errors import SealBroken
from registry.vault.opened import OpenedKey
from registry.vault.sealing import DataKey

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer

SEGMENT_BYTES = 1 << 20
SALT_BYTES = 16
HEADER_BYTES = 1 + SALT_BYTES

_SEALED_SEGMENT = SEGMENT_BYTES + TAG_BYTES


class _Stream(OpenedKey):
    """The key of one writing of one file."""

    __slots__ = ("_cipher", "_file")

    def __init__(self, key: DataKey, salt: bytes, file: UUID) -> None:
        info = bind(b"file-stream", file.bytes)
        self._cipher = AESGCM(
            HKDF(algorithm=SHA256(), length=KEY_BYTES, salt=salt, info=info).derive(key.secret)
        )
        self._file = file.bytes

    def seal(self, segment: bytes, index: int, last: bool) -> bytes:
        return self._cipher.encrypt(_nonce(index, last), segment, self._bound(index, last))

    def open(self, sealed: bytes, index: int, last: bool) -> bytes:
        try:
            return self._cipher.decrypt(_nonce(index, last), sealed, self._bound(index, last))
        except InvalidTag:
            raise SealBroken(f"segment {index} of a staged file is damaged") from None

    def _bound(self, index: int, last: bool) -> bytes:
        return bind(b"segment", self._file, number(index, 8), number(last, 1))


def _nonce(index: int, last: bool) -> bytes:
    return number(last, 4) + number(index, 8)


class SegmentWriter:
    """Seals what is written to it into `out`, which stays open. `close` (or leaving `with`) seals the end.

    Leaving `with` by an exception seals no end, so the torn file never opens. Memory: two segments.
    """

    def __init__(self, out: BinaryIO, key: DataKey, *, file: UUID) -> None:
        salt = os.urandom(SALT_BYTES)
        self._stream = _Stream(key, salt, file)
        self._out = out
        self._held = bytearray()
        self._index = 0
        self.closed = False
        out.write(VERSION_BYTE + salt)

    def write(self, data: bytes | bytearray | memoryview) -> int:
        """Take `data` in; returns its length in bytes. Raises ValueError after `close`."""
        if self.closed:
            raise ValueError("the sealed file is complete")
        with memoryview(data).cast("B") as view:
            for start in range(0, len(view), SEGMENT_BYTES):
                self._held += view[start : start + SEGMENT_BYTES]
                self._release()
            return len(view)

    def close(self) -> None:
        """Seal the last segment. A second call does nothing."""
        if not self.closed:
            self.closed = True
            self._put(bytes(self._held), last=True)
            self._held.clear()

    def _release(self) -> None:
        """Put out a full segment, but hold the newest back: it may turn out to be the last."""
        if len(self._held) > SEGMENT_BYTES:
            self._put(bytes(self._held[:SEGMENT_BYTES]), last=False)
            del self._held[:SEGMENT_BYTES]

    def _put(self, segment: bytes, *, last: bool) -> None:
        self._out.write(self._stream.seal(segment, self._index, last))
        self._index += 1

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if kind is None:
            self.close()
        self.closed = True


class SegmentReader(io.RawIOBase):
    """The plaintext of a sealed file as a raw, seekable stream; put `io.BufferedReader` around it.

    `source` is seekable and stays open. Raises SealBroken from the constructor for a file cut short,
    lengthened, of another id or under another key, and from `readinto` for damage further in.
    Memory: two segments, however large the file.
    """

    def __init__(self, source: BinaryIO, key: DataKey, *, file: UUID) -> None:
        super().__init__()
        self._source = source
        self._last, self.size = _measure(source.seek(0, io.SEEK_END))
        source.seek(0)
        header = source.read(HEADER_BYTES)
        if header[0] != VERSION:
            raise SealBroken("unknown version of a staged file")
        self._stream = _Stream(key, header[1:], file)
        self._position = 0
        self._index = self._last
        self._segment = self._load(self._last)

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def tell(self) -> int:
        return self._position

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        """Move to a byte of the plaintext; moving past the end is allowed and reads nothing."""
        base = {io.SEEK_SET: 0, io.SEEK_CUR: self._position, io.SEEK_END: self.size}[whence]
        if base + offset < 0:
            raise ValueError("a position before the start")
        self._position = base + offset
        return self._position

    def readinto(self, buffer: "WriteableBuffer") -> int:
        """Fill `buffer` as far as the present segment reaches; 0 at the end. Raises SealBroken."""
        index, start = divmod(self._position, SEGMENT_BYTES)
        if self._position >= self.size:
            return 0
        if index != self._index:
            self._segment, self._index = self._load(index), index
        with memoryview(buffer).cast("B") as room:
            piece = self._segment[start : start + len(room)]
            room[: len(piece)] = piece
        self._position += len(piece)
        return len(piece)

    def _load(self, index: int) -> bytes:
        self._source.seek(HEADER_BYTES + index * _SEALED_SEGMENT)
        return self._stream.open(self._source.read(_SEALED_SEGMENT), index, index == self._last)


def _measure(sealed_size: int) -> tuple[int, int]:
    """The number of the last segment and the plaintext's size. Raises SealBroken for impossible sizes."""
    body = sealed_size - HEADER_BYTES
    last, rest = divmod(body - 1, _SEALED_SEGMENT)
    if body < TAG_BYTES or rest + 1 < TAG_BYTES:
        raise SealBroken("a staged file is cut short")
    return last, body - (last + 1) * TAG_BYTES
