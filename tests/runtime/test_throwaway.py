"""Services for one run: nothing is left, not even by a killed run, and nobody else's folder is touched."""

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from registry.runtime import liveness
from registry.runtime.folders import SHORT, short_folder
from registry.runtime.throwaway import OWNER_FILE, owned_folder, sweep
from tests.runtime import programs

HOLD = """
import os, time
from urllib.parse import unquote, urlsplit
os.environ.pop("DATABASE_URL", None); os.environ.pop("BROKER_URL", None)
from registry.runtime.throwaway import throwaway_services
with throwaway_services() as settings:
    print(settings["BROKER_URL"].removeprefix("redis+socket://"))
    time.sleep(600)
"""


def start_run():
    process = subprocess.Popen(
        [sys.executable, "-u", "-c", HOLD],
        cwd=programs.ROOT,
        stdout=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    return process, Path(process.stdout.readline().strip()).parents[1]


def servers_of(folder):
    works = (folder / "pg" / "data", folder / "r")
    numbers = [int(entry.name) for entry in Path("/proc").glob("[0-9]*")]
    return [pid for pid in numbers if any(liveness.works_in(pid, work) for work in works)]


def gone(folder):
    """Whether the folder is swept, by us or by another run that has just begun to."""
    sweep()
    return programs.wait_until(lambda: not folder.exists())


def test_throwaway_services_of_a_killed_run_are_swept():
    process, folder = start_run()
    assert servers_of(folder)
    programs.kill(process)
    assert gone(folder)
    assert programs.wait_until(lambda: not servers_of(folder))


def test_throwaway_services_of_a_live_run_are_left_alone():
    process, folder = start_run()
    try:
        sweep()
        assert folder.is_dir()
        assert servers_of(folder)
    finally:
        programs.kill(process)
        programs.wait_until(lambda: not servers_of(folder))
        sweep()


def test_sweep_sees_through_a_process_number_used_again():
    folder = owned_folder()
    (folder / OWNER_FILE).write_text(json.dumps({"pid": os.getpid(), "started": "1"}))
    assert gone(folder)


@pytest.mark.parametrize("content", [None, "", "[]", '{"pid": "x", "started": "1"}'])
def test_sweep_leaves_a_folder_that_does_not_say_whose_it_is(content):
    folder = short_folder()
    if content is not None:
        (folder / OWNER_FILE).write_text(content)
    sweep()
    assert folder.is_dir()
    (folder / OWNER_FILE).unlink(missing_ok=True)
    folder.rmdir()


def test_sweep_leaves_a_folder_that_others_may_write_to():
    folder = owned_folder()
    (folder / OWNER_FILE).write_text(json.dumps({"pid": os.getpid(), "started": "1"}))
    folder.chmod(0o777)
    sweep()
    assert folder.is_dir()
    folder.chmod(0o700)
    assert gone(folder)


def test_sweep_does_not_follow_a_link(tmp_path):
    (tmp_path / OWNER_FILE).write_text(json.dumps({"pid": os.getpid(), "started": "1"}))
    link = Path(tempfile.gettempdir()) / f"{SHORT}link-{os.getpid()}"
    link.symlink_to(tmp_path)
    try:
        sweep()
        assert (tmp_path / OWNER_FILE).exists()
    finally:
        link.unlink()
