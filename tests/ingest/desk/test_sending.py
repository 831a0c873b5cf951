"""Files sent from the desk: by pieces with the page's token, several at once, and what is told of them."""

import base64
import io
import re
from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from ingest import queries, services
from ingest.errors import ROW_FAULTS
from ingest.models import Incoming, IncomingPart, Upload
from registry.models import LedgerEntry
from tests.factories.organisations import make_furnisher, make_person, signed_in
from tests.factories.uploads import BY, as_csv, ingest, receive, wage

pytestmark = pytest.mark.django_db

DESK, NEW, ALL = "/desk/", "/desk/incoming", "/desk/uploads"
PIECE = "application/offset+octet-stream"
CONTENT = as_csv([wage(1), wage(2)])
TUS = {"Tus-Resumable": "1.0.0"}


@pytest.fixture
def employer():
    return make_furnisher()


@pytest.fixture
def clerk(employer):
    return make_person("clerk", employer.pk)


@pytest.fixture
def browser(clerk):
    """A browser that is held to the page's token, as real ones are."""
    strict = Client(enforce_csrf_checks=True, headers={"Accept-Language": "en"})
    strict.cookies = signed_in(clerk).cookies
    return strict


def text(answer):
    return re.sub(r"\s+", " ", answer.content.decode())


def token(browser):
    return re.search(r'name="csrfmiddlewaretoken" value="(\w+)"', text(browser.get(DESK)))[1]


def begin(browser, name="三月.csv", length=None, **headers):
    named = base64.b64encode(name.encode()).decode()
    told = {
        "Upload-Length": str(length or len(CONTENT)),
        "Upload-Metadata": f"filename {named}",
        "X-CSRFToken": token(browser),
    }
    return browser.post(NEW, b"", content_type="", headers=TUS | told | headers)


def bring(browser, path, data, offset):
    told = {"Upload-Offset": str(offset), "X-CSRFToken": token(browser)}
    return browser.patch(path, data, content_type=PIECE, headers=TUS | told)


def named(name, content):
    file = io.BytesIO(content)
    file.name = name
    return file


def test_file_in_pieces_waits_for_the_clerks_go_ahead(browser, clerk):
    path = begin(browser)["Location"]
    assert re.fullmatch(r"/desk/incoming/[0-9a-f-]{36}", path)
    assert bring(browser, path, CONTENT[:100], 0)["Upload-Offset"] == "100"
    assert browser.head(path, headers=TUS)["Upload-Offset"] == "100"
    assert bring(browser, path, CONTENT[100:], 100).status_code == 204
    upload = Upload.objects.get()
    assert (upload.source, upload.hold, upload.by) == ("desk", True, clerk.by)
    assert (queries.name_of(upload), str(upload.id)) == ("三月.csv", path.rsplit("/")[-1])


def test_nothing_is_brought_without_the_pages_token(browser):
    path = begin(browser)["Location"]
    told = TUS | {"Upload-Offset": "0"}
    assert browser.patch(path, CONTENT, content_type=PIECE, headers=told).status_code == 403
    assert browser.post(NEW, b"", content_type="", headers=TUS | {"Upload-Length": "5"}).status_code == 403
    assert browser.delete(path, headers=TUS).status_code == 403
    assert (Incoming.objects.count(), IncomingPart.objects.count()) == (1, 0)


@pytest.mark.parametrize("role", ["developer", "viewer"])
def test_who_may_not_send_brings_nothing(employer, role):
    browser = signed_in(make_person(role, employer.pk))
    answer = browser.post(NEW, b"", content_type="", headers=TUS | {"Upload-Length": "5"})
    assert (answer.status_code, answer["Content-Type"]) == (403, "application/problem+json")
    assert Incoming.objects.count() == 0


def test_file_of_another_organisation_is_not_there(browser):
    path = begin(browser)["Location"]
    stranger = signed_in(make_person("owner", make_furnisher().pk))
    told = TUS | {"Upload-Offset": "0"}
    answers = [stranger.patch(path, CONTENT, content_type=PIECE, headers=told)]
    answers += [stranger.head(path, headers=TUS), stranger.delete(path, headers=TUS)]
    page = path.replace("incoming", "uploads")
    answers += [stranger.get(page), stranger.get(f"{page}/cancel"), stranger.post(f"{page}/cancel")]
    assert [answer.status_code for answer in answers] == [404] * 6


def test_page_of_an_unfinished_file_shows_how_much_is_here(browser):
    path = begin(browser, length=1_000)["Location"]
    bring(browser, path, b"x" * 250, 0)
    page = text(browser.get(path.replace("incoming", "uploads")))
    assert ("<h1>三月.csv</h1>" in page, bool(re.search(r"250 of 1.?000 · 25%", page))) == (True, True)
    assert ('data-live="1.5"' in page, "Stop this upload" in page) == (True, True)
    for listed in (DESK, ALL):
        assert "25% is here. Choose the same file again" in text(browser.get(listed))


def test_unfinished_file_is_stopped_after_asking(browser, django_capture_on_commit_callbacks):
    path = begin(browser)["Location"]
    bring(browser, path, CONTENT[:100], 0)
    page = path.replace("incoming", "uploads")
    assert "What has come of the file is destroyed unread" in text(browser.get(f"{page}/cancel"))
    with django_capture_on_commit_callbacks(execute=True):
        answer = browser.post(f"{page}/cancel", {"csrfmiddlewaretoken": token(browser)})
    assert answer["Location"] == page
    assert "stopped on its way" in text(browser.get(page))
    assert (IncomingPart.objects.count(), "Not wholly here yet" in text(browser.get(DESK))) == (0, False)
    assert LedgerEntry.objects.filter(event="staged_file_destroyed").count() == 1


