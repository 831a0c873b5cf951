"""Answering a request: what stands on the page, less than was asked, the separate page, and every no."""

import re
from datetime import timedelta

import pytest
import time_machine
from django.utils import timezone

from consent.models import Consent
from registry.models import LedgerEntry
from tests.consent.portal.visits import make_account, signed_in
from tests.factories.consents import (
    Known,
    ask,
    attested,
    granted,
    make_furnisher,
    make_lender,
    new_identity,
    store_bills,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def hers() -> Known:
    return make_account()


@pytest.fixture
def lender():
    return make_lender()


@pytest.fixture
def request_(hers, lender):
    return ask(lender, hers.identity, at=timezone.now())


@pytest.fixture
def browser(hers, settings):
    return signed_in(hers, settings)


def answer(browser, request_, **form):
    page = browser.get(f"/requests/{request_.id}")
    shown = re.search(r'name="text_hash" value="(\w+)"', page.content.decode())[1]
    return browser.post(f"/requests/{request_.id}", {"answer": "grant", "text_hash": shown} | form)


def stand(request_) -> Consent:
    return Consent.objects.get(id=request_.id)


def test_link_leads_to_the_request(browser, request_):
    path = request_.link.partition("testserver")[2]
    assert browser.get(path)["Location"] == f"/requests/{request_.id}"


@pytest.mark.parametrize("typed", ["as_given", "lower", "spaced"])
def test_code_may_be_typed(browser, request_, typed):
    written = {
        "as_given": request_.code,
        "lower": request_.code.lower(),
        "spaced": request_.code.replace("-", " "),
    }[typed]
    assert browser.post("/r/", {"code": written})["Location"] == f"/requests/{request_.id}"


@pytest.mark.parametrize("path", ["/r/K7MPX-4QRTW-9WDEB", "/r/x", "/r/%E4%BD%A0"])
def test_unknown_code_says_what_to_do(browser, path):
    found = browser.get(path)
    assert found.status_code == 404
    assert "There is no request with this code" in found.content.decode()


def test_page_says_who_asks_why_and_what_for(browser, request_, lender):
    page = browser.get(f"/requests/{request_.id}").content.decode()
    for text in (
        "Test Bank asks to see your credit identity",
        lender.number,
        "Deciding on a loan or card application",
        "For example: gross wage for March 2026",
        "You can withdraw at any time, as easily as you agree.",
        "If you decline, they see nothing",
        "may not ask again for 30 days",
    ):
        assert text in page


def test_page_ticks_nothing_beforehand(browser, request_):
    assert " checked" not in browser.get(f"/requests/{request_.id}").content.decode()


def test_decline_is_as_prominent_as_agreement(browser, request_):
    page = browser.get(f"/requests/{request_.id}").content.decode()
    buttons = re.findall(r'<button class="([^"]+)" name="answer" value="(\w+)"', page)
    assert [value for _classes, value in buttons] == ["grant", "decline"]
    assert len({classes for classes, _value in buttons}) == 1


def test_page_says_what_is_on_file_of_each_category(browser, request_, hers):
    furnisher = make_furnisher()
    consent = attested(furnisher, hers, at=timezone.now(), signed_on=timezone.localdate())
    store_bills(furnisher, hers, consent, months=3)
    page = browser.get(f"/requests/{request_.id}").content.decode()
    assert "In your file: 3 records, Aug 2026 to Oct 2026, from City Water." in page
    assert page.count("In your file: nothing of this kind yet.") == 2


def test_less_is_granted_than_was_asked(browser, request_):
    done = answer(browser, request_, categories=["utility_payments", "employment"], days="7")
    consent = stand(request_)
    assert done["Location"] == f"/consents/{request_.id}"
    assert (consent.status, consent.categories) == ("granted", ["employment", "utility_payments"])
    today = timezone.localdate()
    assert timezone.localdate(consent.valid_until - timedelta(seconds=1)) == today + timedelta(days=7)


def test_as_long_as_they_ask_is_what_they_asked_for(browser, request_):
    answer(browser, request_, categories=["employment"], days="30")
    consent = stand(request_)
    assert consent.valid_until - consent.valid_from == timedelta(days=30)


@pytest.mark.parametrize(
    "form",
    [
        {"days": "7"},
        {"categories": ["employment"]},
        {"categories": ["employment"], "days": "31"},
        {"categories": ["employment"], "days": "0"},
        {"categories": ["tradelines"], "days": "7"},
    ],
)
def test_answer_that_is_incomplete_or_more_than_asked_changes_nothing(browser, request_, form):
    refused = answer(browser, request_, **form)
    assert (refused.status_code, stand(request_).status) == (422, "requested")
    assert "Please look at this again" in refused.content.decode()


def test_answer_that_came_back_keeps_what_was_ticked(browser, request_):
    page = answer(browser, request_, categories=["employment"]).content.decode()
    assert re.findall(r'value="(\w+)" id="\w+" aria-describedby="\w+" checked', page) == ["employment"]


def test_income_is_asked_on_a_page_of_its_own(browser, request_):
    apart = answer(browser, request_, categories=["employment", "income"], days="30")
    page = apart.content.decode()
    assert (apart.status_code, stand(request_).status) == (200, "requested")
    assert "The law asks for your separate consent to information on income." in page
    assert " checked" not in page
    assert "utility_payments" not in page


def carried(page: str) -> dict[str, list[str]]:
    """What the hidden fields of a page carry on."""
    fields: dict[str, list[str]] = {}
    for name, value in re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)"', page):
        fields.setdefault(name, []).append(value)
    return {name: values for name, values in fields.items() if name != "csrfmiddlewaretoken"}


