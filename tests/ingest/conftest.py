"""Machines that call the partner's API."""

from collections.abc import Callable
from typing import Any

import pytest


@pytest.fixture
def make_machine(db: None) -> Callable[..., Any]:
    """Makes programs of furnishers, each of a furnisher of its own."""
    from tests.factories.machines import Machine  # needs Django's models, which are not there at import
    from tests.factories.organisations import make_furnisher

    def make(kind: str = "employer", *scopes: str, **terms: Any) -> Machine:
        return Machine(make_furnisher(kind, **terms), *(scopes or ("uploads", "records", "consents")))

    return make


@pytest.fixture
def machine(make_machine: Callable[..., Any]) -> Any:
    """An employer's program that may do everything."""
    return make_machine()
