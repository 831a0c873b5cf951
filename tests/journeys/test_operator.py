"""An operator in a real browser: an organisation, its licence, its first owner, the ledger verified."""

from typing import Any

import pytest
from django.utils import translation
from playwright.sync_api import Browser, expect

from registry.models import Licence, Link, Membership, Organisation
from tests.factories.organisations import PASSWORD, Person, credit_code, make_furnisher, make_staff
from tests.factories.uploads import ingest, wage
from tests.journeys.browser import Visitor

pytestmark = [pytest.mark.browser, pytest.mark.services]


def _(text: str) -> str:
    return translation.gettext(text)


def signs_in(visitor: Visitor, person: Person) -> None:
    """Password, then the code of the app."""
    visitor.open("/console/")
    visitor.page.locator("input[name=login]").fill(person.user.email)
    visitor.page.locator("input[name=password]").fill(PASSWORD)
    visitor.press(_("Sign in"))
    visitor.page.locator("input[name=code]").fill(person.code())
    visitor.press(_("Sign in"))
    visitor.heading(_("Overview"))


@pytest.mark.parametrize("width", [390, 1280])
@pytest.mark.parametrize("language", ["zh-hans", "en"])
@pytest.mark.django_db(transaction=True)
def test_operator_registers_licenses_and_invites(
    browser: Browser, site: Any, language: str, width: int
) -> None:
    visitor = Visitor(browser, site.url, language=language, width=width)
    with translation.override(language):
        signs_in(visitor, make_staff())
        visitor.picture("console")
        registers(visitor)
        licenses(visitor)
        invites(visitor)
        verifies(visitor)
    licence, member = Licence.objects.get(), Membership.objects.get(role="owner")
    assert (licence.status, licence.categories) == ("suspended", ["employment", "income"])
    assert member.organisation == licence.organisation == Organisation.objects.get()


def registers(visitor: Visitor) -> None:
    """A new organisation, from the empty list on."""
    visitor.open("/console/organisations")
    visitor.picture("console-no-organisation")
    visitor.press(_("Register one"))
    visitor.page.locator("#id_name").fill("顺达物流有限公司")
    visitor.page.locator("#id_kind").select_option("employer")
    visitor.page.locator("#id_credit_code").fill("91350100M000100Y44")
    visitor.press(_("Register"))
    expect(visitor.page.locator(".error-summary")).to_be_visible()
    visitor.picture("console-register")
    visitor.page.locator("#id_credit_code").fill(credit_code())
    visitor.press(_("Register"))
    visitor.heading("顺达物流有限公司")


def licenses(visitor: Visitor) -> None:
    """Applied for, granted, suspended, each with its reason."""
    visitor.press(_("Enter an application"))
    for code in ("employment", "income"):
        ticks(visitor, code)
    visitor.picture("console-apply")
    visitor.press(_("Enter"))
    for label, reason in ((_("Grant the licence"), "examined"), (_("Suspend the licence"), "data_quality")):
        visitor.press(label)
        ticks(visitor, reason)
        visitor.page.locator("#id_note").fill("2026-11")
        visitor.picture(f"console-{reason}")
        visitor.press(label)
    visitor.picture("console-licence")


def ticks(visitor: Visitor, value: str) -> None:
    """The box or button of this value."""
    visitor.tick(visitor.page.locator(f"input[value={value}]").get_attribute("id"))


def invites(visitor: Visitor) -> None:
    """The organisation's first owner."""
    visitor.open(f"/console/organisations/{Organisation.objects.get().pk}")
    visitor.press(_("Add a member"))
    visitor.page.locator("#id_email").fill("owner@example.org")
    visitor.page.locator("#id_role").select_option("owner")
    visitor.press(_("Add and invite"))
    visitor.reads("owner@example.org")
    visitor.picture("console-organisation")
    visitor.open("/console/organisations")
    visitor.picture("console-organisations")


def verifies(visitor: Visitor) -> None:
    """The ledger, recomputed by a worker."""
    visitor.open("/console/ledger")
    visitor.press(_("Verify now"))
    for _try in range(120):
        visitor.open("/console/ledger")
        if visitor.page.get_by_text(_("Signed heads"), exact=True).count():
            break
        visitor.page.wait_for_timeout(500)
    visitor.reads(_("Signed heads"))
    visitor.picture("console-ledger")


@pytest.mark.parametrize("width", [390, 1280])
@pytest.mark.parametrize("language", ["zh-hans", "en"])
@pytest.mark.django_db(transaction=True)
def test_reviewer_looks_at_doubtful_links(browser: Browser, site: Any, language: str, width: int) -> None:
    ingest(make_furnisher(), [wage(1)])
    parts = (("id_number", "near", -3.1), ("name", "same", 9.4), ("mobile", "one_off", 1.5))
    evidence = [{"field": field, "level": level, "weight": weight} for field, level, weight in parts]
    found = {"decision": "review", "state": "automatic", "weight": 7.8, "evidence": evidence}
    Link.objects.update(**found, candidate=Link.objects.get().resident)
    visitor = Visitor(browser, site.url, language=language, width=width)
    with translation.override(language):
        signs_in(visitor, make_staff("reviewer"))
        visitor.open("/console/links")
        visitor.reads(_("Citizen number"))
        visitor.picture("console-links")
