"""What a test does for want of an installed program: skip by hand, fail in CI, which installs them all."""

import os
from typing import NoReturn

import pytest


def missing(program: str, package: str) -> NoReturn:
    """Skip this test for want of a program that Debian's `package` brings; with CI set, fail it."""
    said = f"there is no {program} on this machine: apt-get install {package}"
    if os.environ.get("CI"):
        pytest.fail(f"{said} (CI skips nothing for want of a program)")
    pytest.skip(said)
