"""The browser without a screen: it sends what a page's form holds, and nothing a page does not offer."""

import threading
from http.server import BaseHTTPRequestHandler, HTTPServer
from urllib.parse import parse_qs

import pytest

from registry.demo.browser import Browser, Form
from registry.demo.telling import StepFailed

PAGE = """
<form action="/search" method="get"><input name="q" value="old"></form>
<form action="/sign-in" method="post">
  <input type="hidden" name="csrfmiddlewaretoken" value="abc">
  <input type="tel" name="mobile">
  <input type="hidden" name="given" value="one"><input type="hidden" name="given" value="two">
  <input type="checkbox" name="category" value="income" checked>
  <input type="checkbox" name="category" value="residence" checked>
  <input type="checkbox" name="category" value="employment">
  <input type="radio" name="days" value="30"><input type="radio" name="days" value="90" checked>
  <select name="language"><option value="en">English<option value="zh-hans" selected>中文</select>
  <textarea name="note"></textarea>
  <button name="decision" value="grant">Yes</button><button name="decision" value="decline">No</button>
</form>
"""


class Site(BaseHTTPRequestHandler):
    """Shows PAGE; answers what it was sent."""

    def do_GET(self):
        if self.path == "/gone":
            self.send_response(404)
            self.end_headers()
            return
        self.answer(PAGE if self.path == "/" else self.path)

    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"])).decode()
        self.answer(f"{self.path} from {self.headers['Referer']} with {sorted(parse_qs(body).items())}")

    def answer(self, text):
        """Send a page."""
        self.send_response(200)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.end_headers()
        self.wfile.write(text.encode())

    def log_message(self, *args):
        """Keep quiet."""


@pytest.fixture
def base():
    """The address of a small site."""
    server = HTTPServer(("127.0.0.1", 0), Site)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


@pytest.fixture
def browser(base):
    """A browser that has opened PAGE."""
    with Browser(base) as made:
        made.open("/")
        yield made


def test_form_is_read_with_all_it_holds_and_offers(browser):
    assert browser.forms()[1] == Form(
        "/sign-in",
        "post",
        {
            "csrfmiddlewaretoken": ["abc"],
            "mobile": [""],
            "given": ["one", "two"],
            "category": ["income", "residence"],
            "days": ["90"],
            "language": ["zh-hans"],
            "note": [""],
        },
        {
            "category": ["income", "residence", "employment"],
            "days": ["30", "90"],
            "language": ["en", "zh-hans"],
        },
        [("decision", "grant"), ("decision", "decline")],
    )


def test_submitted_form_sends_its_own_values_and_those_given(browser, base):
    page = browser.submit(browser.form_with("mobile"), mobile="16000000001", decision="grant")
    sent = {
        "category": ["income", "residence"],
        "csrfmiddlewaretoken": ["abc"],
        "days": ["90"],
        "decision": ["grant"],
        "given": ["one", "two"],
        "language": ["zh-hans"],
        "mobile": ["16000000001"],
    }
    assert page == f"/sign-in from {base}/ with {list(sent.items())}"


def test_get_form_goes_into_the_address(browser):
    assert browser.submit(browser.form_with("q"), q="new") == "/search?q=new"


def test_form_that_is_not_offered_fails(browser):
    with pytest.raises(StepFailed, match="offers no form with passport"):
        browser.form_with("passport")


def test_page_that_is_not_there_fails(browser):
    with pytest.raises(StepFailed, match="answered 404"):
        browser.open("/gone")
