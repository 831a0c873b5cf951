"""An embedded Redis server on a private Unix socket: Celery's broker. It wakes workers and keeps nothing."""

import signal
import socket
import subprocess
import time
from dataclasses import dataclass, field
from pathlib import Path

from registry.runtime.errors import ServiceFailed
from registry.runtime.folders import private_folder
from registry.runtime.privileges import Account, die_with_parent


@dataclass
class Redis:
    """One server with its socket in `home` (a short path)."""

    program: Path
    home: Path
    account: Account | None = None
    process: subprocess.Popen[bytes] | None = field(default=None, init=False)

    @property
    def socket(self) -> Path:
        """The Unix socket it listens on."""
        return self.home / "redis.sock"

    @property
    def url(self) -> str:
        """The address as `BROKER_URL` wants it."""
        return f"redis+socket://{self.socket}"

    def start(self) -> None:
        """Start and wait until it answers. Raises ServiceFailed."""
        private_folder(self.home, self.account)
        self.socket.unlink(missing_ok=True)
        command: list[str | Path] = [
            self.program,
            "--port",
            "0",
            "--unixsocket",
            self.socket,
            "--unixsocketperm",
            "700",
        ]
        command += ["--save", "", "--appendonly", "no", "--daemonize", "no", "--dir", self.home]
        with (self.home / "redis.log").open("wb") as log:
            self.process = subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                cwd=self.home,
                start_new_session=True,
                preexec_fn=die_with_parent(signal.SIGTERM),
                **(self.account.popen() if self.account else {}),
            )
        self._wait_until_ready()

    def stop(self) -> None:
        """Stop the server. Does nothing if it is not running."""
        if self.process is None:
            return
        self.process.terminate()
        try:
            self.process.wait(10)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        self.process = None

    def last_words(self, lines: int = 8) -> str:
        """The last lines of the server's log."""
        try:
            return "\n".join((self.home / "redis.log").read_text(errors="replace").splitlines()[-lines:])
        except OSError:
            return ""

    def _wait_until_ready(self, seconds: float = 20.0) -> None:
        assert self.process is not None
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            if self.process.poll() is not None:
                raise ServiceFailed(
                    f"Redis ended at once (status {self.process.returncode}).", self.last_words()
                )
            if self._answers():
                return
            time.sleep(0.02)
        self.stop()
        raise ServiceFailed(f"Redis did not answer within {seconds:.0f} s.", self.last_words())

    def _answers(self) -> bool:
        with socket.socket(socket.AF_UNIX) as probe:
            probe.settimeout(1)
            try:
                probe.connect(str(self.socket))
                probe.sendall(b"PING\r\n")
                return probe.recv(16).startswith(b"+PONG")
            except OSError:
                return False
