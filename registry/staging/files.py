"""Files on disk, sealed from their first byte to their destruction."""

import errno
import io
import os
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from uuid import UUID

from django.conf import settings

from registry import keys
from registry.errors import RegistryError
from registry.vault import (
    DataKey,
    SegmentReader,
    SegmentWriter,
    new_secret,
    unwrap_file_key,
    wrap_file_key,
)

_NAME = "staging"
_DISK = {
    errno.ENOSPC,
    errno.EDQUOT,
    errno.EFBIG,
    errno.EROFS,
    errno.EACCES,
    errno.EPERM,
    errno.EIO,
    errno.ENOTDIR,
}


class StagingFull(RegistryError):
    """The disk for partners' files is full or cannot be written; nothing of the file was kept."""

    code = "staging_full"
    status = 507
    sentence = "There is no room for your file at this moment. Nothing of it was kept; send it again later."


class StagedFileGone(RegistryError):
    """The staged file was destroyed, or was never complete."""

    code = "staged_file_gone"
    status = 410
    sentence = "This file has been destroyed."


class Staged:
    """A file being staged: `write` bytes to it. `wrapped` is its key for the row that speaks of the file."""

    def __init__(self, writer: SegmentWriter, wrapped: bytes) -> None:
        self._writer = writer
        self.wrapped = wrapped
        self.size = 0

    def write(self, data: bytes) -> int:
        """Seal some more bytes."""
        self.size += len(data)
        return self._writer.write(data)


@contextmanager
def create(*, file: UUID) -> Iterator[Staged]:
    """A new sealed file; on leaving by an exception nothing is left. Raises StagingFull.

    The file is complete and on disk when the block ends.
    """
    path = _path(file)
    key = DataKey(new_secret())
    wrapped = wrap_file_key(keys.system_data_key(_NAME), key, file=file)
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as out:
            with SegmentWriter(out, key, file=file) as writer:
                yield Staged(writer, wrapped)
            out.flush()
            os.fsync(out.fileno())
        _fix_name(path)
    except BaseException as error:
        path.unlink(missing_ok=True)
        if isinstance(error, OSError) and error.errno in _DISK:
            raise StagingFull(errno.errorcode[error.errno]) from None
        raise


def open_staged(*, file: UUID, wrapped: bytes) -> io.BufferedReader:
    """The plaintext as a seekable stream; close it. Raises StagedFileGone, SealBroken."""
    key = unwrap_file_key(keys.system_data_key(_NAME), wrapped, file=file)
    try:
        source = _path(file).open("rb")
    except FileNotFoundError:
        raise StagedFileGone from None
    try:
        return _Closing(SegmentReader(source, key, file=file), source)
    except BaseException:
        source.close()
        raise


def destroy(*, file: UUID) -> int:
    """Unlink a staged file; returns its bytes on disk, 0 where there was none (any more)."""
    path = _path(file)
    try:
        size = path.stat().st_size
        path.unlink()
    except FileNotFoundError:
        return 0
    return size


def staged_before(moment: datetime) -> list[UUID]:
    """Files on disk that were last written before this moment."""
    folder = Path(settings.STAGING_DIR)
    found = folder.glob("*/*.sealed") if folder.is_dir() else ()
    return [UUID(path.stem) for path in found if _written(path) < moment.timestamp()]


def destroy_orphans(*, known: Collection[UUID], before: datetime) -> int:
    """Unlink files last written before this moment that no row speaks of; returns how many."""
    orphans = set(staged_before(before)) - set(known)
    return sum(1 for file in orphans if destroy(file=file))


class _Closing(io.BufferedReader):
    """Closes the file on disk together with the stream."""

    def __init__(self, raw: SegmentReader, source: io.BufferedReader) -> None:
        super().__init__(raw, buffer_size=1 << 16)
        self._source = source

    def close(self) -> None:
        super().close()
        self._source.close()


def _path(file: UUID) -> Path:
    return Path(settings.STAGING_DIR) / file.hex[:2] / f"{file}.sealed"


def _fix_name(path: Path) -> None:
    """Have the file's name on disk too: what is answered to be here must be found after a power cut."""
    folder = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


def _written(path: Path) -> float:
    try:
        return path.stat().st_mtime
    except FileNotFoundError:
        return float("inf")
