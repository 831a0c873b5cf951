"""The virtual environment and the front-end files: made once, and again only when a lock file changes."""

import fcntl
import hashlib
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from registry.runtime.downloads import npm_ci, pip_install
from registry.runtime.errors import LaunchError
from registry.runtime.folders import private_folder
from registry.runtime.voice import say, step


@dataclass(frozen=True)
class Environment:
    """The project's `.venv` and `node_modules` under `root`."""

    root: Path

    @property
    def venv(self) -> Path:
        """The virtual environment's folder."""
        return self.root / ".venv"

    @property
    def python(self) -> Path:
        """The interpreter inside the virtual environment."""
        return self.venv / "bin" / "python"

    @property
    def stamp(self) -> Path:
        """What was installed last: names of lock files and their hashes."""
        return self.venv / "installed.json"

    def entered(self) -> bool:
        """Whether this process already runs inside the environment."""
        return Path(sys.prefix).resolve() == self.venv.resolve()

    def make(self, *, tools: bool) -> None:
        """Install what the lock files name; `tools` adds what tests and checks need.

        Raises LaunchError (no venv module, no network, a changed file at the registry).
        """
        wanted = self.wanted(tools=tools)
        if self.is_made(wanted):
            return
        with self._alone():
            if self.is_made(wanted):
                return
            self._make_venv()
            requirements = "requirements-dev.txt" if tools else "requirements.txt"
            if self._differs(wanted, "requirements"):
                pip_install(self.python, self.root / requirements)
            if self._differs(wanted, "package"):
                npm_ci(self.python, self.root, tools=tools)
            self.stamp.write_text(json.dumps(self._installed() | wanted, indent=1))

    def wanted(self, *, tools: bool) -> dict[str, str]:
        """Hashes of the lock files to satisfy. The larger set counts as the smaller one too."""
        files = ["requirements.txt", "package-lock.json"]
        hashes = {name: _digest(self.root / name) for name in files}
        if tools:
            hashes["requirements-dev.txt"] = _digest(self.root / "requirements-dev.txt")
            hashes["package-lock.json with tools"] = hashes["package-lock.json"]
        return hashes | {"python": _version()}

    def is_made(self, wanted: dict[str, str]) -> bool:
        """Whether all of `wanted` is installed and still there."""
        there = self.python.exists() and (self.root / "node_modules").is_dir()
        return there and wanted.items() <= self._installed().items()

    def _installed(self) -> dict[str, str]:
        try:
            return dict(json.loads(self.stamp.read_text()))
        except (OSError, ValueError):
            return {}

    def _differs(self, wanted: dict[str, str], kind: str) -> bool:
        installed = self._installed()
        if kind == "package" and not (self.root / "node_modules").is_dir():
            return True
        return any(installed.get(name) != value for name, value in wanted.items() if name.startswith(kind))

    def _make_venv(self) -> None:
        if self._venv_works():
            return
        if self.venv.exists():
            say("the virtual environment is broken or for another Python; making it again")
            shutil.rmtree(self.venv)
        with step(f"making a virtual environment for Python {sys.version.split()[0]}"):
            done = subprocess.run([sys.executable, "-m", "venv", self.venv], capture_output=True, text=True)
        if done.returncode:
            shutil.rmtree(self.venv, ignore_errors=True)
            last = (done.stdout + done.stderr).strip().splitlines()
            raise LaunchError(
                f"Python could not make a virtual environment: {last[0] if last else 'no reason given'}",
                "On Debian and Ubuntu: apt install python3-venv",
            )

    def _venv_works(self) -> bool:
        probe: list[str | Path] = [
            self.python,
            "-c",
            "import sys, pip; print('%d.%d' % sys.version_info[:2])",
        ]
        try:
            done = subprocess.run(probe, capture_output=True, text=True)
        except OSError:
            return False
        return done.returncode == 0 and done.stdout.strip() == _version()

    @contextmanager
    def _alone(self) -> Iterator[None]:
        """One installation at a time; a second one waits and says so."""
        folder = private_folder(self.root / ".state")
        with (folder / "setup.lock").open("w") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError:
                say("another run is installing; waiting for it …")
                fcntl.flock(lock, fcntl.LOCK_EX)
            yield


def _version() -> str:
    return f"{sys.version_info[0]}.{sys.version_info[1]}"


def _digest(path: Path) -> str:
    try:
        return hashlib.sha256(path.read_bytes()).hexdigest()
    except OSError:
        raise LaunchError(f"{path.name} is missing.", "Is this a whole clone? Try: git status") from None


def child_environment() -> dict[str, str]:
    """Our environment for processes we start: output at once, UTF-8 whatever the locale says."""
    return {**os.environ, "PYTHONUNBUFFERED": "1", "PYTHONUTF8": "1"}
