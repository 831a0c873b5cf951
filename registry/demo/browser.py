"""A browser without a screen: follows redirects, keeps cookies, fills in and submits a page's forms.

It knows nothing but what a page offers, so a form that is missing, or lacks a field, fails as it would for a
person in front of it.
"""

from dataclasses import dataclass, field
from html.parser import HTMLParser

import httpx

from registry.demo.telling import StepFailed

_SILENT = ("button", "submit", "reset", "image")
_CHOSEN = ("checkbox", "radio")


@dataclass
class Form:
    """One form of a page: where it goes, what it holds and offers, and its buttons (name, value)."""

    action: str
    method: str
    fields: dict[str, list[str]] = field(default_factory=dict)
    offered: dict[str, list[str]] = field(default_factory=dict)
    buttons: list[tuple[str, str]] = field(default_factory=list)

    @property
    def names(self) -> set[str]:
        """Names of everything that can be sent."""
        return {*self.fields, *self.offered, *(name for name, _ in self.buttons if name)}


class Browser:
    """One person's browser on the site at `base`; use as a context, so that its connection is closed."""

    def __init__(self, base: str, language: str = "en") -> None:
        headers = {"Accept-Language": language, "Accept": "text/html"}
        self._http = httpx.Client(base_url=base, headers=headers, follow_redirects=True, timeout=30)
        self.page = ""
        self.address = ""
        self.status = 0

    def __enter__(self) -> "Browser":
        return self

    def __exit__(self, *error: object) -> None:
        self._http.close()

    def open(self, address: str) -> str:
        """Go to an address; returns the page. Raises StepFailed unless it answers 200."""
        if self.visit(address) != 200:
            raise StepFailed(f"the page {self.address} answered {self.status}")
        return self.page

    def visit(self, address: str) -> int:
        """Go to an address, whatever it answers; returns the status."""
        self._arrive(self._http.get(address))
        return self.status

    def forms(self) -> list[Form]:
        """The forms of the present page."""
        reader = _Forms()
        reader.feed(self.page)
        return reader.forms

    def form_with(self, *names: str, action: str = "") -> Form:
        """The page's first form with these fields whose address holds `action`. Raises StepFailed."""
        for form in self.forms():
            if set(names) <= form.names and action in (form.action or self.address):
                return form
        raise StepFailed(f"the page {self.address} offers no form with {', '.join(names) or action}")

    def submit(self, form: Form, **values: str | list[str]) -> str:
        """Send a form with these values besides those it holds; returns the page that follows."""
        said: dict[str, str | list[str]] = {**form.fields, **values}
        target = str(httpx.URL(self.address).join(form.action)) if form.action else self.address
        if form.method == "get":
            self._arrive(self._http.get(target, params=said))
        else:
            # Django's guard against forged requests wants to see the page that the form stood on.
            self._arrive(self._http.post(target, data=said, headers={"Referer": self.address}))
        return self.page

    def _arrive(self, answer: httpx.Response) -> None:
        self.page, self.address, self.status = answer.text, str(answer.url), answer.status_code


class _Forms(HTMLParser):
    """Reads the forms out of a page."""

    def __init__(self) -> None:
        super().__init__()
        self.forms: list[Form] = []
        self._inside: Form | None = None
        self._select = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note a form, or what stands in it."""
        said = {name: value or "" for name, value in attrs}
        if tag == "form":
            self._inside = Form(said.get("action", ""), said.get("method", "get").lower())
            self.forms.append(self._inside)
        elif self._inside is not None:
            self._note(self._inside, tag, said, {name for name, _ in attrs})

    def handle_endtag(self, tag: str) -> None:
        """Leave a form or a list."""
        if tag == "form":
            self._inside = None
        elif tag == "select":
            self._select = ""

    def _note(self, form: Form, tag: str, said: dict[str, str], flags: set[str]) -> None:
        name, value = said.get("name", ""), said.get("value", "")
        if tag == "button":
            form.buttons.append((name, value))
        elif tag == "input" and name:
            self._input(form, said.get("type", "text"), name, value, "checked" in flags)
        elif tag == "textarea" and name:
            form.fields.setdefault(name, [""])
        elif tag == "select":
            self._select = name
        elif tag == "option" and self._select:
            form.offered.setdefault(self._select, []).append(value)
            if "selected" in flags or self._select not in form.fields:
                form.fields[self._select] = [value]

    def _input(self, form: Form, kind: str, name: str, value: str, checked: bool) -> None:
        if kind in _SILENT:
            form.buttons.append((name, value))
        elif kind in _CHOSEN:
            form.offered.setdefault(name, []).append(value or "on")
            if checked:
                form.fields.setdefault(name, []).append(value or "on")
        else:
            form.fields.setdefault(name, []).append(value)
