"""A resident's story in a real browser: sign in, claim, answer a request, see who looked, withdraw.

Told in both languages on a phone and on a desk, and once without scripts at 320 px.
"""

from dataclasses import dataclass
from typing import Any

import pytest
from django.utils import timezone, translation
from playwright.sync_api import Browser, expect

from consent.models import Consent
from registry.models import Organisation
from tests.factories.consents import Known, attested, make_furnisher, make_resident
from tests.factories.lenders import Machine, lender
from tests.factories.reports import bill, furnish, home, job, wage
from tests.journeys.browser import Visitor

pytestmark = [pytest.mark.browser, pytest.mark.services]

NAMES = {
    "community": {"name": "东湖社区居委会", "name_en": "East Lake Community"},
    "employer": {"name": "顺达物流", "name_en": "Shunda Logistics"},
    "utility": {"name": "市自来水公司", "name_en": "City Water"},
}
ASKED = ["identity", "residence", "employment", "income", "utility_payments"]


@dataclass
class Life:
    """A resident with facts from three furnishers, and a lender's machine that asks her over the API."""

    resident: Known
    machine: Machine

    def call(self, method: str, path: str, body: Any = None) -> Any:
        """A call in this very process, after which the page's language is in force again."""
        with translation.override("en"):
            return self.machine.call(method, path, body)

    def asked(self, **more: Any) -> dict[str, str]:
        """The lender's request for consent: its id, code and link."""
        who = {name: self.resident.identity[name] for name in ("name", "id_number")}
        body = {"identity": who, "purpose": "credit_application", "categories": ASKED, "period": {"days": 90}}
        answer = self.call("POST", "/api/v1/consent-requests", body | more)
        assert answer.status_code == 201, answer.content
        return answer.json()

    def look(self, request: str) -> Any:
        """The lender's report by the consent that the request became."""
        state = self.call("GET", f"/api/v1/consent-requests/{request}").json()
        body = {"consent_id": state["consent_id"] or request, "purpose": "credit_application"}
        return self.call("POST", "/api/v1/reports", body)


def make_life() -> Life:
    """Home, job, wages and a year of bills, one of them late."""
    resident = make_resident()
    signed = {"signed_on": timezone.localdate(), "at": timezone.now()}
    story = {
        "community": (("identity", "residence"), {"residence": [home()]}),
        "employer": (
            ("identity", "employment", "income"),
            {"employment": [job()], "wage": map(wage, range(1, 7))},
        ),
        "utility": (("identity", "utility_payments"), {"bill": [bill(back) for back in range(1, 13)]}),
    }
    late = story["utility"][1]["bill"][4]
    late["due_on"] = f"{late['period']}-19"
    for kind, (categories, types) in story.items():
        furnisher = make_furnisher(kind)
        Organisation.objects.filter(id=furnisher.organisation_id).update(**NAMES[kind])
        apart = [code for code in categories if code == "income"]
        consent = attested(furnisher, resident, categories=categories, separate=apart, **signed)
        for code, rows in types.items():
            furnish(furnisher, resident.id, consent, code, list(rows))
    return Life(resident, lender().sign_in())


def claim(visitor: Visitor, resident: Known, path: str = "/") -> None:
    """Sign in for the first time: a number, its code, a name and a document."""
    visitor.open(path)
    visitor.picture("landing" if path == "/" else "sign-in")
    visitor.fill(_("Mobile number"), resident.identity["mobile"])
    visitor.press(_("Send me a code"))
    visitor.heading(_("Type the code we sent you"))
    visitor.picture("code")
    visitor.fill(_("Code from the message"), visitor.code_of(resident.identity["mobile"]))
    visitor.press(_("Sign in"))
    visitor.heading(_("Who are you?"))
    visitor.picture("claim")
    visitor.fill(_("Full name"), resident.identity["name"])
    visitor.fill(_("Document number"), resident.identity["id_number"])
    visitor.press(_("Open my profile"))


def _(text: str) -> str:
    return translation.gettext(text)


