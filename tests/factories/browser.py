"""Chromium for journeys: the system's own, since its version is what people have. CI must have one."""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from playwright.sync_api import Browser, sync_playwright

PROGRAMS = ("chromium", "chromium-browser", "google-chrome")


def find_chromium() -> str:
    """The browser's program. Without one a test is skipped; with CI set it fails."""
    found = next(filter(None, map(shutil.which, PROGRAMS)), None)
    if found is None and os.environ.get("CI"):
        pytest.fail("CI runs the journeys: install Chromium (Debian's package is called chromium)")
    if found is None:
        pytest.skip("there is no Chromium here: apt-get install chromium fonts-noto-cjk")
    return found


@contextmanager
def chromium() -> Iterator[Browser]:
    """A running Chromium without a screen."""
    program = find_chromium()
    with sync_playwright() as playwright:
        # The sandbox needs rights that neither root nor a container has; the pages are our own.
        browser = playwright.chromium.launch(executable_path=program, args=["--no-sandbox"])
        yield browser
        browser.close()
