"""What every test can rely on: real PostgreSQL and a real broker, started for this run alone.

`./run test` and a plain `pytest` are the same: whatever DATABASE_URL and BROKER_URL do not name is started
here and thrown away at the end. Workers of pytest-xdist share the servers, with a database each.
"""

import os
import secrets
import shutil
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import django
import hypothesis
import pytest
from django.conf import settings as django_settings
from django.core.management import call_command
from django.db import connection

ROOT = Path(__file__).resolve().parents[1]
KEY_TABLES = ("registry_systemkey", "registry_shardkey")
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


@pytest.hookimpl(tryfirst=True)  # before markers choose
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark what works on this run's database or broker; CI does that again on Debian's (`.ci/run`)."""
    services = {"db", "transactional_db", "live_broker"}
    for item in items:
        if item.get_closest_marker("django_db") or services & set(getattr(item, "fixturenames", ())):
            item.add_marker("shared_services")


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
    return name_own_database(monkeypatch)


def name_own_database(patch: pytest.MonkeyPatch) -> str:
    """Name the tests' own database in the environment; its address."""
    url = urlsplit(os.environ["DATABASE_URL"])._replace(path=f"/{connection.settings_dict['NAME']}").geturl()
    patch.setenv("DATABASE_URL", url)
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
    with running(monkeypatch) as made:
        yield made


@pytest.fixture
def shared_site(standing: Site, transactional_db: None, live_broker: str) -> Site:
    """Like `site`, but started once for all tests of a module: for those that break nothing of it.

    What a test leaves under way must have ended when it ends: the tables are emptied then.
    """
    return standing


@pytest.fixture(scope="module")
def standing(django_db_setup: None, django_db_blocker: Any) -> Iterator[Site]:
    """The site behind `shared_site`. Meanwhile tables are emptied but for keys, which its processes know."""
    flush = connection.ops.sql_flush

    def all_but_keys(style: Any, tables: list[str], **how: Any) -> list[str]:
        return flush(style, [name for name in tables if name not in KEY_TABLES], **how)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(connection.ops, "sql_flush", all_but_keys)
        name_own_database(patch)
        with running(patch) as made:
            yield made
    with django_db_blocker.unblock():
        call_command("flush", verbosity=0, interactive=False)
        connection.close()


@contextmanager
def running(patch: pytest.MonkeyPatch) -> Iterator[Site]:
    """A web server and a worker on the database that the environment names, ready."""
    port = ports.free_port()
    url = f"http://{ports.HOST}:{port}"
    patch.setenv("BASE_URL", url)
    patch.setattr(django_settings, "BASE_URL", url)
    web, celery = commands.web(port), commands.celery_worker()
    with Supervisor(ROOT, [web, celery]) as supervisor:
        supervisor.wait_until_ready(f"{url}/readyz", seconds=PATIENCE)
        yield Site(url, web, celery, supervisor)
