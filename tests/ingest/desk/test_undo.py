"""Undoing a file at the desk: asked once, told what goes and what stays, done by those who may send."""

import re

import pytest

from ingest.models import Upload
from registry.models import Record
from tests.factories.organisations import make_furnisher, make_person, signed_in
from tests.factories.uploads import ingest, wage

pytestmark = pytest.mark.django_db


@pytest.fixture
def employer():
    return make_furnisher()


@pytest.fixture
def browser(employer):
    return signed_in(make_person("clerk", employer.pk))


def page(upload):
    return f"/desk/uploads/{upload.pk}/undo"


def text(answer):
    return re.sub(r"\s+", " ", answer.content.decode())


def test_page_says_what_goes_and_what_stays_and_changes_nothing(employer, browser):
    upload = ingest(employer, [wage(1), wage(2), wage(3)])
    Record.objects.filter(row=1).update(status="disputed")
    ingest(employer, [wage(2, gross="9000.00")])
    said = text(browser.get(page(upload)))
    assert "1 record of this file is shown to nobody any more." in said
    assert "1 is disputed by the person: it stays until the dispute is decided." in said
    assert "1 was replaced or sent again by a later file: what that file says stays." in said
    assert Record.objects.filter(status="withdrawn").count() == 0


def test_file_is_undone_and_its_page_says_so(employer, browser):
    upload = ingest(employer, [wage(1), wage(2)])
    assert page(upload) in text(browser.get(f"/desk/uploads/{upload.pk}"))
    answer = browser.post(page(upload), follow=True)
    assert "Undone: 2 records were taken back." in text(answer)
    assert "Undone: its records were withdrawn" in text(answer)
    assert page(upload) not in text(answer)
    assert set(Record.objects.values_list("status", flat=True)) == {"withdrawn"}


def test_file_that_was_undone_is_shown_and_found_as_such(employer, browser):
    undone, kept = ingest(employer, [wage(1)]), ingest(employer, [wage(2)])
    browser.post(page(undone))
    said = text(browser.get(f"/desk/uploads/{undone.pk}"))
    assert ("Undone</span>" in said, "Every row is in." in said) == (True, False)
    listed = {
        state: [
            f"/desk/uploads/{each.pk}" in text(browser.get(f"/desk/uploads?state={state}"))
            for each in (undone, kept)
        ]
        for state in ("undone", "done", "")
    }
    assert listed == {"undone": [True, False], "done": [False, True], "": [True, True]}


def test_second_time_is_refused(employer, browser):
    upload = ingest(employer, [wage(1)])
    browser.post(page(upload))
    assert (browser.get(page(upload)).status_code, browser.post(page(upload)).status_code) == (409, 409)


def test_file_that_is_under_way_offers_no_undo(employer, browser):
    upload = ingest(employer, [wage(1)])
    Upload.objects.update(status="processing")
    assert page(upload) not in text(browser.get(f"/desk/uploads/{upload.pk}"))
    assert browser.post(page(upload)).status_code == 409
    assert Record.objects.get().status == "active"


@pytest.mark.parametrize("role", ["viewer", "developer"])
def test_those_who_only_look_may_not(employer, role):
    upload = ingest(employer, [wage(1)])
    visitor = signed_in(make_person(role, employer.pk))
    assert page(upload) not in text(visitor.get(f"/desk/uploads/{upload.pk}"))
    assert visitor.post(page(upload)).status_code == 403
    assert Record.objects.get().status == "active"


def test_another_organisations_file_is_not_there(browser):
    upload = ingest(make_furnisher(), [wage(1)])
    assert browser.post(page(upload)).status_code == 404
    assert Record.objects.get().status == "active"
