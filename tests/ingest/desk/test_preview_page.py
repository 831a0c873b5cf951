"""The preview at the desk: what it shows and to whom, what may be changed on it, and where its acts lead."""

import re

import pytest
from django.utils import timezone

from ingest import services
from ingest.models import RememberedMapping, Upload
from ingest.services import trying
from ingest.services.previews import preview_of
from tests.factories.organisations import make_furnisher, make_person, signed_in
from tests.factories.previews import act, confirm, held, peeked, tried, upload_of, workbook
from tests.factories.uploads import as_csv, receive, wage

pytestmark = pytest.mark.django_db


@pytest.fixture
def employer():
    return make_furnisher()


@pytest.fixture
def browser(employer):
    return signed_in(make_person("clerk", employer.pk))


def page_of(upload):
    return f"/desk/uploads/{upload.pk}/preview"


def text(answer):
    return re.sub(r"\s+", " ", answer.content.decode())


def words(answer):
    """The page's text without its markup."""
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", answer.content.decode()))


def sent(browser, upload, **changes):
    """Send the form back as the page has it, but for these changes."""
    form = browser.get(page_of(upload)).context["form"]
    data = {name: form[name].value() for name in form.fields}
    data = {name: "" if value is None else value for name, value in data.items()}
    return browser.post(f"{page_of(upload)}/choices", data | changes)


def place(upload, column):
    return f"column_{preview_of(upload).head.columns.index(column)}"


def test_page_shows_rows_as_they_will_be_understood_beside_what_was_written(employer, browser):
    row = wage(1, month="2026年3月", gross="8,000元", consent_method="纸质签字")
    page = words(browser.get(page_of(held(employer, as_csv([row])))))
    assert ("2026-03 written: 2026年3月" in page, "8000.00 written: 8,000元" in page) == (True, True)
    assert "Paper form written: 纸质签字" in page
    assert f"written: {row['name']}" not in page


def test_page_says_how_the_file_was_read(employer, browser):
    content = as_csv([wage(1)], "gb18030", ";")
    page = words(browser.get(page_of(held(employer, content))))
    assert ("Characters GB18030 (GBK, GB2312)" in page, "Between the cells Semicolon" in page) == (True, True)
    assert "Contents Wage" in page


def test_page_says_how_each_column_was_recognised(employer, browser):
    rows = [
        {
            "姓名": wage(n)["name"],
            "身份证号码": wage(n)["id_number"],
            "列3": "2026-03",
            "应发工资": "1.00",
            "工号": n,
        }
        for n in range(1, 5)
    ]
    answer = browser.get(page_of(held(employer, as_csv(rows))))
    assert [(one["name"], one["how"]) for one in answer.context["columns"]] == [
        ("姓名", "By its name"),
        ("身份证号码", "By another name for it, 95% sure"),
        ("列3", "By what stands in it: please check, 90% sure"),
        ("应发工资", "By its name"),
        ("工号", "Fills no field"),
    ]
    page = words(answer)
    assert "Fill no field, so that nothing of them is kept: 工号" in page
    assert "recognised only by what stands in it, please check: 列3" in page


def test_faults_are_marked_in_words_with_an_example(employer, browser):
    answer = browser.get(page_of(held(employer, as_csv([wage(1), wage(2, month="March")]))))
    page = words(answer)
    assert "The file has 2 rows. 1 of them would be refused." in page
    assert "March This is not a month. Right, for example: 2026-03" in page
    assert next((one["sentence"], one["count"]) for one in answer.context["reasons"]) == (
        "This is not a month.",
        1,
    )


def test_problem_names_what_is_missing_and_nothing_can_be_taken_in(employer, browser):
    answer = browser.get(page_of(held(employer, as_csv([{"姓名": "张伟", "应发工资": "1"}]), type="wage")))
    page = words(answer)
    assert ("Not ready yet" in page, "It is about: Month." in page) == (True, True)
    assert ("Take it in" in page, "Choose below which column holds it" in page) == (False, True)


def test_file_without_a_readable_header_can_be_mended_on_the_page(employer, browser):
    content = "甲\n2026-03,8000.00,1\n姓名,月份,应发工资\n张伟,2026-03,8000.00\n".encode()
    upload = held(employer, content)
    answer = sent(browser, upload, header_row="3")
    assert answer["Location"] == page_of(upload)
    upload = peeked(upload_of(upload.id)) if upload_of(upload.id).status == "parsing" else upload
    assert preview_of(upload_of(upload.id)).head.columns == ["姓名", "月份", "应发工资"]