@pytest.mark.parametrize("width", [390, 1280])
@pytest.mark.parametrize("language", ["zh-hans", "en"])
@pytest.mark.django_db(transaction=True)
def test_resident_claims_grants_less_sees_the_look_and_withdraws(
    browser: Browser, demo_site: Any, language: str, width: int
) -> None:
    life = make_life()
    visitor = Visitor(browser, demo_site.url, language=language, width=width)
    with translation.override(language):
        claim(visitor, life.resident)
        visitor.heading(_("Hello, %(name)s") % {"name": life.resident.identity["name"]})
        visitor.picture("home-before")
        request = life.asked()
        grants_less(visitor, request)
        assert life.look(request["id"]).status_code == 200
        sees_the_look(visitor)
        withdraws(visitor)
    assert life.look(request["id"]).status_code == 403
    granted = Consent.objects.get(id=request["id"])
    assert (granted.status, granted.categories) == ("withdrawn", ["employment", "utility_payments"])
    assert (granted.valid_until - granted.valid_from).days == 30


def grants_less(visitor: Visitor, request: dict[str, str]) -> None:
    """Two of five categories, income ticked and left out again on its own page, 30 of 90 days."""
    visitor.open("/")
    visitor.picture("home-asked")
    visitor.press(_("See the request"))
    expect(visitor.page.locator("#id_categories_employment")).to_be_attached()
    visitor.picture("answer")
    assert visitor.page.locator("input:checked").count() == 0
    visitor.press(_("Agree to what I ticked"))
    expect(visitor.page.locator(".error-summary")).to_be_visible()
    visitor.picture("answer-refused")
    for code in ("employment", "utility_payments", "income"):
        visitor.tick(f"id_categories_{code}")
    visitor.tick("id_days_30")
    visitor.press(_("Agree to what I ticked"))
    visitor.reads(_("Leave it out"))
    visitor.picture("answer-apart")
    visitor.press(_("Leave it out"))
    visitor.reads(_("In force"))
    visitor.picture("granted")
    visitor.open(request["link"])
    visitor.heading(_("You have answered this request already"))
    visitor.picture("answered")


def sees_the_look(visitor: Visitor) -> None:
    """The lender's look stands in the list, and on the first page."""
    visitor.open("/access")
    expect(visitor.page.locator(".timeline-title").first).to_be_visible()
    assert visitor.page.locator(".timeline-item").count() == 1
    visitor.picture("access")
    visitor.open("/")
    visitor.picture("home-after")
    visitor.open("/records")
    visitor.picture("records")
    visitor.open("/records/utility_payments")
    visitor.picture("category")
    visitor.open("/settings")
    visitor.picture("settings")
    visitor.open("/consents")
    visitor.picture("consents")


def withdraws(visitor: Visitor) -> None:
    """From the list in two presses; going back shows the consent as it stands now."""
    visitor.open("/consents")
    visitor.page.get_by_role("link", name=_("Withdraw")).first.click()
    visitor.reads(_("Withdraw now"))
    visitor.picture("withdraw")
    asked = visitor.page.url
    visitor.press(_("Withdraw now"))
    visitor.reads(_("Withdrawn"))
    visitor.picture("withdrawn")
    visitor.page.go_back()
    visitor.page.wait_for_load_state()
    assert (
        visitor.page.url != asked or visitor.page.get_by_role("button", name=_("Withdraw now")).count() == 0
    )
    with visitor.page.expect_download() as download:
        visitor.get(_("Download the receipt"))
    assert download.value.suggested_filename.endswith("-withdrawn.jws")


@pytest.mark.django_db(transaction=True)
def test_everything_works_at_320_pixels_without_scripts(browser: Browser, demo_site: Any) -> None:
    life = make_life()
    visitor = Visitor(browser, demo_site.url, language="en", width=320, scripts=False)
    with translation.override("en"):
        request = life.asked()
        claim(visitor, life.resident, path=f"/r/{request['code']}")
        visitor.reads(_("A question for you"))
        grants_less(visitor, request)
        assert life.look(request["id"]).status_code == 200
        sees_the_look(visitor)
        withdraws(visitor)
    assert life.look(request["id"]).status_code == 403
