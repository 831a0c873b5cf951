"""Files that hold secrets: readable by their owner alone, replaced whole or not at all."""

import errno
import fcntl
import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from registry.vault.errors import KeyringMissing, KeyringUnsafe, KeyUnavailable

_MODE = 0o600
_OTHERS = 0o077
_LARGEST = 1 << 20


def read_private(path: Path) -> bytes:
    """The content of `path`. Raises KeyringMissing, KeyringUnsafe.

    Checked on the opened file itself, so that nobody can exchange it between check and reading.
    """
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC | os.O_NONBLOCK)
    except (FileNotFoundError, NotADirectoryError):
        raise KeyringMissing(f"there is no keyring at {path}") from None
    except OSError as error:
        if error.errno == errno.ELOOP:
            raise KeyringUnsafe(f"{path} is a symbolic link; name the file itself") from None
        raise KeyUnavailable(f"{path} cannot be opened: {error.strerror}") from None
    with os.fdopen(descriptor, "rb") as file:
        _require_private(os.fstat(descriptor), path)
        return file.read(_LARGEST)


def write_private(path: Path, content: bytes) -> None:
    """Put `content` at `path`, mode 0600, durably: written apart, synced, renamed. Call inside `locked`."""
    apart = path.with_name(f".{path.name}.new")
    with suppress(FileNotFoundError):
        apart.unlink()  # left by a process that died; O_EXCL below then refuses anything planted meanwhile
    descriptor = os.open(apart, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, _MODE)
    with os.fdopen(descriptor, "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(descriptor)
    apart.rename(path)
    _sync(path.parent)


@contextmanager
def locked(path: Path) -> Iterator[None]:
    """One writer of `path` at a time, over all processes. The kernel frees a dead process's lock.

    Makes the folder where it is missing. Raises KeyUnavailable where folder or file cannot be written.
    """
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        flags = os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC
        with os.fdopen(os.open(path.with_name(f".{path.name}.lock"), flags, _MODE), "rb") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield
    except OSError as error:
        raise KeyUnavailable(f"{path} cannot be written: {error.strerror}") from None


def _require_private(status: os.stat_result, path: Path) -> None:
    mode = stat.S_IMODE(status.st_mode)
    if not stat.S_ISREG(status.st_mode):
        raise KeyringUnsafe(f"{path} is not an ordinary file")
    if mode & _OTHERS:
        raise KeyringUnsafe(f"{path} has mode {mode:04o}, others can reach it; run: chmod 600 {path}")
    if status.st_uid != os.geteuid():
        raise KeyringUnsafe(f"{path} belongs to another account than the one this process runs under")


def _sync(folder: Path) -> None:
    """Make a rename in `folder` durable."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
