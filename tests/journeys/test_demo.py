"""The main job at a small size, against real processes, twice: everything holds, and nothing comes twice."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from registry.ledger import verify
from registry.models import LedgerPending, Organisation, Record, Resident
from registry.runtime import commands
from registry.runtime.supervisor import Supervisor
from tests.factories.waiting import wait_for

ROOT = Path(__file__).resolve().parents[2]
pytestmark = [pytest.mark.services, pytest.mark.timeout(2_000)]


@pytest.fixture
def demonstration(monkeypatch):
    """What the environment says where a demonstration runs; asked for before the site starts."""
    monkeypatch.setenv("DEMO", "1")


@pytest.fixture
def town(demonstration, site):
    """A site with its scheduler, as `./run demo` starts it."""
    with Supervisor(ROOT, [commands.scheduler()]):
        yield site


def play(folder: Path) -> subprocess.CompletedProcess[str]:
    """Run the story in a process of its own."""
    command = [sys.executable, "manage.py", "seed_demo", "--people", "80", "--months", "6"]
    return subprocess.run(
        [*command, "--folder", str(folder)],
        cwd=ROOT,
        env=dict(os.environ),
        capture_output=True,
        text=True,
        timeout=900,
    )


def counts() -> tuple[int, ...]:
    """Organisations, residents and records that may be shown."""
    shown = Record.objects.filter(status__in=Record.SHOWN)
    return Organisation.objects.count(), Resident.objects.count(), shown.count()


def test_main_job_holds_and_can_be_repeated(town, tmp_path):
    first = play(tmp_path)
    assert (first.returncode, first.stderr) == (0, ""), first.stdout
    before = counts()
    again = play(tmp_path)
    assert (again.returncode, again.stderr) == (0, ""), again.stdout
    assert counts() == before
    assert "Everything was there already" in again.stdout
    wait_for(lambda: not LedgerPending.objects.exists(), "sequencing")
    assert verify().waiting == 0
