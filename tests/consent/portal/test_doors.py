"""Whose pages these are: strangers get in nowhere, residents only into their own; forms want their token."""

import uuid

import pytest
from django.http import HttpResponse
from django.test import Client
from django.urls import get_resolver, reverse
from django.urls import path as route
from django.utils import timezone

from consent import urls
from registry import residents
from tests.consent.portal.visits import make_account, signed_in, visitor
from tests.factories.consents import ask, attested, granted, make_furnisher, make_lender, make_resident

pytestmark = pytest.mark.django_db

OPEN = {"home", "sign-in", "enter-code", "claim", "join"}
SAMPLES = {
    "request-by-code": ["K7MPX-4QRTW-9WDEB"],
    "request": [uuid.uuid4()],
    "consent": [uuid.uuid4()],
    "withdraw": [uuid.uuid4()],
    "receipt": [uuid.uuid4(), "granted"],
    "category": ["income"],
}
CLOSED = sorted({pattern.name for pattern in urls.urlpatterns} - OPEN)


@pytest.mark.parametrize("method", ["get", "post"])
@pytest.mark.parametrize("name", CLOSED)
def test_page_sends_a_stranger_to_the_sign_in(name, method):
    address = reverse(f"consent:{name}", args=SAMPLES.get(name, []))
    answer = getattr(visitor(), method)(address)
    assert (answer.status_code, answer["Location"].partition("?")[0]) == (302, "/sign-in")


@pytest.mark.parametrize("name", ["freeze", "unfreeze", "settings"])
def test_form_sent_after_the_session_ended_says_that_it_was_not_done(name):
    browser = visitor()
    page = browser.post(reverse(f"consent:{name}"), follow=True).content.decode()
    assert "What you just pressed was not done" in page
    assert "What you just pressed was not done" not in browser.get("/sign-in").content.decode()


@pytest.mark.parametrize(("name", "method"), [("settings", "get"), ("sign-out", "post")])
def test_page_only_looked_at_and_sign_out_say_nothing_of_what_was_lost(name, method):
    answer = getattr(visitor(), method)(reverse(f"consent:{name}"), follow=True)
    assert "was not done" not in answer.content.decode()


def test_page_added_without_a_word_about_doors_is_closed(settings, monkeypatch):
    added = route("forgotten", lambda request: HttpResponse("secret"), name="forgotten")
    monkeypatch.setattr(urls, "urlpatterns", [*urls.urlpatterns, added])
    resolver = get_resolver()
    for cached in (resolver, *resolver.url_patterns):
        cached.__dict__.pop("url_patterns", None)
    try:
        assert visitor().get("/forgotten")["Location"].startswith("/sign-in")
        assert signed_in(make_account(), settings).get("/forgotten").content == b"secret"
    finally:
        monkeypatch.undo()
        for cached in (resolver, *resolver.url_patterns):
            cached.__dict__.pop("url_patterns", None)


def test_consent_of_another_resident_is_not_there(settings):
    hers, lender = make_account(), make_lender()
    consent = granted(lender, hers, at=timezone.now())
    nosy = signed_in(make_account(), settings)
    paths = [f"/consents/{consent}", f"/consents/{consent}/withdraw", f"/consents/{consent}/receipts/granted"]
    assert [nosy.get(path).status_code for path in paths] == [404, 404, 404]
    assert nosy.post(f"/consents/{consent}/withdraw").status_code == 404
    assert signed_in(hers, settings).get(paths[0]).status_code == 200


def test_another_residents_consents_looks_and_records_stand_in_no_list(settings):
    hers, furnisher = make_account(), make_furnisher()
    attested(furnisher, hers, at=timezone.now(), signed_on=timezone.localdate())
    nosy = signed_in(make_account(), settings)
    for path in ("/", "/consents", "/access", "/records"):
        assert furnisher.organisation.name_en not in nosy.get(path).content.decode()
    assert furnisher.organisation.name_en in signed_in(hers, settings).get("/consents").content.decode()


def test_request_of_another_resident_says_so_and_changes_nothing(settings):
    hers, lender = make_account(), make_lender()
    request = ask(lender, hers.identity, at=timezone.now())
    answer = signed_in(make_account(), settings).post(f"/requests/{request.id}", {"answer": "decline"})
    page = answer.content.decode()
    assert answer.status_code == 403
    assert "made out to somebody else" in page
    assert hers.identity["name"] not in page
    assert signed_in(hers, settings).get(f"/requests/{request.id}").status_code == 200


@pytest.mark.parametrize("path", ["/sign-in", "/sign-out", "/settings/freeze", "/settings/unfreeze", "/r/"])
def test_form_without_its_token_is_refused(settings, path):
    strict = Client(enforce_csrf_checks=True)
    strict.cookies = signed_in(make_account(), settings).cookies
    assert strict.post(path, {"mobile": "13912345678"}).status_code == 403


def test_answer_and_withdrawal_without_their_token_are_refused(settings):
    hers, lender = make_account(), make_lender()
    request, consent = ask(lender, hers.identity, at=timezone.now()), granted(lender, hers, at=timezone.now())
    strict = Client(enforce_csrf_checks=True)
    strict.cookies = signed_in(hers, settings).cookies
    assert strict.post(f"/requests/{request.id}", {"answer": "decline"}).status_code == 403
    assert strict.post(f"/consents/{consent}/withdraw").status_code == 403


@pytest.mark.parametrize("path", ["/", "/consents", "/access", "/records", "/settings", "/r/"])
def test_page_is_kept_in_no_cache_and_carries_no_inline_code(settings, path):
    answer = signed_in(make_account(), settings).get(path)
    page = answer.content.decode()
    assert "no-store" in answer["Cache-Control"]
    assert page.count("<h1>") == 1
    for forbidden in (" style=", "<style", " onclick=", " onsubmit=", "javascript:"):
        assert forbidden not in page


def test_merged_resident_sees_the_whole_of_her_profile(settings):
    hers, again = make_account(), make_resident()
    consent = attested(make_furnisher(), again, at=timezone.now(), signed_on=timezone.localdate())
    browser = signed_in(hers, settings)
    assert browser.get(f"/consents/{consent}").status_code == 404
    residents.merge(resident=hers.id, into=again.id, by="system:test", reasons=["test"], at=timezone.now())
    assert browser.get(f"/consents/{consent}").status_code == 200
