"""A clerk's line breaks, her server dies, she stops a file, sends three at once, and never touches the mouse.

The page sends by tus-js-client in a real browser, over a line that is cut for real.
"""

import gzip
import time
from pathlib import Path
from typing import Any

import pytest
from django.utils import translation
from playwright.sync_api import Browser, Locator, Response, expect

from ingest.models import Incoming, IncomingPart, Upload
from ingest.services.arriving import PART
from registry.models import Organisation
from tests.conftest import ROOT
from tests.factories.line import line_to
from tests.factories.organisations import Person, make_furnisher, make_person
from tests.factories.uploads import as_csv, ingest, wage
from tests.factories.waiting import PATIENCE, wait_for
from tests.journeys.browser import Visitor
from tests.journeys.test_clerk import signs_in

pytestmark = [pytest.mark.browser, pytest.mark.services, pytest.mark.django_db(transaction=True)]
FILLER = "x" * 9_000
FIRST_LOAD = 100_000  # bytes, compressed as the site does it for real


@pytest.fixture(autouse=True)
def english() -> Any:
    with translation.override("en"):
        yield


@pytest.fixture
def clerk() -> Person:
    return make_person("clerk", make_furnisher().pk)


def a_file(folder: Path, rows: int, name: str = "wages.csv", first: int = 1) -> Path:
    """Wages, each row with 18 kB in columns that fill no field."""
    made = [wage(number) | {"备注一": FILLER, "备注二": FILLER} for number in range(first, first + rows)]
    (folder / name).write_bytes(as_csv(made))
    return folder / name


def at_the_desk(browser: Browser, url: str, clerk: Person, width: int = 1280) -> Visitor:
    visitor = Visitor(browser, url, language="en", width=width)
    signs_in(visitor, clerk, clerk.code)
    visitor.heading("Send a file")
    return visitor


def chooses(visitor: Visitor, *files: Path) -> None:
    visitor.page.locator("input[type=file]").set_input_files(list(files))


