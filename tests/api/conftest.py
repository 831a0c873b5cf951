"""What the lender's tests share. Models are imported inside: Django is not set up when this file is read."""

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.factories.lenders import Machine


@pytest.fixture
def machine(db: None) -> "Machine":
    """The machine of a licensed lender that has not signed in yet."""
    from tests.factories.lenders import lender

    return lender()


@pytest.fixture
def signed_in(machine: "Machine") -> "Machine":
    """The machine of a licensed lender with a token for all its scopes."""
    return machine.sign_in()
