"""Files at the desk: sent by whom it is allowed, watched by their own organisation alone, taken home once."""

import io
import re
import uuid
from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.utils import timezone, translation
from openpyxl import load_workbook

from ingest import services, tasks
from ingest.models import Chunk, Upload
from registry.accounts import licences
from registry.look.writing import day_text
from registry.models import LedgerEntry
from tests.factories.organisations import BY, make_furnisher, make_person, signed_in
from tests.factories.uploads import as_csv, evidence, ingest, receive, run, wage

pytestmark = pytest.mark.django_db

DESK = "/desk/"


@pytest.fixture
def employer():
    return make_furnisher()


@pytest.fixture
def clerk(employer):
    return make_person("clerk", employer.pk)


def send(browser, content=None, name="三月工资.csv", **fields):
    file = io.BytesIO(as_csv([wage(1), wage(2)]) if content is None else content)
    file.name = name
    return browser.post(DESK, {"file": file, "type": ""} | fields)


def mixed(employer, **options):
    """An upload with one good row, one without consent, two with a wrong number and one with a bad month."""
    bad = [wage(number, id_number="11010519491231002X"[:-1] + "1") for number in (3, 4)]
    return ingest(employer, [wage(1), wage(2, signed=False), *bad, wage(5, month="March")], **options)


def text(answer):
    return re.sub(r"\s+", " ", answer.content.decode())


def test_file_is_received_in_the_name_of_the_clerk(employer, clerk, django_capture_on_commit_callbacks):
    browser = signed_in(clerk)
    with django_capture_on_commit_callbacks() as callbacks:
        answer = send(browser)
    upload = Upload.objects.get()
    assert answer["Location"] == f"/desk/uploads/{upload.pk}"
    assert (upload.organisation, upload.by, upload.status) == (employer, clerk.by, "received")
    assert len(callbacks) == 1
    entry = LedgerEntry.objects.order_by("-id").first()
    assert (entry.event, entry.organisation) == ("upload_received", employer.pk)


def test_same_file_leads_to_the_same_upload(clerk):
    browser = signed_in(clerk)
    assert send(browser)["Location"] == send(browser)["Location"]
    assert Upload.objects.count() == 1


def test_upload_page_shows_the_name_and_comes_back_by_itself_without_scripts(clerk):
    browser = signed_in(clerk)
    page = text(browser.get(send(browser)["Location"]))
    assert "<h1>三月工资.csv</h1>" in page
    assert '<noscript><meta http-equiv="refresh" content="4"></noscript>' in page
    assert 'data-live="1.5"' in page


def test_page_of_an_upload_at_work_tells_rows_done_outcomes_and_time_left(employer, clerk):
    upload = receive(employer, as_csv([wage(1), wage(2, signed=False), *map(wage, range(3, 9))]))
    services.split(upload=upload.pk, by=BY, clock=timezone.now, rows=2)
    tasks.work(str(Chunk.objects.get(number=1).pk))
    Upload.objects.update(started_at=timezone.now() - timedelta(seconds=20))
    page = text(signed_in(clerk).get(f"/desk/uploads/{upload.pk}"))
    assert '<progress max="8" value="2" aria-label="Rows done">' in page
    assert re.findall(r'<dt>(\w+)</dt><dd class="stat-value">(\d+)</dd>', page) == [
        ("Accepted", "1"),
        ("Refused", "1"),
    ]
    left = re.search(r"About (\d+) seconds left\. You may leave this page; the work goes on\.", page)
    assert int(left[1]) >= 60  # two rows of eight took twenty seconds, and some more by now


def test_finished_upload_comes_back_no_more(employer, clerk):
    page = text(signed_in(clerk).get(f"/desk/uploads/{ingest(employer, [wage(1)]).pk}"))
    assert ("http-equiv" in page, "data-live" in page) == (False, False)
    assert "Every row is in." in page


@pytest.mark.parametrize(
    ("role", "status"), [("owner", 302), ("clerk", 302), ("developer", 200), ("viewer", 200)]
)
def test_only_owner_and_clerk_send(employer, role, status):
    browser = signed_in(make_person(role, employer.pk))
    page = text(browser.get(DESK))
    assert ('type="file"' in page) == (status == 302)
    assert send(browser).status_code == status
    assert Upload.objects.count() == (1 if status == 302 else 0)


