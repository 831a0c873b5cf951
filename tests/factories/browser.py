"""Chromium for journeys: the system's own, since its version is what people have. CI must have one."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager

from playwright.sync_api import Browser, sync_playwright

from tests.factories.missing import missing

PROGRAMS = ("chromium", "chromium-browser", "google-chrome")


def find_chromium() -> str:
    """The browser's program. Without one a test is skipped; with CI set it fails."""
    return next(filter(None, map(shutil.which, PROGRAMS)), None) or missing(
        "Chromium", "chromium fonts-noto-cjk"
    )


@contextmanager
def chromium() -> Iterator[Browser]:
    """A running Chromium without a screen."""
    program = find_chromium()
    with sync_playwright() as playwright:
        # The sandbox needs rights that neither root nor a container has; the pages are our own.
        browser = playwright.chromium.launch(executable_path=program, args=["--no-sandbox"])
        yield browser
        browser.close()
