"""A RabbitMQ node of our own on loopback, from Debian's packages: started, killed, started again, removed."""

import os
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from kombu import Connection

from registry.runtime.ports import HOST, free_port
from registry.runtime.privileges import die_with_parent
from tests.factories.waiting import PATIENCE, wait_for

PROGRAMS = Path("/usr/lib/rabbitmq/bin")


class Rabbit:
    """One node with everything it writes in `home`; its queues outlive `kill` and `start`."""

    def __init__(self, home: Path) -> None:
        self.home = home
        self.port, self._epmd = free_port(), free_port()
        self.url = f"amqp://guest:guest@{HOST}:{self.port}//"
        self._environment = {
            "PATH": os.environ["PATH"],
            "HOME": str(home),
            "RABBITMQ_NODENAME": f"juxin-{os.getpid()}-{self.port}@localhost",
            "RABBITMQ_NODE_IP_ADDRESS": HOST,
            "RABBITMQ_NODE_PORT": str(self.port),
            "RABBITMQ_DIST_PORT": str(free_port()),
            "ERL_EPMD_PORT": str(self._epmd),
            "ERL_EPMD_ADDRESS": HOST,
            "RABBITMQ_MNESIA_BASE": str(home / "data"),
            "RABBITMQ_LOG_BASE": str(home / "log"),
            "RABBITMQ_PID_FILE": str(home / "pid"),
            "RABBITMQ_ENABLED_PLUGINS_FILE": str(home / "plugins"),
            "RABBITMQ_CONF_ENV_FILE": "/dev/null",
            "RABBITMQ_CONFIG_FILE": str(home / "none"),
        }
        self.process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start and wait until it lets clients in."""
        with (self.home / "out").open("ab") as out:
            self.process = subprocess.Popen(
                [PROGRAMS / "rabbitmq-server"],
                env=self._environment,
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=out,
                cwd=self.home,
                start_new_session=True,
                preexec_fn=die_with_parent(signal.SIGTERM),
            )
        wait_for(self._answers, "RabbitMQ's start")

    def kill(self) -> None:
        """kill -9 of the whole node."""
        assert self.process is not None
        os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()
        wait_for(lambda: not self._listens(), "RabbitMQ's end")

    def empty(self, queue: str) -> None:
        """Throw away what waits in a queue."""
        with Connection(self.url) as own:
            own.default_channel.queue_purge(queue)

    def control(self, *command: str) -> str:
        """What `rabbitmqctl` answers."""
        return subprocess.run(
            [PROGRAMS / "rabbitmqctl", "--quiet", *command],
            env=self._environment,
            cwd=self.home,
            check=True,
            capture_output=True,
            text=True,
            timeout=PATIENCE,
        ).stdout

    def end(self) -> None:
        """Kill the node and the name server that it started."""
        self.kill()
        until = time.monotonic() + 10
        while time.monotonic() < until:  # it still has the node on its list for a moment, and then refuses
            asked = subprocess.run(["epmd", "-kill"], env=self._environment, capture_output=True)
            if b"Killed" in asked.stdout:
                return
            time.sleep(0.1)

    def _listens(self) -> bool:
        try:
            socket.create_connection((HOST, self.port), 1).close()
        except OSError:
            return False
        return True

    def _answers(self) -> bool:
        assert self.process is not None
        assert self.process.poll() is None, (self.home / "out").read_text(errors="replace")[-2_000:]
        if not self._listens():
            return False
        try:
            with Connection(self.url, connect_timeout=5) as own:
                own.connect()
        except OSError:
            return False
        return True


def installed() -> bool:
    """Whether Debian's rabbitmq-server is on this machine."""
    return (PROGRAMS / "rabbitmq-server").exists()


@contextmanager
def rabbit(home: Path) -> Iterator[Rabbit]:
    """A node that runs, removed at the end."""
    home.mkdir(mode=0o700)
    node = Rabbit(home)
    try:
        node.start()
        yield node
    finally:
        node.end()
        shutil.rmtree(home, ignore_errors=True)
