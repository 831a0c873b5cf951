"""Services for one run that leave nothing behind: for tests and benchmarks.

Each run has a folder of its own, so that runs never meet. A run that is killed cannot remove its folder; the
next run finds it, sees that its owner is gone, and removes it.
"""

import json
import os
import secrets
import shutil
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from registry.runtime import liveness
from registry.runtime.binaries import find_binaries
from registry.runtime.broker import Redis
from registry.runtime.folders import SHORT, private_folder, short_base, short_folder, write_private
from registry.runtime.postgres import Postgres
from registry.runtime.privileges import service_account
from registry.runtime.voice import say

OWNER_FILE = "owner.json"


@contextmanager
def throwaway_services(*, durable: bool = False) -> Iterator[dict[str, str]]:
    """Start what the environment does not name; yields the settings (`DATABASE_URL`, `BROKER_URL`) to use.

    `durable=True` writes to disk as a real server does, for benchmarks.
    """
    sweep()
    account, folder = service_account(), owned_folder()
    programs = find_binaries(account)
    postgres = Postgres(programs.postgres, folder / "pg", folder / "s", account, durable)
    redis = Redis(programs.redis_server, folder / "r", account)
    settings = {}
    try:
        if not os.environ.get("DATABASE_URL"):
            private_folder(folder / "s", account)
            postgres.start()
            settings["DATABASE_URL"] = postgres.url
        if not os.environ.get("BROKER_URL"):
            redis.start()
            settings["BROKER_URL"] = redis.url
        yield settings
    finally:
        redis.stop()
        postgres.stop()
        shutil.rmtree(folder, ignore_errors=True)


def owned_folder() -> Path:
    """A short folder that says which process it belongs to."""
    folder = short_folder()
    owner = {"pid": os.getpid(), "started": liveness.started_at(os.getpid())}
    write_private(folder / OWNER_FILE, json.dumps(owner))
    return folder


def sweep() -> int:
    """Remove the folders of runs that were killed, and end their servers. Returns how many."""
    swept = 0
    for folder in short_base().glob(f"{SHORT}*"):
        if _is_left_over(folder):
            _end_servers(folder)
            shutil.rmtree(folder, ignore_errors=True)
            swept += 1
    if swept:
        say(f"removed what {swept} killed run(s) had left behind")
    return swept


def _is_left_over(folder: Path) -> bool:
    """Ours by owner and type, and its process is gone. Anything doubtful is left alone."""
    try:
        about = folder.lstat()
        if not stat.S_ISDIR(about.st_mode) or about.st_uid != os.geteuid() or about.st_mode & 0o022:
            return False
        owner = json.loads((folder / OWNER_FILE).read_text())
        pid, started = int(owner["pid"]), str(owner["started"])
    except (OSError, ValueError, KeyError, TypeError):
        return False
    return not liveness.alive(pid) or liveness.started_at(pid) != started


def _end_servers(folder: Path) -> None:
    for entry in Path("/proc").glob("[0-9]*"):
        for work in (folder / "pg" / "data", folder / "r"):
            if liveness.works_in(int(entry.name), work):
                liveness.end(int(entry.name))


@contextmanager
def scratch_settings() -> Iterator[dict[str, str]]:
    """Settings that keep a run's keys and staged files in a folder of its own, removed at the end."""
    folder = owned_folder()
    write_private(folder / "secret-key", secrets.token_urlsafe(64))
    try:
        yield {
            "KEYRING": f"file:{folder / 'keyring.json'}",
            "SECRET_KEY_FILE": str(folder / "secret-key"),
            "STAGING_DIR": str(folder / "staging"),
        }
    finally:
        shutil.rmtree(folder, ignore_errors=True)