def test_file_that_never_came_whole_says_so(browser):
    path = begin(browser)["Location"]
    services.tidy(by=BY, clock=lambda: timezone.now() + timedelta(hours=25))
    assert "The rest of this file never came" in text(browser.get(path.replace("incoming", "uploads")))


def test_file_that_is_here_already_leads_to_what_became_of_it(browser, employer):
    known = ingest(employer, [wage(1), wage(2)], type="")
    path = begin(browser)["Location"]
    bring(browser, path, CONTENT, 0)
    answer = browser.get(path.replace("incoming", "uploads"), follow=True)
    assert answer.redirect_chain == [(f"/desk/uploads/{known.pk}", 302)]
    assert "This very file is here already" in text(answer)


def test_several_files_are_sent_by_the_form_alone(clerk):
    browser = signed_in(clerk)
    files = [named("a.csv", CONTENT), named("b.csv", as_csv([wage(3)]))]
    answer = browser.post(DESK, {"file": files, "type": "wage", "as_of": "2026-03-31"})
    assert answer["Location"] == ALL
    assert {(one.type, one.hold, one.source) for one in Upload.objects.all()} == {("wage", True, "desk")}
    assert {timezone.localdate(one.as_of).isoformat() for one in Upload.objects.all()} == {"2026-03-31"}
    assert [name in text(browser.get(ALL)) for name in ("a.csv", "b.csv")] == [True, True]


def test_one_of_several_files_that_is_refused_is_named(clerk, settings):
    settings.UPLOAD_MAX_BYTES = len(CONTENT)
    browser = signed_in(clerk)
    files = [named("small.csv", CONTENT), named("large.csv", as_csv([wage(n) for n in range(9)]))]
    page = text(browser.post(DESK, {"file": files, "type": ""}))
    assert "large.csv: The file is larger than we can take in at once." in page
    assert queries.name_of(Upload.objects.get()) == "small.csv"


def test_day_that_is_still_to_come_is_refused(clerk):
    tomorrow = (timezone.localdate() + timedelta(days=1)).isoformat()
    page = text(signed_in(clerk).post(DESK, {"file": named("a.csv", CONTENT), "as_of": tomorrow}))
    assert "This day is still to come." in page
    assert Upload.objects.count() == 0


def told(browser, **asked):
    """The names of files that the list shows when it is asked for these."""
    page = text(browser.get(ALL, asked))
    return sorted(set(re.findall(r"(\w+)\.csv</a>", page)))


def test_list_is_filtered_by_state_type_sender_and_day(employer, clerk):
    browser = signed_in(clerk)
    other = make_person("owner", employer.pk, second_factor=False)
    old = timezone.now() - timedelta(days=40)
    receive(employer, as_csv([wage(1)]), filename="old.csv", by=other.by, at=old)
    receive(employer, as_csv([wage(2)]), filename="new.csv", by=clerk.by, type="")
    ingest(employer, [wage(3)], filename="done.csv", by=clerk.by)
    today = timezone.localdate()
    assert told(browser) == ["done", "new", "old"]
    assert told(browser, state="done") == ["done"]
    assert told(browser, type="wage") == ["done", "old"]
    assert told(browser, who=other.by) == ["old"]
    assert told(browser, since=today.isoformat()) == ["done", "new"]
    assert told(browser, until=(today - timedelta(days=1)).isoformat()) == ["old"]
    assert told(browser, since="nonsense") == ["done", "new", "old"]


def test_list_that_nothing_fits_says_so_and_leads_back(employer, clerk):
    receive(employer, as_csv([wage(1)]))
    page = text(signed_in(clerk).get(ALL, {"state": "rejected"}))
    assert ("No file like that" in page, 'href="/desk/uploads">Show all' in page) == (True, True)


def test_pages_of_the_list_keep_what_was_asked_for(employer, clerk):
    for number in range(21):
        receive(employer, as_csv([wage(number)]), by=clerk.by)
    page = text(signed_in(clerk).get(ALL, {"state": "received"}))
    assert 'href="?state=received&amp;page=2"' in page


def test_file_tells_what_happened_when(employer, clerk):
    upload = ingest(employer, [wage(1), wage(2, signed=False)], by=clerk.by, source="desk")
    page = text(signed_in(clerk).get(f"{ALL}/{upload.pk}"))
    timeline = re.search(r'<ol class="timeline">.*?</ol>', page)[0]
    titles = re.findall(r'timeline-title">([^<]+)<', timeline)
    assert titles == ["Received", "Work on the rows began", "Done, some rows refused"]
    assert "陈晓 · At the desk" in timeline


def test_chart_has_its_figures_as_a_table(employer, clerk):
    rows = [wage(1), wage(2, signed=False), wage(3, signed=False), wage(4, month="March")]
    page = text(signed_in(clerk).get(f"{ALL}/{ingest(employer, rows).pk}"))
    table = re.search(r"The same figures as a table.*?</table>", page)[0]
    cells = [re.sub(r"<[^>]+>", "", cell).strip() for cell in re.findall(r"<t[hd] [^>]*>.*?</t[hd]>", table)]
    assert [cells[4], *cells[6:8]] == [ROW_FAULTS["consent_missing"].sentence, "2", "50.0%"]
    assert [cells[-4], *cells[-2:]] == [ROW_FAULTS["month_format"].sentence, "1", "25.0%"]
