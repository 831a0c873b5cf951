"""Settings that the whole system leans on."""

from pathlib import Path

import pytest
from django.conf import settings
from django.core.management import call_command
from django.db import connections

from tests.house.source import ROOT


def test_atomic_requests_are_off():
    assert [name for name in connections if connections[name].settings_dict["ATOMIC_REQUESTS"]] == []


def test_database_is_postgresql():
    assert {connections[name].vendor for name in connections} == {"postgresql"}


def test_api_denies_by_default():
    assert settings.REST_FRAMEWORK["DEFAULT_PERMISSION_CLASSES"] == ["api.permissions.DenyAll"]
    assert settings.REST_FRAMEWORK["DEFAULT_AUTHENTICATION_CLASSES"] == []


def test_tasks_survive_a_killed_worker():
    assert (settings.CELERY_TASK_ACKS_LATE, settings.CELERY_TASK_REJECT_ON_WORKER_LOST) == (True, True)


def test_pages_may_load_nothing_from_other_hosts():
    sources = {
        source for values in settings.CONTENT_SECURITY_POLICY["DIRECTIVES"].values() for source in values
    }
    assert sources <= {"'none'", "'self'", "data:"}


@pytest.mark.django_db
def test_migrations_are_complete():
    call_command("makemigrations", check=True, dry_run=True, verbosity=0)


@pytest.mark.parametrize(
    "name", ["requirements.txt", "requirements-dev.txt", "requirements-node.txt", "package-lock.json"]
)
def test_lock_file_names_no_registry(name):
    text = (ROOT / name).read_text()
    assert [
        host for host in ("pypi.org", "pythonhosted", "npmjs", "--index-url", '"resolved"') if host in text
    ] == []


@pytest.mark.parametrize("name", ["requirements.txt", "requirements-dev.txt", "requirements-node.txt"])
def test_every_requirement_is_pinned_with_hashes(name):
    entries = requirements(ROOT / name)
    assert entries
    assert [entry for entry in entries if "==" not in entry or "--hash=sha256:" not in entry] == []


def requirements(path: Path) -> list[str]:
    lines = [line for line in path.read_text().splitlines() if line and not line.lstrip().startswith("#")]
    return "\n".join(lines).replace("\\\n", " ").splitlines()
