"""A clerk's story in a real browser: second step set up, a file with faults, its result, the mended file.

Told in both languages on a phone and on a desk, and once without scripts at 320 px.
"""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.utils import timezone, translation
from playwright.sync_api import Browser, expect

from ingest.models import Upload
from registry.accounts.totp import code_at
from registry.models import Record, Resident
from tests.factories.organisations import PASSWORD, Person, make_furnisher, make_person
from tests.factories.uploads import as_csv, wage
from tests.journeys.browser import Visitor

pytestmark = [pytest.mark.browser, pytest.mark.services]

ROWS = 60


def _(text: str) -> str:
    return translation.gettext(text)


def rows() -> list[dict[str, str]]:
    """Wages of sixty people; three have no consent, two a mistyped number, one a month in words."""
    made = [wage(number) for number in range(1, ROWS + 1)]
    for place in (4, 5, 6):
        made[place] = wage(place + 1, signed=False)
    for place in (10, 11):
        number = made[place]["id_number"]
        made[place]["id_number"] = number[:-1] + ("0" if number[-1] != "0" else "1")
    made[20]["month"] = "March"
    return made


def sets_up_the_second_step(visitor: Visitor, person: Person) -> None:
    """Password, the picture for the app, its first code, the recovery codes."""
    visitor.open("/desk/")
    visitor.picture("desk-sign-in")
    page = visitor.page
    page.locator("input[name=login]").fill(person.user.email)
    page.locator("input[name=password]").fill(PASSWORD)
    visitor.press(_("Sign in"))
    visitor.heading(_("Set up two-step sign-in"))
    visitor.picture("desk-set-up")
    person.secret = page.locator("ol.steps code").inner_text()
    page.locator("input[name=code]").fill(person.code())
    visitor.press(_("Turn it on"))
    visitor.heading(_("Recovery codes"))
    visitor.picture("desk-recovery-codes")
    visitor.press(_("I have kept them"))


def signs_in(visitor: Visitor, person: Person, code: Callable[[], str]) -> None:
    """Password, then the code of the app."""
    visitor.open("/desk/")
    visitor.page.locator("input[name=login]").fill(person.user.email)
    visitor.page.locator("input[name=password]").fill(PASSWORD)
    visitor.press(_("Sign in"))
    visitor.heading(_("Second step"))
    visitor.picture("desk-second-step")
    visitor.page.locator("input[name=code]").fill(code())
    visitor.press(_("Sign in"))


def sends(visitor: Visitor, file: Path) -> None:
    """Choose a file and send it, look at how it is understood, and take it in."""
    visitor.heading(_("Send a file"))
    visitor.picture("desk")
    visitor.page.locator("input[type=file]").set_input_files(file)
    visitor.press(_("Send the file"))
    visitor.heading(file.name)
    visitor.press(_("Take it in"))
    visitor.heading(file.name)


def mended(result: Path) -> bytes:
    """The result file with right numbers, a right month, and signed consents in the rows that lacked them."""
    assert result.read_text(encoding="utf-8").count("\n") == ROWS + 1
    return as_csv([wage(number) for number in range(1, ROWS + 1)])


@pytest.mark.parametrize("width", [390, 1280])
@pytest.mark.parametrize("language", ["zh-hans", "en"])
@pytest.mark.django_db(transaction=True)
def test_clerk_sends_a_file_mends_what_came_back_and_sends_it_again(
    browser: Browser, site: Any, tmp_path: Path, language: str, width: int
) -> None:
    employer = make_furnisher()
    person = make_person("clerk", employer.pk, second_factor=False)
    file = tmp_path / "wages-march.csv"
    file.write_bytes(as_csv(rows()))
    visitor = Visitor(browser, site.url, language=language, width=width)
    with translation.override(language):
        sets_up_the_second_step(visitor, person)
        sends(visitor, file)
        expect(visitor.page.locator(".state").first).to_contain_text(_("Done, some rows refused"))
        visitor.picture("desk-done-with-errors")
        with visitor.page.expect_download() as download:
            visitor.get(_("Get the result file"))
        file.write_bytes(mended(Path(download.value.path())))
        visitor.page.reload()
        visitor.picture("desk-result-fetched")
        visitor.press(_("Send the mended file"))
        sends(visitor, file)
        expect(visitor.page.locator(".state").first).to_contain_text(_("Done"))
        visitor.reads(_("Every row is in. There is nothing left to do."))
        visitor.picture("desk-done")
        looks_around(visitor)
    assert (Resident.objects.count(), Record.objects.count()) == (ROWS, ROWS)
    assert [upload.status for upload in Upload.objects.all()] == ["done", "done_with_errors"]


def looks_around(visitor: Visitor) -> None:
    """History, colleagues, the own account; then out."""
    for path, name in (
        ("/desk/uploads", "desk-files"),
        ("/desk/members", "desk-members"),
        ("/accounts/", "account"),
    ):
        visitor.open(path)
        visitor.picture(name)
    visitor.press(_("Sign out"))
    visitor.heading(_("Sign in for staff and organisations"))


@pytest.mark.django_db(transaction=True)
def test_everything_works_at_320_pixels_without_scripts(browser: Browser, site: Any, tmp_path: Path) -> None:
    person = make_person("clerk", make_furnisher().pk)
    file = tmp_path / "wages.csv"
    file.write_bytes(as_csv([wage(1), wage(2)]))
    visitor = Visitor(browser, site.url, language="en", width=320, scripts=False)
    with translation.override("en"):
        signs_in(visitor, person, lambda: code_at(person.secret, timezone.now()))
        sends(visitor, file)
        expect(visitor.page.locator(".state").first).to_contain_text("Done")
        visitor.picture("desk-done-without-scripts")
    assert Upload.objects.get().status == "done"


@pytest.mark.parametrize("width", [390, 1280])
@pytest.mark.parametrize("language", ["zh-hans", "en"])
@pytest.mark.django_db(transaction=True)
def test_owner_makes_a_key_and_revokes_it(browser: Browser, site: Any, language: str, width: int) -> None:
    employer = make_furnisher()
    person = make_person("owner", employer.pk)
    visitor = Visitor(browser, site.url, language=language, width=width)
    with translation.override(language):
        signs_in(visitor, person, person.code)
        visitor.open("/desk/keys")
        visitor.picture("desk-no-key")
        visitor.press(_("Make a key"))
        visitor.fill(_("Name"), "payroll export")
        visitor.tick("id_scopes_0")
        visitor.picture("desk-key-new")
        visitor.press(_("Make the key"))
        visitor.heading(_("Your new key"))
        visitor.picture("desk-key-made")
        visitor.press(_("I have kept it"))
        visitor.picture("desk-keys")
        visitor.page.get_by_role("link", name=_("Revoke")).click()
        visitor.picture("desk-key-revoke")
        visitor.press(_("Revoke it"))
        visitor.reads(_("No key in use"))
    assert employer.api_keys.get().revoked_at is not None