@pytest.mark.parametrize("role", ["owner", "clerk", "developer", "viewer"])
def test_everybody_in_the_organisation_sees_counts_and_reasons(employer, role):
    upload = mixed(employer)
    browser = signed_in(make_person(role, employer.pk))
    page = text(browser.get(f"/desk/uploads/{upload.pk}"))
    assert "The check character of this citizen number is wrong" in page
    assert ("Get the result file" in page) == (role in ("owner", "clerk"))
    expected = 200 if role in ("owner", "clerk") else 403
    result = browser.get(f"/desk/uploads/{upload.pk}/result")
    assert result.status_code == expected
    result.close()


def test_reasons_come_with_count_column_cure_and_example(employer, clerk):
    page = text(signed_in(clerk).get(f"/desk/uploads/{mixed(employer).pk}"))
    found = page[
        page.index("The check character of this citizen number is wrong", page.index('class="cards"')) :
    ]
    card = re.sub(r"<[^>]+>", "", found[: found.index("</li>")])
    assert [
        word in card for word in ("2 rows", "Column id_number", "Compare the number", "11010519491231002X")
    ] == [True] * 4


@pytest.mark.parametrize("path", ["", "/cancel", "/result"])
@pytest.mark.parametrize("method", ["get", "post"])
def test_upload_of_another_organisation_is_not_there(employer, path, method):
    upload = mixed(employer)
    browser = signed_in(make_person("owner", make_furnisher().pk))
    known = getattr(browser, method)(f"/desk/uploads/{upload.pk}{path}")
    unknown = getattr(browser, method)(f"/desk/uploads/{uuid.uuid4()}{path}")
    expected = 405 if (method, path) in (("post", ""), ("post", "/result")) else 404
    assert known.status_code == unknown.status_code == expected
    assert Upload.objects.get().status == "done_with_errors"


def test_history_holds_the_own_organisation_alone(employer, clerk):
    receive(employer, as_csv([wage(1)]), by=clerk.by, filename="ours.csv")
    receive(make_furnisher(), as_csv([wage(1)]), filename="theirs.csv")
    page = text(signed_in(clerk).get("/desk/uploads"))
    assert ("ours.csv" in page, "theirs.csv" in page, "by 陈晓" in page) == (True, False, True)


def test_file_whose_name_was_forgotten_is_told_by_its_contents_and_day(employer, clerk):
    sent = ingest(employer, [wage(1)], by=clerk.by, filename="ours.csv")
    services.reconcile(at=timezone.now() + timedelta(days=31))
    page = text(signed_in(clerk).get("/desk/uploads"))
    with translation.override("en"):
        day = day_text(timezone.localdate(sent.received_at))
    assert ("ours.csv" in page, f"Wage, sent on {day}" in page) == (False, True)


@pytest.mark.parametrize("path", ["/desk/", "/desk/uploads"])
def test_lists_take_the_same_queries_for_one_and_three_files(
    employer, clerk, path, django_assert_num_queries, django_assert_max_num_queries
):
    browser = signed_in(clerk)
    receive(employer, as_csv([wage(1)]), by=clerk.by)
    browser.get(path)
    with django_assert_max_num_queries(20) as counted:
        browser.get(path)
    one = len(counted)
    for number in (2, 3):
        receive(
            employer, as_csv([wage(number)]), by=make_person("clerk", employer.pk, second_factor=False).by
        )
    with django_assert_num_queries(one):
        assert text(browser.get(path)).count("wages.csv") == 3


def test_upload_page_takes_the_same_queries_for_one_and_many_reasons(
    employer, clerk, django_assert_num_queries, django_assert_max_num_queries
):
    browser = signed_in(clerk)
    few, many = ingest(employer, [wage(1, month="x")]), mixed(employer)
    browser.get(f"/desk/uploads/{few.pk}")
    with django_assert_max_num_queries(20) as counted:
        browser.get(f"/desk/uploads/{few.pk}")
    with django_assert_num_queries(len(counted)):
        browser.get(f"/desk/uploads/{many.pk}")