@pytest.mark.parametrize("width", [390, 1280])
def test_file_goes_on_by_itself_where_the_line_broke(
    browser: Browser, site: Any, clerk: Person, tmp_path: Path, width: int
) -> None:
    file = a_file(tmp_path, 300)
    size = file.stat().st_size
    with line_to(site.url, (size // 3, lambda: None), (size, lambda: None)) as line:
        visitor = at_the_desk(browser, line.url, clerk, width)
        chooses(visitor, file)
        visitor.get("Send the file")
        visitor.heading(file.name)
        assert line.cut == 2
    upload = Upload.objects.get()
    assert (upload.bytes, upload.source, upload.hold) == (size, "desk", True)
    assert (Incoming.objects.count(), IncomingPart.objects.count()) == (1, 0)
    assert visitor.faults == [] or all("ERR_" in fault for fault in visitor.faults)


def test_file_chosen_again_goes_on_after_the_server_died(
    browser: Browser, site: Any, clerk: Person, tmp_path: Path
) -> None:
    file = a_file(tmp_path, 700)

    def die() -> None:
        wait_for(lambda: Incoming.objects.filter(offset__gte=PART).exists(), "the first part")
        site.web.kill()

    with line_to(site.url, (PART + PART // 4, die)) as line:
        visitor = at_the_desk(browser, line.url, clerk)
        chooses(visitor, file)
        visitor.get("Send the file")
        visitor.reads("The line is broken. Trying again.")
        site.web.start(ROOT)
        site.supervisor.wait_until_ready(f"{site.url}/readyz", PATIENCE)
        visitor.open("/desk/")
        visitor.reads("Not wholly here yet")
        chooses(visitor, file)
        visitor.get("Send the file")
        visitor.heading(file.name)
    assert Upload.objects.get().bytes == file.stat().st_size
    assert Incoming.objects.count() == 1  # it went on; from its beginning it would be another one


@pytest.mark.parametrize("width", [390, 1280])
def test_several_files_go_one_after_the_other(
    browser: Browser, site: Any, clerk: Person, tmp_path: Path, width: int
) -> None:
    files = [a_file(tmp_path, 3, f"part-{number}.csv", 10 * number) for number in (1, 2, 3)]
    visitor = at_the_desk(browser, site.url, clerk, width)
    chooses(visitor, *files)
    visitor.get("Send the file")
    here = visitor.page.get_by_text("It is here.", exact=True)
    expect(here).to_have_count(3)
    visitor.picture("desk-sent-several")
    assert Upload.objects.filter(hold=True).count() == 3
    visitor.open("/desk/uploads")
    visitor.reads("part-1.csv", "part-2.csv", "part-3.csv")
    visitor.page.get_by_text("Show only some").click()
    visitor.picture("desk-files-filter")


@pytest.mark.parametrize("place", [".drop", "h1", "footer"])
def test_file_dropped_anywhere_on_the_page_is_chosen(
    browser: Browser, site: Any, clerk: Person, place: str
) -> None:
    visitor = at_the_desk(browser, site.url, clerk)
    dropped = visitor.page.evaluate_handle(
        """text => {
            const dropped = new DataTransfer();
            dropped.items.add(new File([text], "dropped.csv", {type: "text/csv"}));
            return dropped;
        }""",
        as_csv([wage(1), wage(2)]).decode(),
    )
    visitor.page.dispatch_event(place, "dragover", {"dataTransfer": dropped})
    expect(visitor.page.locator(".drop")).to_have_attribute("data-over", "")
    visitor.page.dispatch_event(place, "drop", {"dataTransfer": dropped})
    expect(visitor.page.locator(".drop[data-over]")).to_have_count(0)
    visitor.get("Send the file")
    visitor.heading("dropped.csv")


def test_file_is_stopped_on_its_way(browser: Browser, site: Any, clerk: Person, tmp_path: Path) -> None:
    file = a_file(tmp_path, 600)
    with line_to(site.url, (file.stat().st_size // 2, lambda: time.sleep(3))) as line:
        visitor = at_the_desk(browser, line.url, clerk)
        chooses(visitor, file)
        visitor.get("Send the file")
        wait_for(lambda: line.sent > file.stat().st_size // 2, "half of the file")
        visitor.picture("desk-sending")
        visitor.get(f"Stop it {file.name}")
        visitor.reads("Stopped. Nothing of it was kept.")
    wait_for(lambda: Incoming.objects.get().state == "cancelled", "its end")
    assert (Upload.objects.count(), IncomingPart.objects.count()) == (0, 0)


def test_page_shows_the_summary_without_being_loaded_anew(
    browser: Browser, site: Any, clerk: Person, tmp_path: Path
) -> None:
    (tmp_path / "wages.csv").write_bytes(as_csv([wage(1), wage(2, signed=False), wage(3, month="March")]))
    visitor = at_the_desk(browser, site.url, clerk)
    chooses(visitor, tmp_path / "wages.csv")
    visitor.get("Send the file")
    visitor.press("Take it in")
    visitor.page.evaluate("window.stayed = true")
    visitor.reads("Why rows were refused, and what to do", "What happened when")
    assert visitor.page.evaluate("window.stayed") is True
    expect(visitor.page.locator("#live-said")).to_contain_text("Some rows were refused.")
    visitor.page.get_by_text("The same figures as a table").click()
    visitor.picture("desk-summary")


def test_keyboard_alone_is_enough(browser: Browser, site: Any, clerk: Person, tmp_path: Path) -> None:
    (tmp_path / "wages.csv").write_bytes(as_csv([wage(1), wage(2, signed=False)]))
    visitor = at_the_desk(browser, site.url, clerk)
    chosen = visitor.page.locator("input[type=file]")
    # Waited for from before the first Tab: an Enter sent together with the wish to hold the dialog back may
    # overtake it in Chromium, which then opens a dialog of its own that nobody hears of.
    with visitor.page.expect_file_chooser() as chooser:
        tabs_to(visitor, chosen)
        visitor.page.keyboard.press("Enter")
    chooser.value.set_files(tmp_path / "wages.csv")
    tabs_to(visitor, visitor.page.get_by_role("button", name="Send the file"))
    visitor.page.keyboard.press("Enter")
    go_ahead = visitor.page.get_by_role("button", name="Take it in")
    expect(go_ahead).to_be_visible()
    tabs_to(visitor, go_ahead)
    visitor.page.keyboard.press("Enter")
    visitor.reads("Why rows were refused, and what to do")
    tabs_to(visitor, visitor.page.get_by_role("link", name="Get the result file"))
    with visitor.page.expect_download() as download:
        visitor.page.keyboard.press("Enter")
    assert Path(download.value.path()).stat().st_size > 0


def tabs_to(visitor: Visitor, wanted: Locator) -> None:
    """Press Tab until this has the focus, which must be seen."""
    for _step in range(60):
        if wanted.evaluate("element => element === document.activeElement"):
            assert wanted.evaluate("element => element.matches(':focus-visible')")
            return
        visitor.page.keyboard.press("Tab")
    raise AssertionError("the Tab key never gets there")


@pytest.mark.parametrize("path", ["/desk/", "/desk/uploads", "/desk/uploads/{}"])
def test_first_load_is_light(browser: Browser, site: Any, clerk: Person, path: str) -> None:
    upload = ingest(Organisation.objects.get(), [wage(1), wage(2, signed=False)])
    visitor = at_the_desk(browser, site.url, clerk)
    visitor.page.goto("about:blank")  # nothing of the page before comes late
    heard: list[Response] = []
    visitor.page.on("response", lambda answer: heard.append(answer))
    visitor.page.goto(path.format(upload.pk), wait_until="networkidle")
    sizes = {answer.url: len(gzip.compress(answer.body())) for answer in heard}
    assert {url.split("/")[2] for url in sizes} == {site.url.removeprefix("http://")}
    assert sum(name in url for url in sizes for name in ("bootstrap", "juxin.css", "juxin.js")) == 3
    assert sum(sizes.values()) <= FIRST_LOAD, sizes
