"""What people do in a browser, in words: open, type, tick, press, read."""

import os
import re
from pathlib import Path

from playwright.sync_api import Browser, Error, Page, expect

LOCALES = {"zh-hans": "zh-CN", "en": "en-GB"}
HEIGHTS = {320: 640, 390: 844, 1280: 900}

AXE = Path(__file__).resolve().parents[2] / "node_modules" / "axe-core" / "axe.min.js"
# The rules of WCAG 2.2 AA and those that its makers hold to be good practice; what was violated, and where.
_VIOLATIONS = """async () => {
  const found = await axe.run(document, {resultTypes: ["violations"]});
  const places = rule => rule.nodes.map(node => node.target.join(" ")).join(", ");
  return found.violations.map(rule => `${rule.id}: ${places(rule)}`);
}"""

# A page may be slow where many processes share two cores: wait for it, and fail only if it never comes.
PATIENCE = 60_000  # milliseconds
expect.set_options(timeout=PATIENCE)


class Visitor:
    """One person at one screen. Every page she meets is held to what every page must be."""

    def __init__(
        self, browser: Browser, url: str, *, language: str, width: int, scripts: bool = True
    ) -> None:
        self.url, self.language, self.width, self.scripts = url, language, width, scripts
        context = browser.new_context(
            base_url=url,
            locale=LOCALES[language],
            timezone_id="Asia/Shanghai",
            viewport={"width": width, "height": HEIGHTS[width]},
            java_script_enabled=scripts,
        )
        self.page: Page = context.new_page()
        self.page.set_default_timeout(PATIENCE)
        self.faults: list[str] = []
        self.page.on("console", self._note)
        self.page.on("pageerror", lambda error: self.faults.append(str(error)))

    def _note(self, message: object) -> None:
        if message.type == "error" and "status of 4" not in message.text:
            self.faults.append(message.text)

    def open(self, path: str) -> None:
        """Go to a page of the site."""
        self.page.goto(path)

    def press(self, name: str) -> None:
        """Press the button or link of this name, and wait until the page that it leads to stands."""
        with self.page.expect_navigation():
            self.get(name)

    def get(self, name: str) -> None:
        """Press the button of this name, or the link if there is no such button, once it is there."""
        button = self.page.get_by_role("button", name=name, exact=True)
        link = self.page.get_by_role("link", name=name, exact=True)
        expect(button.or_(link).first).to_be_visible()
        (button if button.count() else link).first.click()

    def fill(self, label: str, text: str) -> None:
        """Type into the field of this label."""
        self.page.get_by_label(label, exact=True).fill(text)

    def tick(self, control: str) -> None:
        """Tick the box or choose the button of this id, by its words as people do."""
        self.page.locator(f"label[for='{control}']").click()
        expect(self.page.locator(f"#{control}")).to_be_checked()

    def reads(self, *texts: str) -> None:
        """Each text stands on the page, where it can be seen."""
        for text in texts:
            expect(self.page.get_by_text(text).first).to_be_visible()

    def heading(self, text: str) -> None:
        """The page's one h1."""
        expect(self.page.locator("h1")).to_have_text(text)

    def code_of(self, mobile: str) -> str:
        """The newest code sent to a number, read from the demonstration's inbox on another tab."""
        inbox = self.page.context.new_page()
        inbox.goto("/demo/inbox")
        card = inbox.locator("#inbox .card").filter(has_text=mobile).first
        expect(card).to_be_visible()
        code = re.search(r"(?<!\d)(\d{6})(?!\d)", card.locator(".inbox-text").inner_text())[1]
        inbox.close()
        return code

    def keeps_to_the_frame(self) -> None:
        """Nothing is wider than the screen, nothing broke a rule of the content security policy."""
        expect(self.page.locator("h1")).to_have_count(1)
        assert self._wide() <= self.width, self.page.url
        assert self.faults == []

    def _wide(self) -> int:
        """How wide the page is in pixels, once it stands: a press may still be leading to the next one."""
        for _attempt in range(5):
            self.page.wait_for_load_state()
            try:
                return int(self.page.evaluate("document.documentElement.scrollWidth"))
            except Error as left:
                if "navigation" not in str(left):
                    raise
        raise AssertionError("the page never came to rest")

    def is_accessible(self) -> None:
        """axe-core finds nothing wrong with the page; without scripts nothing can be asked of it."""
        if not self.scripts:
            return
        self.page.evaluate(AXE.read_text(encoding="utf-8"))
        assert self.page.evaluate(_VIOLATIONS) == [], self.page.url

    def picture(self, name: str) -> None:
        """Hold the page to its frame and to axe, and keep a picture of it where PICTURES names a folder."""
        self.keeps_to_the_frame()
        self.is_accessible()
        if folder := os.environ.get("PICTURES"):
            path = Path(folder) / f"{name}-{self.language}-{self.width}.png"
            self.page.screenshot(path=str(path), full_page=True)
