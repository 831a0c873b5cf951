"""A clerk looks at a file before it is taken in: an odd sheet, doubtful columns, a dry run, the go-ahead.

On a phone and on a desk, with scripts and without; held against axe-core's rules for accessible pages.
"""

from pathlib import Path
from typing import Any

import pytest
from django.utils import timezone, translation
from playwright.sync_api import Browser, expect

from ingest.models import RememberedMapping, Upload
from registry.accounts.totp import code_at
from registry.models import Organisation, Record
from tests.factories.organisations import make_furnisher, make_person
from tests.factories.previews import held, workbook
from tests.factories.uploads import wage
from tests.journeys.browser import Visitor
from tests.journeys.test_clerk import signs_in

pytestmark = [pytest.mark.browser, pytest.mark.services, pytest.mark.django_db(transaction=True)]

AXE = Path(__file__).resolve().parents[2] / "node_modules" / "axe-core" / "axe.min.js"
SEEN = """
async () => {
  const found = await axe.run();
  return found.violations.map((one) => [one.id, ...one.nodes.map((node) => node.html)].join(" | "));
}
"""


def odd_book() -> bytes:
    """Notes on one sheet; on another wages, some of them under headers that say nothing, with two faults."""
    rows = [wage(number) for number in range(1, 9)]
    rows[2]["month"] = "March"
    rows[5]["gross"] = "viel"
    headers = {"name": "员工姓名", "id_number": "列2", "gross": "应发金额", "month": "月份", "net": "Spare 1"}
    names = [headers.get(key, key) for key in rows[0]]
    about = [["期间", "负责人"], ["三月", "王会计"], ["四月", "李会计"]]
    return workbook(说明=about, 工资=[names, *(list(row.values()) for row in rows)])


def accessible(visitor: Visitor) -> list[str]:
    """What axe-core finds wrong with the page."""
    visitor.page.evaluate(AXE.read_text(encoding="utf-8"))
    return list(visitor.page.evaluate(SEEN))


def one_held(employer: Organisation) -> Upload:
    return held(employer, odd_book(), filename="march.xlsx")


@pytest.mark.parametrize("width", [390, 1280])
def test_clerk_sees_mends_tries_and_confirms(browser: Browser, site: Any, width: int) -> None:
    employer = make_furnisher()
    person = make_person("clerk", employer.pk)
    upload = one_held(employer)
    visitor = Visitor(browser, site.url, language="en", width=width)
    page = visitor.page
    with translation.override("en"):
        signs_in(visitor, person, lambda: code_at(person.secret, timezone.now()))
    visitor.open(f"/desk/uploads/{upload.pk}/preview")
    visitor.heading("march.xlsx")
    chooses_the_sheet(visitor)
    visitor.reads("Take this file in?", "2 of them would be refused.", "This is not a month.")
    expect(page.locator("#sheet-caption")).to_be_visible()
    visitor.picture("desk-preview")
    assert accessible(visitor) == []
    moves_the_table_by_keyboard(visitor)
    leaves_a_column_out(visitor)
    visitor.press("Try the whole file first")
    visitor.reads("8 rows were tried and nothing of them stored. Taken in today, this would come of them:")
    visitor.picture("desk-preview-tried")
    assert accessible(visitor) == []
    assert (Record.objects.count(), Upload.objects.get().status) == (0, "previewed")
    visitor.press("Take it in")
    expect(page.locator(".state").first).to_contain_text("Done, some rows refused")
    assert (Record.objects.count(), RememberedMapping.objects.count()) == (6, 1)


def chooses_the_sheet(visitor: Visitor) -> None:
    """Whichever sheet was read by itself: the wages are to be read."""
    page = visitor.page
    if not page.get_by_label("Sheet").is_visible():
        page.get_by_text("Read it otherwise").click()
    page.get_by_label("Sheet").select_option("工资")
    page.get_by_label("What is in it").select_option(label="Wage")
    visitor.press("Show it as chosen here")
    expect(page.get_by_role("heading", name="Take this file in?")).to_be_visible()


def moves_the_table_by_keyboard(visitor: Visitor) -> None:
    """The wide table takes the focus and moves by arrow keys, its first column staying where it is."""
    page = visitor.page
    region = page.get_by_role("region", name="What the record will hold")
    region.focus()
    expect(region).to_be_focused()
    first = region.locator("tbody th").first
    before = first.bounding_box()
    for _step in range(6):
        page.keyboard.press("ArrowRight")
    expect(region).not_to_have_js_property("scrollLeft", 0)
    assert abs(first.bounding_box()["x"] - before["x"]) < 2


def leaves_a_column_out(visitor: Visitor) -> None:
    visitor.page.get_by_label("Field of “Spare 1”").select_option("")
    visitor.press("Show it as chosen here")
    visitor.reads("Fill no field, so that nothing of them is kept:")


def test_preview_works_without_scripts_at_320_pixels(browser: Browser, site: Any) -> None:
    employer = make_furnisher()
    person = make_person("clerk", employer.pk)
    upload = one_held(employer)
    visitor = Visitor(browser, site.url, language="en", width=320, scripts=False)
    with translation.override("en"):
        signs_in(visitor, person, lambda: code_at(person.secret, timezone.now()))
    visitor.open(f"/desk/uploads/{upload.pk}/preview")
    chooses_the_sheet(visitor)
    visitor.picture("desk-preview-without-scripts")
    visitor.press("Take it in")
    expect(visitor.page.locator(".state").first).to_contain_text("Done, some rows refused")
    assert Record.objects.count() == 6
