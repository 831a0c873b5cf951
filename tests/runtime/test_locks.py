"""One live run per project; a killed one never stands in the way."""

import os
import stat

import pytest

from registry.runtime.errors import AlreadyRunning
from registry.runtime.locks import RunLock
from tests.runtime import programs

HOLD = """
import sys, time
from pathlib import Path
from registry.runtime.locks import RunLock
lock = RunLock(Path(sys.argv[1]))
lock.take("./run demo")
print("holding")
time.sleep(600)
"""


def test_lock_of_a_live_run_names_it_and_the_cure(tmp_path):
    path = tmp_path / "run.lock"
    holder = programs.start(HOLD, str(path))
    try:
        with pytest.raises(AlreadyRunning) as raised:
            RunLock(path).take("./run serve")
    finally:
        programs.kill(holder)
    assert raised.value.what.startswith(f"Another run is live: ./run demo, process {holder.pid}, since ")
    assert raised.value.cure.endswith(f"kill {holder.pid}")


def test_lock_of_a_killed_run_is_reported_and_taken(tmp_path, capsys):
    path = tmp_path / "run.lock"
    holder = programs.start(HOLD, str(path))
    programs.kill(holder)
    lock = RunLock(path)
    lock.take("./run serve")
    said = capsys.readouterr().err
    who = f"./run demo, process {holder.pid}"
    assert said == f"run: stale lock: the former run ({who}) was killed; cleaning up after it\n"
    assert lock.holder().pid == os.getpid()
    lock.release()


def test_lock_released_is_taken_again_in_silence(tmp_path, capsys):
    for _ in range(2):
        lock = RunLock(tmp_path / "run.lock")
        lock.take("./run demo")
        lock.release()
    assert capsys.readouterr().err == ""


def test_lock_file_is_its_owners_alone(tmp_path):
    lock = RunLock(tmp_path / "state" / "run.lock")
    lock.take("./run demo")
    lock.note("./run demo", {"DATABASE_URL": "postgresql://name:password@host/base"})
    assert stat.S_IMODE(lock.path.stat().st_mode) == 0o600
    assert RunLock(lock.path).holder().settings == {"DATABASE_URL": "postgresql://name:password@host/base"}
    lock.release()
