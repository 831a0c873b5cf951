"""Static files are collected only where one of them changed: compressing them all takes many seconds."""

import hashlib
from collections.abc import Callable
from pathlib import Path

FOLDERS = ("registry/static", "ingest/static")
PACKAGES = "requirements.txt"


def bring_up_to_date(root: Path, state: Path, collect: Callable[[], None]) -> bool:
    """Collect what lies under `root` into `state`/static if it is not there as it is now; True if it had to.

    What `collect` raises is passed on, and then nothing counts as collected.
    """
    note, wanted = state / "static-of", fingerprint(root)
    if (state / "static" / "staticfiles.json").exists() and note.exists() and note.read_text() == wanted:
        return False
    note.unlink(missing_ok=True)
    collect()
    note.write_text(wanted)
    return True


def fingerprint(root: Path) -> str:
    """What collected files are made of, in hex: our own by name, size and time, packages by their pins."""
    found = hashlib.sha256((root / PACKAGES).read_bytes())
    for folder in FOLDERS:
        for path in sorted((root / folder).rglob("*")):
            about = path.stat()
            found.update(f"{path.relative_to(root)}\0{about.st_size}\0{about.st_mtime_ns}\n".encode())
    return found.hexdigest()
