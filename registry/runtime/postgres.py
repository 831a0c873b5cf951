"""An embedded PostgreSQL server: a cluster of our own that listens on a private Unix socket only."""

import os
import secrets
import signal
import subprocess
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import quote

from registry.runtime import liveness
from registry.runtime.errors import ServiceFailed
from registry.runtime.folders import private_folder, write_private
from registry.runtime.privileges import Account, die_with_parent

OWNER = "juxin"
DATABASE = "juxin"
ADMIN = "juxin_admin"
SETTINGS = {
    "listen_addresses": "",
    "unix_socket_permissions": "0700",
    "max_connections": "200",
    "shared_buffers": "256MB",
    "max_wal_size": "2GB",
    "jit": "off",
    "log_min_messages": "log",  # not "error": PostgreSQL quotes the values it chokes on
    "log_min_error_statement": "panic",
    "log_error_verbosity": "terse",
}
CARELESS = {
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "wal_level": "minimal",
    "max_wal_senders": "0",
    "shared_buffers": "128MB",
    "max_wal_size": "1GB",
}


@dataclass
class Postgres:
    """One cluster in `home`, its socket in `sockets` (a short path: the kernel allows about 100 characters).

    `durable=False` trades safety on a power cut for speed: for throw-away clusters only.
    """

    programs: Path
    home: Path
    sockets: Path
    account: Account | None = None
    durable: bool = True
    process: subprocess.Popen[bytes] | None = field(default=None, init=False)

    @property
    def data(self) -> Path:
        """The cluster's data folder."""
        return self.home / "data"

    @property
    def log(self) -> Path:
        """What the server wrote since its last start."""
        return self.home / "log"

    @property
    def url(self) -> str:
        """The address as `DATABASE_URL` wants it; holds the password."""
        return self._url(OWNER, self._password(), DATABASE)

    def start(self) -> None:
        """Make the cluster if there is none, clean up after a killed server, start, wait until it answers.

        Raises ServiceFailed with the server's last words.
        """
        private_folder(self.home, self.account)
        if not (self.data / "PG_VERSION").exists():
            self._make_cluster()
        self.clean_up()
        self._launch()
        self._wait_until_ready()
        self._make_database()

    def stop(self) -> None:
        """Stop the server; committed data is safe. Does nothing if it is not running."""
        if self.process is None:
            return
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGINT)
            try:
                self.process.wait(20)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
        self.process = None

    def clean_up(self) -> bool:
        """End a server that outlived its launcher, and remove the lock file of one that was killed."""
        lock = self.data / "postmaster.pid"
        try:
            pid = int(lock.read_text().split("\n", 1)[0])
        except (OSError, ValueError):
            return False
        if liveness.works_in(pid, self.data):
            liveness.end(pid)
        lock.unlink(missing_ok=True)
        return True

    def last_words(self, lines: int = 8) -> str:
        """The last lines of the server's log."""
        try:
            return "\n".join(self.log.read_text(errors="replace").splitlines()[-lines:])
        except OSError:
            return ""

    def _make_cluster(self) -> None:
        password = secrets.token_urlsafe(24)
        write_private(self.home / "password", password, self.account)
        scratch = Path(tempfile.mkdtemp(dir=self.home, prefix="making-"))
        if self.account:
            self.account.own(scratch)
        command: list[str | Path] = [
            self.programs / "initdb",
            "-D",
            scratch,
            "-U",
            ADMIN,
            "-A",
            "scram-sha-256",
        ]
        command += ["--pwfile", self.home / "password", "-E", "UTF8", "--no-instructions"]
        command += ["--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--locale=C"]
        command += [] if self.durable else ["--no-sync"]
        done = subprocess.run(command, capture_output=True, text=True, **self._as_account())
        if done.returncode:
            raise ServiceFailed(
                f"PostgreSQL could not make its cluster in {self.home}: {done.stderr.strip()}"
            )
        scratch.rename(self.data)

    def _launch(self) -> None:
        settings = (
            SETTINGS | ({} if self.durable else CARELESS) | {"unix_socket_directories": str(self.sockets)}
        )
        options = [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]
        with self.log.open("wb") as log:
            self.process = subprocess.Popen(
                [self.programs / "postgres", "-D", self.data, *options],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
                preexec_fn=die_with_parent(signal.SIGINT),
                **self._as_account(),
            )

    def _wait_until_ready(self, seconds: float = 60.0) -> None:
        assert self.process is not None
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            if self.process.poll() is not None:
                raise ServiceFailed(
                    f"PostgreSQL ended at once (status {self.process.returncode}).", self.last_words()
                )
            probe: list[str | Path] = [self.programs / "pg_isready", "-q", "-h", self.sockets]
            if subprocess.run(probe, **self._as_account()).returncode == 0:
                return
            time.sleep(0.05)
        self.stop()
        raise ServiceFailed(f"PostgreSQL did not answer within {seconds:.0f} s.", self.last_words())

    def _make_database(self) -> None:
        marker = self.home / "database-made"
        if marker.exists():
            return
        self._sql(f"CREATE ROLE {OWNER} LOGIN CREATEDB PASSWORD '{self._password()}'")
        self._sql(f"CREATE DATABASE {DATABASE} OWNER {OWNER}")
        write_private(marker, "", self.account)

    def _sql(self, statement: str) -> None:
        command: list[str | Path] = [self.programs / "psql", "-X", "-q", "-v", "ON_ERROR_STOP=1", "-d"]
        command += [self._url(ADMIN, self._password(), "postgres")]
        done = subprocess.run(command, input=statement, capture_output=True, text=True, **self._as_account())
        if done.returncode and "already exists" not in done.stderr:
            raise ServiceFailed("PostgreSQL could not make the project's database.", self.last_words())

    def _password(self) -> str:
        return (self.home / "password").read_text().strip()

    def _url(self, user: str, password: str, database: str) -> str:
        return f"postgresql://{user}:{quote(password)}@{quote(str(self.sockets), safe='')}/{database}"

    def _as_account(self) -> dict[str, Any]:
        environment = {"PATH": os.defpath, "LC_ALL": "C", "HOME": str(self.home)}
        return {"cwd": self.home, "env": environment, **(self.account.popen() if self.account else {})}