def test_income_ticked_is_granted_separately(browser, request_):
    page = answer(browser, request_, categories=["employment", "income"], days="30").content.decode()
    browser.post(f"/requests/{request_.id}", carried(page) | {"tick": "1", "answer": "grant"})
    consent = stand(request_)
    assert (consent.status, consent.categories) == ("granted", ["employment", "income"])
    assert consent.separate_categories == ["income"]


def test_income_left_out_leaves_the_rest(browser, request_):
    page = answer(browser, request_, categories=["employment", "income"], days="30").content.decode()
    browser.post(f"/requests/{request_.id}", carried(page) | {"answer": "leave"})
    assert (stand(request_).status, stand(request_).categories) == ("granted", ["employment"])


def test_income_alone_left_out_leaves_nothing_to_agree_to(browser, request_):
    page = answer(browser, request_, categories=["income"], days="30").content.decode()
    back = browser.post(f"/requests/{request_.id}", carried(page) | {"answer": "leave"})
    assert (back.status_code, stand(request_).status) == (422, "requested")
    assert "Nothing is left to agree to" in back.content.decode()


def test_income_without_its_tick_is_asked_again(browser, request_):
    page = answer(browser, request_, categories=["employment", "income"], days="30").content.decode()
    again = browser.post(f"/requests/{request_.id}", carried(page) | {"answer": "grant"})
    assert (again.status_code, stand(request_).status) == (422, "requested")
    assert "The box is not ticked" in again.content.decode()


def test_declined_request_is_declined_and_barred(browser, request_):
    done = browser.post(f"/requests/{request_.id}", {"answer": "decline"})
    assert (done["Location"], stand(request_).status) == (f"/consents/{request_.id}", "declined")
    assert "Declined. They see nothing" in browser.get(done["Location"]).content.decode()


def test_second_request_after_a_decline_reaches_her_not(browser, request_, lender, hers):
    browser.post(f"/requests/{request_.id}", {"answer": "decline"})
    again = ask(lender, hers.identity, at=timezone.now())
    assert "asks for your consent" not in browser.get("/").content.decode()
    assert browser.get(f"/requests/{again.id}").status_code == 410


def test_double_submit_grants_once_and_says_so(browser, request_):
    form = {"categories": ["employment"], "days": "30"}
    page = browser.get(f"/requests/{request_.id}").content.decode()
    form |= {"answer": "grant", "text_hash": re.search(r'name="text_hash" value="(\w+)"', page)[1]}
    assert browser.post(f"/requests/{request_.id}", form).status_code == 302
    second = browser.post(f"/requests/{request_.id}", form)
    assert second.status_code == 409
    assert "You have answered this request already" in second.content.decode()
    assert LedgerEntry.objects.filter(event="consent_granted").count() == 1


def test_decline_after_grant_changes_nothing(browser, request_):
    answer(browser, request_, categories=["employment"], days="30")
    assert browser.post(f"/requests/{request_.id}", {"answer": "decline"}).status_code == 409
    assert stand(request_).status == "granted"


def test_old_request_after_a_withdrawal_says_it_was_answered(browser, request_):
    answer(browser, request_, categories=["employment"], days="30")
    browser.post(f"/consents/{request_.id}/withdraw")
    page = browser.get(f"/requests/{request_.id}")
    assert (page.status_code, stand(request_).status) == (409, "withdrawn")


def test_request_past_its_time_is_over(hers, lender, settings):
    request_ = ask(lender, hers.identity, at=timezone.now())
    with time_machine.travel(timezone.now() + timedelta(days=14, seconds=1)):
        browser = signed_in(hers, settings)
        page = browser.get(f"/requests/{request_.id}")
        assert page.status_code == 410
        assert "This request is over" in page.content.decode()
        assert browser.post(f"/requests/{request_.id}", {"answer": "decline"}).status_code == 410
        assert "asks for your consent" not in browser.get("/").content.decode()


def test_text_in_another_language_than_the_one_read_is_shown_again(browser, request_):
    page = browser.get(f"/requests/{request_.id}").content.decode()
    shown = re.search(r'name="text_hash" value="(\w+)"', page)[1]
    form = {"answer": "grant", "text_hash": shown, "categories": ["employment"], "days": "30"}
    answered = browser.post(f"/requests/{request_.id}", form, headers={"accept-language": "zh-hans"})
    assert (answered.status_code, stand(request_).status) == (409, "requested")


def test_frozen_resident_is_told_to_lift_it_first(browser, request_):
    browser.post("/settings/freeze")
    page = browser.get(f"/requests/{request_.id}").content.decode()
    assert "To agree, lift the freeze" in page
    shown = re.search(r'name="text_hash" value="(\w+)"', page)[1]
    form = {"answer": "grant", "text_hash": shown, "categories": ["employment"], "days": "30"}
    refused = browser.post(f"/requests/{request_.id}", form)
    assert (refused.status_code, stand(request_).status) == (409, "requested")
    assert browser.post(f"/requests/{request_.id}", {"answer": "decline"}).status_code == 302


def test_request_that_waits_stands_first_at_home(browser, request_):
    page = browser.get("/").content.decode()
    assert "Test Bank asks for your consent" in page
    assert page.index("asks for your consent") < page.index("Who holds data about me")
    assert f'href="/requests/{request_.id}"' in page


def test_request_for_somebody_else_does_not_stand_at_home(browser, lender):
    ask(lender, new_identity(), at=timezone.now())
    assert "asks for your consent" not in browser.get("/").content.decode()


def test_consent_in_force_can_be_seen_at_home(browser, hers, lender):
    granted(lender, hers, at=timezone.now())
    page = browser.get("/").content.decode()
    assert "Test Bank" in page
    assert "Withdraw" in page
