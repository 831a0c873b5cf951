"""No dead ends: what cannot be opened says so on a page."""

import pytest
from django.test import Client

pytestmark = pytest.mark.django_db

BROWSER = {"Accept": "text/html,application/xhtml+xml", "Accept-Language": "en"}


def test_address_for_forms_opened_by_a_browser_has_a_page() -> None:
    answer = Client().get("/language", headers=BROWSER)
    assert (answer.status_code, answer["Allow"]) == (405, "POST")
    assert "press the button" in answer.content.decode()


def test_address_for_forms_opened_by_a_machine_stays_bare() -> None:
    answer = Client().get("/language", headers={"Accept": "*/*"})
    assert (answer.status_code, answer.content) == (405, b"")


def test_unknown_address_has_a_page() -> None:
    answer = Client().get("/nowhere", headers=BROWSER)
    assert answer.status_code == 404
    assert "There is no such page" in answer.content.decode()


@pytest.mark.parametrize(
    ("path", "first"),
    [
        ("/nowhere", "/"),
        ("/desk/nowhere", "/accounts/work"),
        ("/console/nowhere", "/accounts/work"),
        ("/accounts/signup/", "/accounts/work"),
    ],
)
def test_way_on_from_an_error_leads_to_where_one_works(path: str, first: str) -> None:
    page = Client().get(path, headers=BROWSER).content.decode()
    assert f'<a class="btn btn-primary" href="{first}">' in page