def test_file_that_cannot_be_read_says_why_and_offers_another_reading(employer, browser):
    upload = held(employer, b"2026-03,8000.00,5000.00\n2026-03,8001.00,5000.00\n")
    answer = browser.get(page_of(upload))
    page = words(answer)
    assert ("Not ready yet" in page, "Take it in" in page, "Its columns" in page) == (True, False, False)
    assert "The first row should name the columns" in page
    assert {"encoding", "delimiter", "header_row", "type"} == set(answer.context["form"].fields)


def test_type_that_is_not_told_can_be_chosen(employer, browser):
    upload = held(employer, as_csv([{"姓名": "张伟", "月份": "2026-03", "是否已缴": "是", "工资": "1.00"}]))
    assert preview_of(upload).mapping.problems[-1].code.startswith("record_type")
    assert "Choose below what is in the file." in words(browser.get(page_of(upload)))
    sent(browser, upload, type="wage")
    assert browser.get(page_of(upload)).context["hindrances"] == []


def test_form_sent_back_unchanged_changes_nothing(employer, browser):
    upload = held(employer, as_csv([wage(1)]))
    before = preview_of(upload)
    assert sent(browser, upload)["Location"] == page_of(upload)
    after = preview_of(upload_of(upload.id))
    assert after == before


def test_field_chosen_on_the_page_is_used(employer, browser):
    upload = held(employer, as_csv([{"姓名": "张伟", "月份": "2026-03", "大数": "1.00"}]), type="wage")
    sent(browser, upload, **{place(upload, "大数"): "gross"})
    answer = browser.get(page_of(upload))
    assert (answer.context["hindrances"], answer.context["columns"][2]["how"]) == ([], "As you chose")


def test_sheet_chosen_on_the_page_is_read_by_a_worker(employer, browser, django_capture_on_commit_callbacks):
    rows = [list(wage(1)), list(wage(1).values())]
    upload = held(employer, workbook(一月=rows, 二月=rows), filename="a.xlsx")
    other = next(name for name in ("一月", "二月") if name != preview_of(upload).head.sheet)
    with django_capture_on_commit_callbacks() as callbacks:
        sent(browser, upload, sheet=other)
    assert (len(callbacks), upload_of(upload.id).status) == (1, "parsing")
    assert 'data-live="1"' in text(browser.get(page_of(upload)))
    assert preview_of(peeked(upload_of(upload.id))).head.sheet == other


def test_choice_that_does_not_exist_comes_back_with_the_form(employer, browser):
    upload = held(employer, as_csv([wage(1)]))
    answer = sent(browser, upload, encoding="ebcdic")
    assert (answer.status_code, "Please look at this again" in text(answer)) == (200, True)


def test_confirming_leads_to_the_upload_and_wakes_a_worker(
    employer, browser, django_capture_on_commit_callbacks
):
    upload = held(employer, as_csv([wage(1)]))
    with django_capture_on_commit_callbacks() as callbacks:
        answer = browser.post(f"{page_of(upload)}/confirm")
    assert (answer["Location"], len(callbacks)) == (f"/desk/uploads/{upload.pk}", 1)
    assert upload_of(upload.id).confirmed_by.startswith("member:")
    assert browser.post(f"{page_of(upload)}/confirm").status_code == 409


def test_dry_run_is_asked_for_watched_and_told(employer, browser, django_capture_on_commit_callbacks):
    upload = held(employer, as_csv([wage(1), wage(2, signed=False)]))
    with django_capture_on_commit_callbacks() as callbacks:
        assert browser.post(f"{page_of(upload)}/trial")["Location"] == page_of(upload)
    assert len(callbacks) == 1
    running = browser.get(page_of(upload))
    assert ("Rows tried" in words(running), wage(1)["name"] in text(running)) == (True, False)
    Upload.objects.filter(id=upload.id).update(trial="")
    tried(upload)
    page = words(browser.get(page_of(upload)))
    assert ("2 rows were tried and nothing of them stored." in page, "Take it in" in page) == (True, True)
    assert "There is no consent on file under which this row may be kept." in page


