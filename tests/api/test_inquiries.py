"""A lender's own inquiries, page by page."""

import base64
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from registry.models import Inquiry
from tests.factories.lenders import Machine, lender
from tests.factories.reports import Borrower, borrower, consented

pytestmark = pytest.mark.django_db
LIST = "/api/v1/inquiries"


@pytest.fixture
def her(signed_in: Machine) -> Borrower:
    """A resident with a little on record who lets the machine's lender read it."""
    return borrower(signed_in, bills=1, wages=0)


def test_own_reads_are_listed_newest_first(her: Borrower) -> None:
    for number in range(3):
        her.ask(reference=f"case-{number}")
    page = her.machine.call("GET", LIST).json()
    assert [each["reference"] for each in page["inquiries"]] == ["case-2", "case-1", "case-0"]
    assert page["next_cursor"] is None
    newest = page["inquiries"][0]
    assert set(newest) == {"id", "consent_id", "purpose", "categories", "reference", "at", "ledger_entry"}
    assert newest["consent_id"] == str(her.consent)


def test_pages_follow_one_another_without_gap_or_repetition(her: Borrower) -> None:
    for number in range(5):
        her.ask(reference=f"case-{number}")
    moment = Inquiry.objects.first().at  # type: ignore[union-attr]  # there are five
    Inquiry.objects.update(at=moment)  # equal moments must not hide anything
    seen: list[str] = []
    path = f"{LIST}?limit=2"
    for _ in range(3):
        page = her.machine.call("GET", path).json()
        seen += [each["id"] for each in page["inquiries"]]
        path = f"{LIST}?limit=2&cursor={page['next_cursor']}"
    assert page["next_cursor"] is None
    assert sorted(seen) == sorted(str(each) for each in Inquiry.objects.values_list("id", flat=True))


def test_other_lenders_reads_are_not_listed(her: Borrower) -> None:
    other = lender().sign_in()
    Borrower(other, her.resident, consented(other, her.resident)).ask()
    assert her.machine.call("GET", LIST).json()["inquiries"] == []
    assert len(other.call("GET", LIST).json()["inquiries"]) == 1


def test_list_costs_the_same_with_one_read_and_with_three(her: Borrower) -> None:
    costs = []
    for reads in (1, 2):
        for _ in range(reads):
            her.ask()
        her.machine.call("GET", LIST)
        with CaptureQueriesContext(connection) as statements:
            her.machine.call("GET", LIST)
        costs.append(len(statements))
    assert costs[0] == costs[1]


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("limit=0", "limit"),
        ("limit=201", "limit"),
        ("limit=-1", "limit"),
        ("limit=ten", "limit"),
        ("limit=", "limit"),
        ("limit=" + "9" * 6000, "limit"),
        ("limit=%D9%A1", "limit"),
        ("cursor=nonsense", "cursor"),
        ("cursor=%C3%A9", "cursor"),
        ("cursor=%00", "cursor"),
    ],
    ids=lambda value: value[:20],
)
def test_parameter_that_cannot_be_read_is_named(signed_in: Machine, query: str, field: str) -> None:
    answer = signed_in.call("GET", f"{LIST}?{query}")
    assert (answer.status_code, answer.json()["code"]) == (422, "invalid_request")
    assert [each["field"] for each in answer.json()["errors"]] == [field]


@pytest.mark.parametrize(
    "place",
    [
        "0001-01-01T00:00:00+14:00|00000000-0000-4000-8000-000000000000",
        "9999-12-31T23:59:59-12:00|00000000-0000-4000-8000-000000000000",
        "2026-01-01T00:00:00|00000000-0000-4000-8000-000000000000",
        "2026-01-01T00:00:00+00:00|x",
        "|",
    ],
)
def test_cursor_that_was_never_given_is_refused(signed_in: Machine, place: str) -> None:
    cursor = base64.urlsafe_b64encode(place.encode()).rstrip(b"=").decode()
    answer: Any = signed_in.call("GET", f"{LIST}?cursor={cursor}")
    assert [each["field"] for each in answer.json()["errors"]] == ["cursor"]
