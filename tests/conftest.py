"""What every test can rely on: real PostgreSQL and a real broker, started for this run alone.

`./run test` and a plain `pytest` are the same: whatever DATABASE_URL and BROKER_URL do not name is started
here and thrown away at the end. Workers of pytest-xdist share the servers, with a database each.
"""

import os
import secrets
import shutil
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import django
import hypothesis
import pytest
from django.conf import settings as django_settings
from django.db import connection

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from registry.runtime import commands, ports  # noqa: E402  (these need the path above)
from registry.runtime.assets import make_assets  # noqa: E402
from registry.runtime.processes import Child  # noqa: E402
from registry.runtime.supervisor import Supervisor  # noqa: E402
from registry.runtime.throwaway import owned_folder, throwaway_services  # noqa: E402
from tests.factories.waiting import PATIENCE  # noqa: E402


def pytest_configure(config: pytest.Config) -> None:
    """Name the services and secrets of this run, then let Django read its settings."""
    os.environ["DJANGO_SETTINGS_MODULE"] = "registry.settings.test"
    if "TEST_RUN" not in os.environ:  # else: a worker of pytest-xdist
        start_services(config)
    assert django_settings.DATABASES  # reading one setting loads all; only then pytest-django sets Django up
    django.setup()
    config.pluginmanager.import_plugin("tests.factories.ledger")  # its guards of the append-only tables
    patient_with_slow_machines()


def patient_with_slow_machines() -> None:
    """Let no property fail for the time it takes; in CI examples stay the same from run to run besides."""
    slow = [hypothesis.HealthCheck.too_slow]
    hypothesis.settings.register_profile(
        "juxin", hypothesis.settings(), deadline=None, suppress_health_check=slow
    )
    hypothesis.settings.load_profile("juxin")


def start_services(config: pytest.Config) -> None:
    """Start what is missing, and stop and remove it when pytest ends."""
    make_assets(ROOT)
    stack = ExitStack()
    config.add_cleanup(stack.close)
    os.environ.update(stack.enter_context(throwaway_services()))
    scratch = owned_folder()
    stack.callback(shutil.rmtree, scratch, ignore_errors=True)
    (scratch / "static").mkdir()
    for name in ("DEMO", "BASE_URL", "PORT", "SMS_URL", "JURISDICTION"):
        os.environ.pop(name, None)
    os.environ.update(
        TEST_RUN=f"{os.getpid()}_{secrets.token_hex(3)}",
        TEST_SCRATCH=str(scratch),
        TEST_SECRET_KEY=secrets.token_urlsafe(64),
        KEYRING=f"file:{scratch / 'keyring.json'}",
        STAGING_DIR=str(scratch / "staging"),
    )


@pytest.fixture
def live_broker() -> str:
    """The real broker's address, with nothing waiting in this test's queue."""
    from registry.celery import app

    with app.connection_for_write() as fresh:  # one from the pool may have been idle for too long
        app.control.purge(connection=fresh)
    return str(django_settings.CELERY_BROKER_URL)


@dataclass(frozen=True)
class Site:
    """Real processes on the test's own database: `web` answers at `url`, `worker` does the tasks."""

    url: str
    web: Child
    worker: Child
    supervisor: Supervisor


@pytest.fixture
def own_database(transactional_db: None, monkeypatch: pytest.MonkeyPatch) -> str:
    """The test's own database, named in the environment for processes that the test starts."""
    url = urlsplit(os.environ["DATABASE_URL"])._replace(path=f"/{connection.settings_dict['NAME']}").geturl()
    monkeypatch.setenv("DATABASE_URL", url)
    return url


@pytest.fixture
def worker(own_database: str, live_broker: str) -> Iterator[Child]:
    """A real Celery worker on the test's database: `kill()` kills it, `start(ROOT)` starts it again."""
    child = commands.celery_worker()
    with Supervisor(ROOT, [child]):
        yield child


@pytest.fixture
def site(own_database: str, live_broker: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Site]:
    """The real web server and a real worker; ready when the test begins."""
    port = ports.free_port()
    url = f"http://{ports.HOST}:{port}"
    monkeypatch.setenv("BASE_URL", url)
    monkeypatch.setattr(django_settings, "BASE_URL", url)
    web, celery = commands.web(port), commands.celery_worker()
    with Supervisor(ROOT, [web, celery]) as supervisor:
        supervisor.wait_until_ready(f"{url}/readyz", seconds=PATIENCE)
        yield Site(url, web, celery, supervisor)