def test_unusable_preview_is_not_taken_in_by_hand_made_requests(employer, browser):
    upload = held(employer, as_csv([{"姓名": "张伟", "应发工资": "1"}]), type="wage")
    for deed in ("confirm", "trial"):
        assert browser.post(f"{page_of(upload)}/{deed}")["Location"] == page_of(upload)
    assert upload_of(upload.id).awaiting


def test_what_was_done_last_time_is_told_and_can_be_forgotten(employer, browser):
    confirm(held(employer, as_csv([wage(1)])))
    upload = held(employer, as_csv([wage(2)]))
    assert "Read and matched as last time" in words(browser.get(page_of(upload)))
    browser.post(f"{page_of(upload)}/forget")
    peeked(upload_of(upload.id))
    assert RememberedMapping.objects.count() == 0
    assert "Read and matched as last time" not in words(browser.get(page_of(upload)))


def test_preview_that_is_gone_can_be_had_again(employer, browser):
    upload = held(employer, as_csv([wage(1)]))
    Upload.objects.filter(id=upload.id).update(preview=None)
    assert "This preview has been destroyed" in words(browser.get(page_of(upload)))
    browser.post(f"{page_of(upload)}/choices")
    peeked(upload_of(upload.id))
    assert "Take this file in?" in words(browser.get(page_of(upload)))


@pytest.mark.parametrize("role", ["viewer", "developer"])
def test_rows_are_shown_only_to_who_may_send(employer, role):
    upload = held(employer, as_csv([wage(1)]))
    stranger = signed_in(make_person(role, employer.pk))
    assert stranger.get(page_of(upload)).status_code == 403
    assert [stranger.post(f"{page_of(upload)}/{deed}").status_code for deed in ("confirm", "trial")] == [
        403,
        403,
    ]


def test_preview_of_another_organisation_is_not_there(employer, browser):
    upload = held(make_furnisher(), as_csv([wage(1)]))
    assert browser.get(page_of(upload)).status_code == 404
    for deed in ("choices", "confirm", "trial", "forget"):
        assert browser.post(f"{page_of(upload)}/{deed}").status_code == 404


def test_page_is_kept_by_no_cache(employer, browser):
    answer = browser.get(page_of(held(employer, as_csv([wage(1)]))))
    assert "no-store" in answer["Cache-Control"]


def test_acts_are_no_links(employer, browser):
    upload = held(employer, as_csv([wage(1)]))
    for deed in ("choices", "confirm", "trial", "forget"):
        assert browser.get(f"{page_of(upload)}/{deed}").status_code == 405


def test_file_that_waits_for_nobody_has_its_own_page(employer, browser):
    upload = receive(employer, as_csv([wage(1)]))
    assert browser.get(page_of(upload))["Location"] == f"/desk/uploads/{upload.pk}"
    waiting = receive(employer, as_csv([wage(2)]), hold=True)
    assert browser.get(page_of(waiting)).status_code == 200
    services.cancel(**act(waiting))
    assert browser.get(page_of(waiting))["Location"] == f"/desk/uploads/{waiting.pk}"


def test_what_was_written_cannot_become_markup(employer, browser):
    row = wage(1) | {"<script>alert(1)</script>": "<img src=x onerror=alert(1)>"}
    page = text(browser.get(page_of(held(employer, as_csv([row])))))
    assert ("<script>alert" in page, "<img src=x" in page) == (False, False)
    assert "&lt;script&gt;alert(1)" in page


def test_nothing_of_a_row_stands_in_the_log(employer, browser, caplog):
    upload = held(employer, as_csv([wage(1), wage(2, month="March")]))
    browser.get(page_of(upload))
    sent(browser, upload, **{place(upload, "net"): ""})
    trying.ask(**act(upload))
    said = " ".join(record.getMessage() for record in caplog.records)
    values = [wage(1)["name"], wage(1)["id_number"], wage(1)["mobile"]]
    assert [value for value in values if value in said] == []


def test_number_of_queries_does_not_grow_with_the_rows(employer, browser, django_assert_max_num_queries):
    upload = held(employer, as_csv([wage(number) for number in range(1, 40)]))
    browser.get(page_of(upload))
    with django_assert_max_num_queries(12):
        browser.get(page_of(upload))
    assert timezone.now() > upload.received_at
