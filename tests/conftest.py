"""What every test can rely on: real PostgreSQL and a real broker, started for this run alone.

`./run test` and a plain `pytest` are the same: whatever DATABASE_URL and BROKER_URL do not name is started
here and thrown away at the end. Workers of pytest-xdist share the servers, with a database each.
"""

import os
import secrets
import shutil
import sys
from contextlib import ExitStack
from pathlib import Path

import pytest
from django.conf import settings

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from registry.runtime.throwaway import owned_folder, throwaway_services


def pytest_configure(config: pytest.Config) -> None:
    """Name the services and secrets of this run, then let Django read its settings."""
    os.environ["DJANGO_SETTINGS_MODULE"] = "registry.settings.test"
    if "TEST_RUN" not in os.environ:  # else: a worker of pytest-xdist
        start_services(config)
    assert settings.DATABASES  # reading one setting loads all; pytest-django sets Django up only after that


def start_services(config: pytest.Config) -> None:
    """Start what is missing, and stop and remove it when pytest ends."""
    stack = ExitStack()
    config.add_cleanup(stack.close)
    os.environ.update(stack.enter_context(throwaway_services()))
    scratch = owned_folder()
    stack.callback(shutil.rmtree, scratch, ignore_errors=True)
    os.environ.update(
        TEST_RUN=f"{os.getpid()}_{secrets.token_hex(3)}",
        TEST_SCRATCH=str(scratch),
        TEST_SECRET_KEY=secrets.token_urlsafe(64),
        KEYRING=f"file:{scratch / 'keyring.json'}",
        STAGING_DIR=str(scratch / "staging"),
    )
    for name in ("DEMO", "BASE_URL", "PORT", "SMS_URL"):
        os.environ.pop(name, None)
