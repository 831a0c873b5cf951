"""The demonstration shows its people's codes; a live site shows nobody's."""

import pytest
from django.template.loader import render_to_string

from tests.factories.organisations import make_staff

pytestmark = pytest.mark.django_db


def page():
    return render_to_string("registry/demo_codes.html")


def test_codes_of_invented_people_are_shown_in_the_demonstration(settings):
    settings.DEMO = True
    invented, other = make_staff(email="operator@town.example"), make_staff(email="someone@example.org")
    shown = page()
    assert (invented.user.email in shown, invented.code() in shown) == (True, True)
    assert other.user.email not in shown


def test_no_code_is_shown_on_a_live_site(settings):
    settings.DEMO = False
    make_staff(email="operator@town.example")
    assert page().strip() == ""
