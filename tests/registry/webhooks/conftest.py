"""A program that listens, and an organisation that named it."""

from collections.abc import Iterator
from typing import Any

import pytest


@pytest.fixture
def listener() -> Iterator[Any]:
    """A real HTTP server that keeps what it gets."""
    from tests.factories.receivers import receiver  # needs Django's settings, which are not there at import

    with receiver() as kept:
        yield kept
