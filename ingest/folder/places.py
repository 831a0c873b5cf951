"""Opened folders: real ones, closed to strangers, and files in them written whole or not at all."""

import os
import stat
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from registry.errors import RegistryError

_OTHERS = 0o007
_FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
_FILE = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
_NEW = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC


class FolderUnsafe(RegistryError):
    """A watched folder is missing, is a link, or is open to everybody on the machine."""

    code = "folder_unsafe"
    sentence = "The watched folder cannot be used as it is."


@contextmanager
def opened(name: str | Path, *, inside: int | None = None, make: bool = False) -> Iterator[int]:
    """A folder's descriptor; `make` it (mode 0770) where it is missing. Raises FolderUnsafe."""
    if make:
        with suppress(FileExistsError):
            os.mkdir(name, 0o770, dir_fd=inside)
    try:
        folder = os.open(name, _FOLDER, dir_fd=inside)
    except OSError as error:
        raise FolderUnsafe(f"{_plain(name)}: {error.strerror}") from None
    try:
        if os.fstat(folder).st_mode & _OTHERS:
            raise FolderUnsafe(f"{_plain(name)}: others may enter it; chmod o= it")
        yield folder
    finally:
        os.close(folder)


def names(folder: int) -> list[str]:
    """The names in a folder, sorted; those that are no text are left out."""
    return sorted(name for name in os.listdir(folder) if name.isprintable())


@contextmanager
def reading(name: str, folder: int) -> Iterator[tuple[int, os.stat_result] | None]:
    """A regular file of one name, opened, and what it is; None for anything else."""
    try:
        file = os.open(name, _FILE, dir_fd=folder)
    except OSError:
        yield None
        return
    try:
        found = os.fstat(file)
        yield (file, found) if stat.S_ISREG(found.st_mode) and found.st_nlink == 1 else None
    finally:
        os.close(file)


def write(name: str, folder: int, content: Iterable[bytes]) -> None:
    """Put a file into a folder: written apart, synced, renamed; a former one of that name is replaced."""
    apart = f".{name}.part"
    with suppress(FileNotFoundError):
        os.unlink(apart, dir_fd=folder)  # left by a process that died
    with os.fdopen(os.open(apart, _NEW, 0o640, dir_fd=folder), "wb") as out:
        for piece in content:
            out.write(piece)
        out.flush()
        os.fsync(out.fileno())
    os.rename(apart, name, src_dir_fd=folder, dst_dir_fd=folder)
    os.fsync(folder)


def remove(name: str, folder: int, was: os.stat_result) -> None:
    """Remove a file if it still is the one that was looked at."""
    with suppress(FileNotFoundError):
        now = os.stat(name, dir_fd=folder, follow_symlinks=False)
        if same(now, was):
            os.unlink(name, dir_fd=folder)
            os.fsync(folder)


def same(one: os.stat_result, other: os.stat_result) -> bool:
    """Whether nobody wrote, exchanged or renamed the file between two looks at it."""
    return (one.st_ino, one.st_size, one.st_mtime_ns, one.st_ctime_ns) == (
        other.st_ino,
        other.st_size,
        other.st_mtime_ns,
        other.st_ctime_ns,
    )


def _plain(name: str | Path) -> str:
    return ascii(str(name))
