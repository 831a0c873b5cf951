"""Processes stop together, whatever the reason, and a dead one is reported with its last words."""

import signal
import subprocess
import sys

import pytest

from registry.runtime import liveness
from registry.runtime.errors import ChildDied, LaunchError
from registry.runtime.processes import Child
from registry.runtime.supervisor import Supervisor, how_it_ended
from tests.runtime import programs

SLEEPER = "import time; print('up'); time.sleep(60)"
STUBBORN = "import signal, time; signal.signal(15, signal.SIG_IGN); print('up', flush=True); time.sleep(60)"
SITE = f"""
import sys
from pathlib import Path
from registry.runtime.processes import Child
from registry.runtime.supervisor import Supervisor
children = [Child(name, [sys.executable, "-c", {SLEEPER!r}]) for name in ("one", "two")]
with Supervisor(Path("/"), children) as site:
    print(*(child.process.pid for child in children))
    site.watch()
print("all stopped")
"""


def child(name, source, **options):
    return Child(name, [sys.executable, "-u", "-c", source], **options)


def watch_until_death(tmp_path, *children):
    with pytest.raises(ChildDied) as raised, Supervisor(tmp_path, children) as site:
        site.watch()
    return raised.value


def test_dead_child_is_reported_with_status_and_last_lines(tmp_path):
    dying = child("worker", "print('loading'); print('cannot open the queue'); raise SystemExit(3)")
    error = watch_until_death(tmp_path, dying)
    assert error.what == "The worker ended by itself with status 3. Its last lines:"
    assert error.cure == "loading\n     cannot open the queue"


def test_last_lines_that_come_after_the_end_are_waited_for(tmp_path):
    dying = child("web", "import subprocess; subprocess.Popen(['sh', '-c', 'sleep 1; echo too late'])")
    assert watch_until_death(tmp_path, dying).cure == "too late"


def test_killed_child_is_reported_with_its_signal(tmp_path):
    error = watch_until_death(tmp_path, child("web", "import os; os.kill(os.getpid(), 9)"))
    assert error.what == "The web was killed by SIGKILL. Its last lines:"


def test_child_that_ends_well_is_reported_too(tmp_path):
    error = watch_until_death(tmp_path, child("scheduler", "pass"))
    assert error.what == "The scheduler ended by itself with status 0. Its last lines:"
    assert error.cure == "(it said nothing)"


def test_others_are_stopped_when_one_dies(tmp_path):
    staying = child("web", SLEEPER)
    watch_until_death(tmp_path, staying, child("worker", "raise SystemExit(1)"))
    assert staying.status() == -signal.SIGTERM


def test_stubborn_child_is_killed_with_its_group_when_time_is_up(tmp_path):
    stubborn = child("worker", STUBBORN, patience=0.2)
    with Supervisor(tmp_path, [stubborn]):
        assert programs.wait_until(lambda: "up" in stubborn.tail)
    assert stubborn.status() == -signal.SIGKILL
    assert stubborn.tail[-1] == "did not stop within 0 s and was killed"


def test_output_is_passed_on_under_the_childs_name(tmp_path, capfd):
    talking = child("web", "print('listening'); import time; time.sleep(60)")
    with Supervisor(tmp_path, [talking]):
        assert programs.wait_until(lambda: "listening" in talking.tail)
    assert "web       | listening\n" in capfd.readouterr().err


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_signal_stops_every_child(number):
    site = start_site()
    site.process.send_signal(number)
    assert site.process.stdout.read().endswith("all stopped\n")
    assert site.process.wait(10) == 0
    assert not any(liveness.alive(pid) for pid in site.children)


@pytest.mark.skipif(
    not sys.platform.startswith("linux"), reason="the kernel's notice of a parent's death is Linux's"
)
def test_children_end_when_the_supervisor_is_killed():
    site = start_site()
    programs.kill(site.process)
    assert programs.wait_until(lambda: not any(liveness.alive(pid) for pid in site.children))


def test_foreground_program_returns_its_status(tmp_path):
    with Supervisor(tmp_path, [child("web", SLEEPER)]) as site:
        assert site.run([sys.executable, "-c", "raise SystemExit(7)"], "the job") == 7


def test_foreground_program_is_stopped_when_a_child_dies(tmp_path):
    dying = child("worker", "import time; time.sleep(0.5); raise SystemExit(1)")
    with pytest.raises(ChildDied), Supervisor(tmp_path, [dying]) as site:
        site.run([sys.executable, "-c", SLEEPER], "the job")


def test_site_that_never_answers_is_reported(tmp_path):
    with pytest.raises(LaunchError) as raised, Supervisor(tmp_path, [child("web", SLEEPER)]) as site:
        site.wait_until_ready("http://127.0.0.1:9/readyz", seconds=0.5)
    assert raised.value.what == (
        "The site was not ready within 0 s; http://127.0.0.1:9/readyz last answered nothing."
    )


def test_unknown_signal_is_named_by_its_number():
    assert how_it_ended(-99) == "was killed by signal 99"


class Site:
    """A supervisor in a process of its own, and its children's process numbers."""

    def __init__(self, process, children):
        self.process = process
        self.children = children


def start_site():
    process = subprocess.Popen(
        [sys.executable, "-u", "-c", SITE],
        cwd=programs.ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        start_new_session=True,
    )
    return Site(process, [int(number) for number in process.stdout.readline().split()])
