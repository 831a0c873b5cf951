"""Doubtful links: levels of evidence, and not a value of the people in question."""

import re

import pytest

from registry.models import Link
from tests.factories.organisations import make_furnisher, make_staff, signed_in
from tests.factories.uploads import ingest, person, wage

pytestmark = pytest.mark.django_db


@pytest.fixture
def doubt():
    """A link of a person with a name and a number, put up for review."""
    ingest(make_furnisher(), [wage(1)])
    evidence = [
        {"field": "name", "level": "same", "weight": 9.1},
        {"field": "mobile", "level": "one_off", "weight": -2.0},
    ]
    Link.objects.update(decision="review", state="automatic", evidence=evidence)
    return Link.objects.get()


def test_reviewer_sees_fields_levels_and_weights_and_no_value(doubt):
    page = signed_in(make_staff("reviewer")).get("/console/links").content.decode()
    words = [f"Link {doubt.pk}", "Full name", "the same", "one character differs", "-2.0"]
    assert [word for word in words if word not in page] == []
    assert [value for value in person(1).values() if value in page] == []


def test_operator_without_the_role_of_a_reviewer_sees_none(doubt):
    browser = signed_in(make_staff("operator"))
    assert browser.get("/console/links").status_code == 403
    assert "Doubtful links" not in browser.get("/console/").content.decode()


def test_empty_list_says_so():
    page = signed_in(make_staff("reviewer")).get("/console/links").content.decode()
    assert "No doubtful link" in page


def test_list_takes_the_same_queries_for_one_and_three_links(
    doubt, django_assert_num_queries, django_assert_max_num_queries
):
    browser = signed_in(make_staff("compliance"))
    with django_assert_max_num_queries(12) as counted:
        browser.get("/console/links")
    ingest(make_furnisher(), [wage(2), wage(3)])
    Link.objects.update(decision="review", state="automatic")
    with django_assert_num_queries(len(counted)):
        page = browser.get("/console/links").content.decode()
    assert len(re.findall(r">Link \d+<", page)) >= 3
