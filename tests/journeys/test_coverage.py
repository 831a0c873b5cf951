"""Rows without a consent, told in a browser: the clerk's slip, the resident's yes, the file once more."""

from typing import Any

import pytest
from django.utils import timezone, translation
from playwright.sync_api import Browser

from consent.models import Consent, Invitation
from registry.models import Record
from tests.factories.consents import make_resident
from tests.factories.organisations import make_furnisher, make_person
from tests.factories.uploads import ingest, wage
from tests.journeys.browser import Visitor
from tests.journeys.test_clerk import signs_in
from tests.journeys.test_resident import claim

pytestmark = [pytest.mark.browser, pytest.mark.services]


def _(text: str) -> str:
    return translation.gettext(text)


@pytest.mark.parametrize("width", [390, 1280])
@pytest.mark.parametrize("language", ["zh-hans", "en"])
@pytest.mark.django_db(transaction=True)
def test_slip_leads_a_resident_to_agree_and_her_rows_are_taken_in(
    browser: Browser, demo_site: Any, language: str, width: int
) -> None:
    employer = make_furnisher()
    resident = make_resident()
    rows = [wage(1), wage(2, signed=False) | resident.identity]
    first = ingest(employer, rows)
    clerk = make_person("clerk", employer.pk)
    with translation.override(language):
        prints_the_sheet(Visitor(browser, demo_site.url, language=language, width=width), clerk, first)
        agrees(Visitor(browser, demo_site.url, language=language, width=width), resident)
    consent = Consent.objects.get(how="self_service")
    assert (set(consent.categories), consent.organisation_id) == ({"identity", "income"}, employer.pk)
    again = ingest(employer, rows, at=timezone.now())
    assert (first.refused, again.accepted, again.refused, Record.objects.count()) == (1, 1, 0, 2)


def prints_the_sheet(visitor: Visitor, clerk: Any, upload: Any) -> None:
    signs_in(visitor, clerk, clerk.code)
    visitor.open(f"/desk/uploads/{upload.pk}/coverage")
    visitor.picture("coverage")
    visitor.press(_("Make the sheet"))
    visitor.heading(_("Invitations to print"))
    visitor.picture("invitation-sheet")
    visitor.open("/desk/invitations")
    visitor.picture("invitations")
    visitor.press(_("Show to print"))
    visitor.picture("invitation-poster")
    visitor.open("/desk/quality")
    visitor.picture("quality")


def agrees(visitor: Visitor, resident: Any) -> None:
    """Scan, read, sign in for the first time, tick, and tick income on its own page."""
    visitor.open(f"/join/{Invitation.objects.get().code}")
    visitor.picture("join-stranger")
    visitor.press(_("Sign in to choose"))
    claim(visitor, resident, path=visitor.page.url)
    visitor.picture("join")
    for code in ("identity", "income"):
        visitor.tick(f"id_categories_{code}")
    visitor.page.locator("label[for^='id_days_']").last.click()
    visitor.press(_("Agree to what I ticked"))
    visitor.picture("join-apart")
    visitor.tick("id_tick")
    visitor.press(_("Agree to this as well"))
    visitor.picture("join-done")