def test_result_is_the_own_file_and_goes_once(employer, clerk):
    upload = mixed(employer, by=clerk.by)
    browser = signed_in(clerk)
    first = browser.get(f"/desk/uploads/{upload.pk}/result")
    content = b"".join(first.streaming_content).decode()
    assert first["Content-Disposition"] == f'attachment; filename="{upload.pk}.csv"'
    assert (wage(1)["name"] in content, "compare the number" in content.lower()) == (True, True)
    upload.refresh_from_db()
    assert (upload.file_key, upload.result_fetched_at is not None) == (None, True)
    again = b"".join(browser.get(f"/desk/uploads/{upload.pk}/result").streaming_content).decode()
    assert (wage(1)["name"] in again, len(again.splitlines())) == (False, 5)
    page = text(browser.get(f"/desk/uploads/{upload.pk}"))
    assert "your file has been destroyed since" in page


def test_refused_rows_alone_and_the_rows_without_a_consent_are_one_press_away(employer, clerk):
    upload = ingest(employer, [wage(1), wage(2, signed=False), wage(3, signed=False)], by=clerk.by)
    path = f"/desk/uploads/{upload.pk}"
    page = text(signed_in(clerk).get(path))
    assert f'href="{path}/result?rows=refused"' in page
    link = page[page.index(f'href="{path}/coverage"') :]
    assert re.sub(r"<[^>]+>", "", link[: link.index("</p>")].split(">", 1)[1]).startswith(
        "Rows without a consent (2)"
    )


def test_file_whose_rows_all_had_a_consent_tells_of_none_without(employer, clerk):
    upload = ingest(employer, [wage(1), wage(2, month="March")], by=clerk.by)
    assert "/coverage" not in text(signed_in(clerk).get(f"/desk/uploads/{upload.pk}"))


def test_result_whose_line_broke_can_be_fetched_again(employer, clerk):
    upload = mixed(employer)
    answer = signed_in(clerk).get(f"/desk/uploads/{upload.pk}/result")
    assert next(iter(answer.streaming_content))
    break_off(answer)
    upload.refresh_from_db()
    assert (upload.file_key is not None, upload.result_fetched_at) == (True, None)


def test_result_whose_line_broke_leaves_no_cursor_open(employer, clerk):
    upload = mixed(employer)
    answer = signed_in(clerk).get(f"/desk/uploads/{upload.pk}/result")
    assert next(iter(answer.streaming_content))
    during = cursors()
    break_off(answer)
    assert (during, cursors()) == (1, 0)


def break_off(answer):
    """End an answer as a server does whose line broke, but keep the test's own database connection."""
    answer._iterator.close()


