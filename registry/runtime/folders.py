"""Private folders and files: made with the right owner and mode, or refused."""

import os
import tempfile
from pathlib import Path

from registry.runtime.errors import LaunchError
from registry.runtime.privileges import Account

SHORT = "jx-"


def private_folder(path: Path, account: Account | None = None) -> Path:
    """Make `path` (mode 0700, owned by `account` or by us); refuse one that is somebody else's."""
    path.mkdir(mode=0o700, parents=True, exist_ok=True)
    about = path.lstat()
    wanted = account.uid if account else os.geteuid()
    if path.is_symlink() or about.st_uid not in (wanted, os.geteuid()):
        raise LaunchError(f"{path} belongs to somebody else.", "Remove it, or start as its owner.")
    path.chmod(0o700)
    if account:
        account.own(path)
    return path


def write_private(path: Path, text: str, account: Account | None = None) -> None:
    """Write a file that only its owner can read, whole or not at all."""
    handle, scratch = tempfile.mkstemp(dir=path.parent)
    with os.fdopen(handle, "w") as file:
        file.write(text)
    if account:
        account.own(Path(scratch))
    os.replace(scratch, path)


def short_base() -> Path:
    """Where short-lived folders go: a short path, because a socket's may have about 100 characters."""
    shared = Path("/tmp")  # noqa: S108  (names inside it come from mkdtemp and cannot be guessed)
    return shared if os.access(shared, os.W_OK | os.X_OK) else Path(tempfile.gettempdir())


def short_folder() -> Path:
    """A new folder with a short, unpredictable name; mode 0711 for root, whose services run under another
    account, and 0700 otherwise."""
    path = Path(tempfile.mkdtemp(prefix=SHORT, dir=short_base()))
    path.chmod(0o711 if os.geteuid() == 0 else 0o700)
    return path
