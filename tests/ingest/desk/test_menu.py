"""The desk's menu: what a clerk does every day within a thumb's reach, the rest under "More"."""

import re

import pytest

from tests.factories.organisations import make_furnisher, make_person, signed_in

pytestmark = pytest.mark.django_db

DAILY = ["Send a file", "All files", "Data quality", "Invitations"]


def menu_of(role: str) -> tuple[list[str], list[str]]:
    """Labels on a phone's bar, and those under "More"."""
    page = signed_in(make_person(role, make_furnisher().pk)).get("/desk/").content.decode()
    whole, rest = re.search(r'<nav class="menu.*?</nav>', page, re.DOTALL)[0].split('class="menu-rest"')
    on_the_bar = re.sub(r'<li class="menu-wide">.*?</li>', "", whole).split('class="menu-more"')[0]
    return labels(on_the_bar), labels(rest)


def labels(part: str) -> list[str]:
    return re.findall(r"<span>([^<]+)</span>", part)


def test_owner_finds_what_is_set_up_once_under_more():
    assert menu_of("owner") == (DAILY, ["Colleagues", "API keys", "Webhooks", "Your account"])


def test_clerk_is_offered_nothing_she_may_not_use():
    assert menu_of("clerk") == (DAILY, ["Colleagues", "Your account"])
