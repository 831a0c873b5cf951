"""The services that a command needs: the user's own where the environment names them, else embedded ones."""

import os
import secrets
import shutil
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from registry.runtime.binaries import find_binaries, system_folder
from registry.runtime.broker import Redis
from registry.runtime.errors import AlreadyRunning
from registry.runtime.folders import private_folder, write_private
from registry.runtime.locks import RunLock
from registry.runtime.postgres import Postgres
from registry.runtime.privileges import Account, service_account
from registry.runtime.throwaway import owned_folder, sweep
from registry.runtime.voice import say, step

Settings = dict[str, str]
Embedded = Postgres | Redis


def missing() -> list[str]:
    """Which addresses the environment does not name."""
    return [name for name in ("DATABASE_URL", "BROKER_URL") if not os.environ.get(name, "").strip()]


@contextmanager
def project_services(
    root: Path, command: str, *, share: bool = False
) -> Iterator[tuple[Settings, list[Embedded]]]:
    """Settings of the services, and those started here; they stop at the end, their data stays.

    With `share`, a live run's services are used if there is one; without, that raises AlreadyRunning.
    """
    if not missing():
        yield {}, []
        return
    lock = RunLock(root / ".state" / "run.lock")
    try:
        lock.take(command)
    except AlreadyRunning:
        holder = lock.holder()
        if not (share and holder and holder.settings):
            raise
        yield {name: holder.settings[name] for name in missing() if name in holder.settings}, []
        return
    with ExitStack() as stack:
        stack.callback(lock.release)
        settings, started = start_embedded(root, stack)
        lock.note(command, settings)
        yield settings, started


def start_embedded(root: Path, stack: ExitStack) -> tuple[Settings, list[Embedded]]:
    """Start what is missing; `stack` stops it again, the broker first."""
    sweep()
    account = service_account()
    programs, folder = find_binaries(account), owned_folder()
    stack.callback(shutil.rmtree, folder, ignore_errors=True)
    settings: Settings = {}
    started: list[Embedded] = []
    if "DATABASE_URL" in missing():
        sockets = private_folder(folder / "s", account)
        postgres = Postgres(programs.postgres, cluster_folder(root, account), sockets, account)
        stack.callback(postgres.stop)
        with step(f"starting PostgreSQL, data in {postgres.home}"):
            postgres.start()
        settings["DATABASE_URL"] = postgres.url
        started.append(postgres)
    if "BROKER_URL" in missing():
        redis = Redis(programs.redis_server, folder / "r", account)
        stack.callback(redis.stop)
        redis.start()
        settings["BROKER_URL"] = redis.url
        started.append(redis)
    return settings, started


def cluster_folder(root: Path, account: Account | None) -> Path:
    """Where the project's cluster is kept: in the project, or, for root, where the services' account can go.

    For root the folder goes by a random name kept in the project, so that a new clone at the same place
    does not meet data whose keys are gone.
    """
    state = private_folder(root / ".state")
    if account is None:
        return state / "postgres"
    name = state / "cluster"
    if not name.exists():
        write_private(name, secrets.token_hex(6))
        say(f"started by root: PostgreSQL runs under the account '{account.name}'")
    clusters = system_folder() / "clusters"
    clusters.mkdir(mode=0o755, exist_ok=True)
    return clusters / name.read_text().strip()
