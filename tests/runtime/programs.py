"""Small programs that tests start as processes of their own, to see what becomes of them."""

import os
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def start(source: str, *arguments: str) -> subprocess.Popen[str]:
    """A Python program with the project on its path; waits for the line that it prints when ready."""
    process = subprocess.Popen(
        [sys.executable, "-u", "-c", source, *arguments],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        stdout=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    assert process.stdout
    assert process.stdout.readline(), "the program ended before it was ready"
    return process


def kill(process: subprocess.Popen[str]) -> None:
    """kill -9, as the kernel or an impatient person does it."""
    process.kill()
    process.wait()


def wait_until(true: object, seconds: float = 120.0) -> bool:
    """Whether the callable becomes true in time."""
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        if callable(true) and true():
            return True
        time.sleep(0.05)
    return False
