"""A resident with a phone: signs in by the code that comes to it, answers requests, looks, withdraws.

Everything goes through the pages and their forms, as in a browser; the phone is the demo's inbox page.
"""

import html
import re
import time

from registry.demo.browser import Browser, Form
from registry.demo.people import Person
from registry.demo.telling import StepFailed, require, require_that

_MESSAGE = re.compile(r'class="inbox-text">(.*?)</p>.*?class="numeric">(.*?)</span>', re.DOTALL)
_CODE = re.compile(r"(?<!\d)\d{6}(?!\d)")
_TAG = re.compile(r"<[^>]+>")
_PATIENCE = 30.0
_SIX_PAGES = 6


def phone(browser: Browser, mobile: str) -> list[str]:
    """The texts that came to a mobile, the newest first."""
    found = _MESSAGE.findall(browser.open("/demo/inbox"))
    return [html.unescape(_TAG.sub("", text)) for text, number in found if number.strip() == mobile]


class ResidentClient:
    """One resident's browser and phone; use as a context."""

    def __init__(self, base: str, person: Person) -> None:
        self.person = person
        self._base = base
        self._browser = Browser(base)

    def __enter__(self) -> "ResidentClient":
        return self

    def __exit__(self, *error: object) -> None:
        self._browser.__exit__()

    def sign_in(self) -> bool:
        """Sign in by code, and the first time prove who she is. Returns whether this was the first time."""
        browser, mobile = self._browser, self.person.mobiles[0]
        seen = self._codes()
        browser.open("/sign-in")
        browser.submit(browser.form_with("mobile"), mobile=mobile)
        code_form = browser.form_with("code")
        browser.submit(code_form, code=self._new_code(len(seen)))
        claims = "/claim" in browser.address
        if claims:
            document = self.person.id_number or self.person.passport
            browser.submit(browser.form_with("name", "document"), name=self.person.name, document=document)
        self._require_inside()
        return claims

    def _codes(self) -> list[str]:
        with Browser(self._base) as inbox:
            texts = phone(inbox, self.person.mobiles[0])
        return [found[0] for text in texts if (found := _CODE.search(text))]

    def _new_code(self, before: int) -> str:
        until = time.monotonic() + _PATIENCE
        while time.monotonic() < until:
            codes = self._codes()
            if len(codes) > before:
                return codes[0]
            time.sleep(0.3)
        raise StepFailed("no sign-in code came to the resident's phone")

    def _require_inside(self) -> None:
        self._browser.open("/consents")
        require_that("the resident is signed in", self._browser.address.endswith("/consents"))

    def find_request(self, link: str) -> bool:
        """Open the link of a request; whether there is anything to answer."""
        self._browser.visit(link)
        return self._browser.status == 200

    def grant(self, categories: list[str]) -> str:
        """Agree to these categories for as long as asked, separately where the law wants it.

        Returns the consent's address.
        """
        form = self._browser.form_with("categories", "days", "answer")
        require_that(
            "every category asked for is offered", set(categories) <= set(form.offered["categories"])
        )
        self._answer(form, "grant", categories=categories, days=form.offered["days"][-1])
        for _ in range(_SIX_PAGES):
            apart = [form for form in self._browser.forms() if "tick" in form.names]
            if not apart:
                break
            self._answer(apart[0], "grant", tick="1")
        return self._decided()

    def decline(self) -> str:
        """Say no. Returns the consent's address."""
        self._answer(self._browser.form_with("categories", "answer"), "decline")
        return self._decided()

    def _answer(self, form: Form, answer: str, **values: str | list[str]) -> None:
        self._browser.submit(form, answer=answer, **values)

    def _decided(self) -> str:
        found = re.search(r"/consents/[0-9a-f-]{36}$", self._browser.address)
        if found is None:
            raise StepFailed(f"the answer was not taken; the page is {self._browser.address}")
        return found[0]

    def withdraw(self, consent: str) -> None:
        """Withdraw the consent at this address, with the two taps that it takes."""
        self._browser.open(f"{consent}/withdraw")
        forms = [
            form for form in self._browser.forms() if form.method == "post" and "language" not in form.names
        ]
        ours = [form for form in forms if not form.action or "withdraw" in form.action]
        require_that("the page offers to withdraw", bool(ours))
        self._browser.submit(ours[0])
        require("the page after withdrawing", self._browser.address.endswith(consent), True)

    def sees_reader(self, name: str) -> bool:
        """Whether her list of who looked names this organisation."""
        return name in self._browser.open("/access")
