"""Sites on servers of their own, for faults that no other test must feel: one for each kind of broker."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import pytest

from tests.factories.missing import missing

if TYPE_CHECKING:
    from tests.factories.stand import Stand


@pytest.fixture(scope="session", params=["redis", "rabbitmq"])
def standing_site(
    request: pytest.FixtureRequest, django_db_blocker: Any, django_db_setup: None
) -> Iterator[Stand]:
    """One site for all tests of this kind of broker."""
    from tests.factories import rabbit, stand  # they need Django's settings, which come after this file

    if request.param == "rabbitmq" and not rabbit.installed():
        missing("RabbitMQ", "rabbitmq-server")
    with django_db_blocker.unblock(), stand.standing(request.param) as made:
        yield made


@pytest.fixture
def stand(standing_site: Stand, django_db_blocker: Any) -> Iterator[Stand]:
    """A live site of its own, on Redis and on RabbitMQ, whole when the test begins and when it ends."""
    with django_db_blocker.unblock(), standing_site.here():
        yield standing_site
        standing_site.wait_until_ready()