def cursors():
    """How many cursors of the database this connection holds open."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM pg_cursors WHERE name LIKE '\\_django\\_curs%'")
        return cursor.fetchone()[0]


def test_result_of_an_open_upload_is_not_ready(employer, clerk):
    upload = receive(employer, as_csv([wage(1)]))
    assert signed_in(clerk).get(f"/desk/uploads/{upload.pk}/result").status_code == 409


def test_upload_is_stopped_after_asking(employer, clerk):
    upload = receive(employer, as_csv([wage(1)]))
    browser, page = signed_in(clerk), f"/desk/uploads/{upload.pk}/cancel"
    assert "Stop it" in text(browser.get(page))
    assert browser.post(page)["Location"] == f"/desk/uploads/{upload.pk}"
    upload.refresh_from_db()
    assert (upload.status, upload.file_key) == ("cancelled", None)
    assert LedgerEntry.objects.filter(event="upload_cancelled").count() == 1
    assert browser.post(page).status_code == 409


def test_viewer_cannot_stop_an_upload(employer):
    upload = receive(employer, as_csv([wage(1)]))
    browser = signed_in(make_person("viewer", employer.pk))
    assert browser.post(f"/desk/uploads/{upload.pk}/cancel").status_code == 403
    assert "Stop this upload" not in text(browser.get(f"/desk/uploads/{upload.pk}"))


def test_rejected_file_says_why_and_what_to_do(employer, clerk):
    upload = run(receive(employer, as_csv([wage(1) | {"宗教信仰": "无"}])))
    page = text(signed_in(clerk).get(f"/desk/uploads/{upload.pk}"))
    assert upload.status == "rejected"
    assert "This file has a column that may never be collected." in page
    assert ("Delete that column" in page, "宗教信仰" in page) == (True, True)


@pytest.mark.parametrize("lost", ["never", "suspend", "end"])
def test_without_a_licence_in_force_nothing_can_be_sent(lost):
    employer = make_furnisher(licensed=lost != "never")
    if lost != "never":
        licence = licences.furnisher_licence(organisation=employer.pk, at=timezone.now())
        getattr(licences, lost)(licence=licence.pk, reason="breach", by=BY, at=timezone.now())
    browser = signed_in(make_person("clerk", employer.pk))
    assert "No licence in force" in text(send(browser))
    assert Upload.objects.count() == 0


def test_bank_that_only_reads_is_shown_the_interface_instead():
    bank = make_furnisher("bank", licensed=False)
    page = text(signed_in(make_person("owner", bank.pk)).get(DESK))
    assert ("Your systems ask by the API" in page, 'href="/api/docs"' in page) == (True, True)
    assert "No licence in force" not in page


def test_type_of_another_kind_of_organisation_cannot_be_chosen(clerk):
    assert "Please look at this again" in text(send(signed_in(clerk), type="bill"))
    assert Upload.objects.count() == 0


@pytest.mark.parametrize("content", [None, b""])
def test_form_without_a_file_comes_back(clerk, content):
    browser = signed_in(clerk)
    answer = browser.post(DESK, {"type": ""}) if content is None else send(browser, content)
    assert "Please look at this again" in text(answer)


def test_first_page_of_a_new_organisation_says_what_comes(clerk):
    browser = signed_in(clerk)
    page = text(browser.get(DESK))
    assert ("No file yet" in page, "Please look at this again" in page) == (True, False)
    assert "No file yet" in text(browser.get("/desk/uploads"))


@pytest.mark.parametrize("path", ["/desk/", "/desk/uploads/{}/cancel", "/desk/keys/new", "/desk/members/new"])
def test_posting_needs_the_token_of_the_page(employer, clerk, path):
    upload = receive(employer, as_csv([wage(1)]))
    strict = Client(enforce_csrf_checks=True)
    strict.cookies = signed_in(make_person("owner", employer.pk)).cookies
    assert strict.post(path.format(upload.pk)).status_code == 403
    upload.refresh_from_db()
    assert upload.status == "received"


def test_member_of_two_organisations_sees_the_files_of_the_one_chosen(employer):
    other = make_furnisher()
    person = make_person("clerk", employer.pk, email="both@example.org")
    make_person("viewer", other.pk, email="both@example.org", second_factor=False)
    receive(employer, as_csv([wage(1)]), filename="first.csv")
    upload = receive(other, as_csv([wage(1)]), filename="second.csv")
    browser = signed_in(person)
    assert browser.get(f"/desk/uploads/{upload.pk}").status_code == 404
    browser.post("/accounts/organisation", {"organisation": other.pk})
    page = text(browser.get("/desk/uploads"))
    assert ("first.csv" in page, "second.csv" in page) == (False, True)


def test_staff_have_no_desk():
    browser = signed_in(make_person("operator", None))
    assert [browser.get(path).status_code for path in (DESK, "/desk/uploads", "/desk/keys")] == [403] * 3


def test_evidence_in_the_row_is_enough(employer, clerk):
    row = wage(9, signed=False) | evidence(9, separate="yes")
    assert ingest(employer, [row]).status == "done"


def test_template_of_a_type_is_a_workbook_with_its_headers(clerk):
    browser = signed_in(clerk)
    assert '/desk/templates/wage.xlsx"' in text(browser.get(DESK))
    answer = browser.get("/desk/templates/wage.xlsx")
    sheet = load_workbook(io.BytesIO(answer.content)).worksheets[0]
    assert any("应发" in str(cell.value) for cell in sheet[1])
    assert browser.get("/desk/templates/horoscope.xlsx").status_code == 404
