"""So many requests a minute for each API key, whatever becomes of them."""

from collections.abc import Callable
from typing import Any

import pytest
import time_machine
from django.utils import timezone

from registry.models import RequestCount

CATALOGUE = "/api/v1/catalogue"


@pytest.fixture
def frozen(settings: Any) -> Any:
    """Three requests a minute, and a clock that stands at the tenth second of one."""
    settings.PARTNER_REQUESTS_PER_MINUTE = 3
    with time_machine.travel(timezone.now().replace(second=10, microsecond=0), tick=False) as clock:
        yield clock


def test_headers_tell_what_is_left(frozen: Any, machine: Any) -> None:
    answer = machine.get(CATALOGUE)
    assert answer["RateLimit-Policy"] == '"minute";q=3;w=60'
    assert answer["RateLimit"] == '"minute";r=2;t=50'


def test_request_beyond_the_limit_waits_for_the_next_minute(frozen: Any, machine: Any) -> None:
    assert [machine.get(CATALOGUE).status_code for _ in range(4)] == [200] * 3 + [429]
    answer = machine.send(b"name\n")
    assert (answer.status_code, answer.json()["code"]) == (429, "rate_limited")
    assert (answer["Retry-After"], answer["RateLimit"]) == ("50", '"minute";r=0;t=50')
    assert answer["Content-Type"] == "application/problem+json"
    frozen.shift(50)
    assert machine.get(CATALOGUE).status_code == 200


def test_refused_requests_count_as_well(frozen: Any, machine: Any) -> None:
    answers = [machine.post("/api/v1/records:batch", {"type": "wage"}).status_code for _ in range(4)]
    assert answers == [422] * 3 + [429]


def test_one_key_does_not_use_up_anothers_limit(frozen: Any, make_machine: Callable[..., Any]) -> None:
    machine, other = make_machine(), make_machine()
    for _ in range(4):
        machine.get(CATALOGUE)
    assert other.get(CATALOGUE).status_code == 200


def test_strangers_are_not_counted(frozen: Any, machine: Any) -> None:
    assert machine.get(CATALOGUE, Authorization="Bearer jx_" + "A" * 43).status_code == 401
    assert RequestCount.objects.count() == 0
