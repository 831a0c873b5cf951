"""A security key in a real browser: added, named, used as the second step, and removed."""

from typing import Any

import pytest
from allauth.mfa.models import Authenticator
from django.utils import translation
from playwright.sync_api import Browser, expect

from tests.factories.organisations import PASSWORD, make_staff
from tests.journeys.browser import Visitor
from tests.journeys.test_operator import signs_in

pytestmark = [pytest.mark.browser, pytest.mark.services]
KEY = {
    "protocol": "ctap2",
    "transport": "internal",
    "hasResidentKey": True,
    "hasUserVerification": True,
    "isUserVerified": True,
    "automaticPresenceSimulation": True,
}


def _(text: str) -> str:
    return translation.gettext(text)


def holds_a_key(visitor: Visitor) -> None:
    """Plug one into this browser; it is pressed whenever a page asks."""
    line = visitor.page.context.new_cdp_session(visitor.page)
    line.send("WebAuthn.enable")
    line.send("WebAuthn.addVirtualAuthenticator", {"options": KEY})


@pytest.mark.parametrize(("language", "width"), [("zh-hans", 390), ("en", 1280)])
@pytest.mark.django_db(transaction=True)
def test_key_is_added_used_and_removed(browser: Browser, site: Any, language: str, width: int) -> None:
    person = make_staff()
    # Browsers give keys to names only, never to bare addresses.
    visitor = Visitor(browser, site.url.replace("127.0.0.1", "localhost"), language=language, width=width)
    holds_a_key(visitor)
    with translation.override(language):
        signs_in(visitor, person)
        adds(visitor)
        visitor.open("/accounts/logout/")
        visitor.page.locator("main form button").click()
        visitor.heading(_("Sign in for staff and organisations"))
        signs_in_with_the_key(visitor, person.user.email)
        removes(visitor)
    assert list(person.user.authenticator_set.filter(type=Authenticator.Type.WEBAUTHN)) == []


def adds(visitor: Visitor) -> None:
    """From the empty list to a key with a name of its own."""
    visitor.open("/accounts/2fa/webauthn/")
    visitor.reads(_("No security key is set up"))
    visitor.picture("keys-none")
    visitor.press(_("Add a key"))
    visitor.page.locator("#id_name").fill("K1")
    visitor.picture("key-add")
    visitor.press(_("Add the key"))
    expect(visitor.page).not_to_have_url(visitor.url + "/accounts/2fa/webauthn/add/")
    visitor.open("/accounts/2fa/webauthn/")
    visitor.page.get_by_role("link", name=_("Rename")).click()
    visitor.picture("key-rename")
    visitor.page.locator("#id_name").fill("K2")
    visitor.press(_("Save"))
    visitor.reads("K2", _("not used yet"))
    visitor.picture("keys")


def signs_in_with_the_key(visitor: Visitor, email: str) -> None:
    """Password, then a touch."""
    visitor.open("/console/")
    visitor.page.locator("input[name=login]").fill(email)
    visitor.page.locator("input[name=password]").fill(PASSWORD)
    visitor.press(_("Sign in"))
    visitor.picture("second-step-with-a-key")
    visitor.press(_("Use a security key"))
    visitor.heading(_("Overview"))


def removes(visitor: Visitor) -> None:
    """One more question, then it is gone."""
    visitor.open("/accounts/2fa/webauthn/")
    visitor.page.get_by_role("link", name=_("Remove")).click()
    visitor.heading(_("Remove “%(name)s”?") % {"name": "K2"})
    visitor.picture("key-remove")
    visitor.press(_("Remove"))
    visitor.reads(_("No security key is set up"))
