"""So many requests a minute, counted for all processes together, whatever becomes of them."""

from typing import Any

import pytest
import time_machine
from django.utils import timezone

from registry.models import RequestCount
from tests.factories.lenders import Machine, lender

ME = "/api/v1/me"


@pytest.fixture
def frozen() -> Any:
    """A clock that stands at the tenth second of a minute."""
    with time_machine.travel(timezone.now().replace(second=10, microsecond=0), tick=False) as clock:
        yield clock


@pytest.fixture
def signed_in(db: None, frozen: Any, settings: Any) -> Machine:
    """A lender's machine that may send five requests a minute and has sent one, for its token."""
    settings.LENDER_REQUESTS_PER_MINUTE = 5
    return lender().sign_in()


def test_headers_tell_what_is_left(signed_in: Machine) -> None:
    answer = signed_in.call("GET", ME)
    assert answer["RateLimit-Policy"] == '"minute";q=5;w=60'
    assert answer["RateLimit"] == '"minute";r=3;t=50'


def test_request_beyond_the_limit_waits_for_the_next_minute(signed_in: Machine, frozen: Any) -> None:
    assert [signed_in.call("GET", ME).status_code for _ in range(5)] == [200] * 4 + [429]
    answer = signed_in.call("GET", ME)
    assert (answer.status_code, answer.json()["code"]) == (429, "rate_limited")
    assert (answer["Retry-After"], answer["RateLimit"]) == ("50", '"minute";r=0;t=50')
    assert answer["Content-Type"] == "application/problem+json"
    frozen.shift(50)
    assert signed_in.call("GET", ME).status_code == 200


def test_refused_requests_count_as_well(signed_in: Machine) -> None:
    body = {"consent_id": "00000000-0000-4000-8000-000000000000", "purpose": "credit_application"}
    answers = [signed_in.call("POST", "/api/v1/reports", body).status_code for _ in range(5)]
    assert answers == [403] * 4 + [429]


def test_requests_without_scope_count_as_well(db: None, frozen: Any, settings: Any) -> None:
    settings.LENDER_REQUESTS_PER_MINUTE = 2
    machine = lender().sign_in("reports")
    answers = [machine.call("GET", "/api/v1/inquiries").status_code for _ in range(2)]
    assert answers == [403, 429]


def test_tokens_count_as_well(signed_in: Machine) -> None:
    answers = [signed_in.ask_token() for _ in range(5)]
    assert [answer.status_code for answer in answers] == [200] * 4 + [429]
    assert answers[-1].json()["error"] == "rate_limited"
    assert answers[-1]["Retry-After"] == "50"


def test_one_client_does_not_use_up_anothers_limit(signed_in: Machine) -> None:
    other = lender().sign_in()
    for _ in range(5):
        signed_in.call("GET", ME)
    assert other.call("GET", ME).status_code == 200


def test_strangers_are_not_counted_for_a_client(signed_in: Machine) -> None:
    for _ in range(6):
        signed_in.ask_token(assertion=signed_in.assertion(aud="https://elsewhere.example"))
    assert RequestCount.objects.get().requests == 1


def test_count_is_kept_in_an_unlogged_table(db: None) -> None:
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("SELECT relpersistence FROM pg_class WHERE relname = 'registry_requestcount'")
        assert cursor.fetchone() == ("u",)
