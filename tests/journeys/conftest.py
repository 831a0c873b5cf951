"""A site in demonstration and a browser in front of it."""

from collections.abc import Iterator

import pytest
from django.db import connections
from playwright.sync_api import Browser

from tests.factories.browser import chromium


@pytest.fixture
def browser(monkeypatch: pytest.MonkeyPatch) -> Iterator[Browser]:
    """Chromium. Playwright keeps an event loop in this thread, which Django would take for an async caller.

    Connections made meanwhile belong to that loop, so they are closed before it ends.
    """
    monkeypatch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "true")
    with chromium() as started:
        yield started
        connections.close_all()


@pytest.fixture
def demo_site(monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest) -> object:
    """The real site, with the demonstration's inbox in place of a gateway."""
    monkeypatch.setenv("DEMO", "1")
    return request.getfixturevalue("site")
