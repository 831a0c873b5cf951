"""Consents, looks, records and settings as the resident sees them."""

import base64
import json
from datetime import timedelta

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from consent import receipts
from consent.models import Consent
from registry import profiles
from registry.models import Inquiry, LedgerEntry, Record, Resident
from tests.consent.portal.visits import make_account, signed_in
from tests.factories.consents import (
    Known,
    ask,
    attested,
    granted,
    make_furnisher,
    make_lender,
    store_bills,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def hers() -> Known:
    return make_account()


@pytest.fixture
def browser(hers, settings):
    return signed_in(hers, settings)


def furnish(hers: Known, months: int = 3):
    furnisher = make_furnisher()
    consent = attested(furnisher, hers, at=timezone.now(), signed_on=timezone.localdate())
    store_bills(furnisher, hers, consent, months=months)
    return furnisher, consent


def look(hers: Known, *, kind: str = "report", organisation=None, consent=None, back: int = 0) -> None:
    """Somebody reads the profile."""
    profiles.read(
        reader=profiles.Reader(kind, organisation, consent),
        resident=hers.id,
        categories=["utility_payments"],
        records_from=None,
        records_until=None,
        purpose={"report": "credit_application", "staff": "dispute", "own": "own_access"}[kind],
        by="system:test",
        at=timezone.now() - timedelta(days=back),
    )


def test_withdrawal_ends_the_consent_at_once(browser, hers):
    consent = granted(make_lender(), hers, at=timezone.now())
    page = browser.get(f"/consents/{consent}/withdraw").content.decode()
    assert "Test Bank can read nothing more about you, at once." in page
    assert "What they saw before." in page
    assert Consent.objects.get(id=consent).status == "granted"
    done = browser.post(f"/consents/{consent}/withdraw")
    assert (done["Location"], Consent.objects.get(id=consent).status) == (f"/consents/{consent}", "withdrawn")
    page = browser.get(f"/consents/{consent}").content.decode()
    assert "Withdrawn. From this moment nobody can read anything under it." in page


def test_withdrawal_takes_as_few_presses_as_agreeing(browser, hers):
    consent = granted(make_lender(), hers, at=timezone.now())
    assert f'href="/consents/{consent}/withdraw"' in browser.get("/").content.decode()  # one
    assert browser.post(f"/consents/{consent}/withdraw").status_code == 302  # two


def test_withdrawing_twice_changes_nothing_and_says_so(browser, hers):
    consent = granted(make_lender(), hers, at=timezone.now())
    browser.post(f"/consents/{consent}/withdraw")
    assert browser.post(f"/consents/{consent}/withdraw").status_code == 302
    page = browser.get(f"/consents/{consent}").content.decode()
    assert "this consent had ended already" in page
    assert LedgerEntry.objects.filter(event="consent_withdrawn").count() == 1


def test_going_back_after_a_withdrawal_shows_how_it_stands(browser, hers):
    consent = granted(make_lender(), hers, at=timezone.now())
    before = browser.get(f"/consents/{consent}/withdraw")
    browser.post(f"/consents/{consent}/withdraw")
    again = browser.get(f"/consents/{consent}/withdraw")
    assert "no-store" in before["Cache-Control"]
    assert again["Location"] == f"/consents/{consent}"


def test_withdrawn_contribution_takes_its_records_out(browser, hers):
    _furnisher, consent = furnish(hers)
    assert "3 records" in browser.get("/records").content.decode()
    page = browser.get(f"/consents/{consent}/withdraw").content.decode()
    assert "What they added under this consent is shown to nobody any more, at once." in page
    browser.post(f"/consents/{consent}/withdraw")
    assert "Nothing is on file about you yet" in browser.get("/records").content.decode()


def test_withdrawing_works_while_the_broker_is_away(browser, hers, settings, monkeypatch):
    from registry.celery import app

    consent = granted(make_lender(), hers, at=timezone.now())
    monkeypatch.setattr(app.conf, "broker_url", "redis://127.0.0.1:9/0")
    assert browser.post(f"/consents/{consent}/withdraw").status_code == 302
    assert Consent.objects.get(id=consent).status == "withdrawn"


def test_consent_page_shows_state_history_and_the_exact_text(browser, hers):
    lender = make_lender()
    consent = granted(lender, hers, at=timezone.now())
    page = browser.get(f"/consents/{consent}").content.decode()
    for text in ("In force", lender.number, "The organisation asked", "You agreed"):
        assert text in page
    for line in Consent.objects.get(id=consent).text.body.splitlines():
        assert line.replace("'", "&#x27;") in page


def test_attested_consent_says_how_it_came(browser, hers):
    _furnisher, consent = furnish(hers)
    page = browser.get(f"/consents/{consent}").content.decode()
    assert "The organisation handed in a consent that you signed there" in page
    assert "You signed on" in page


def test_receipt_is_the_signed_one(browser, hers):
    consent = granted(make_lender(), hers, at=timezone.now())
    answer = browser.get(f"/consents/{consent}/receipts/granted")
    members = receipts.verified(answer.content.decode())
    assert answer["Content-Type"] == "application/jose"
    assert answer["Content-Disposition"] == f'attachment; filename="juxin-consent-{consent}-granted.jws"'
    assert (members["status"], members["record_id"]) == ("granted", f"urn:uuid:{consent}")
    payload = answer.content.decode().split(".")[1]
    said = json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))
    assert hers.identity["name"] not in json.dumps(said, ensure_ascii=False)
    assert browser.get(f"/consents/{consent}/receipts/declined").status_code == 404


def test_receipt_of_an_attested_consent_stands_alone(browser, hers):
    _furnisher, consent = furnish(hers)
    answer = browser.get(f"/consents/{consent}/receipts/granted")
    members = receipts.verified(answer.content.decode(), key_set=browser.get("/.well-known/jwks.json").json())
    assert answer["Content-Type"] == "application/json"
    assert answer["Content-Disposition"] == f'attachment; filename="juxin-consent-{consent}-granted.json"'
    assert (members["status"], members["record_id"]) == ("granted", f"urn:uuid:{consent}")
    assert browser.get(f"/consents/{consent}/receipts/withdrawn").status_code == 404
    browser.post(f"/consents/{consent}/withdraw")
    page = browser.get(f"/consents/{consent}").content.decode()
    assert "The organisation handed in a consent that you signed there" in page
    assert f"/consents/{consent}/receipts/granted" in page
    assert f"/consents/{consent}/receipts/withdrawn" in page


@pytest.mark.parametrize("path", ["/", "/consents", "/access", "/records", "/records/utility_payments"])
def test_list_takes_as_many_queries_for_three_rows_as_for_one(browser, hers, path):
    counts = []
    for rows in (1, 2):
        for _ in range(rows):
            lender = make_lender()
            look(hers, organisation=lender.organisation_id, consent=granted(lender, hers, at=timezone.now()))
            ask(lender, hers.identity, at=timezone.now())
            furnish(hers)
        browser.get(path)  # opens keys
        with CaptureQueriesContext(connection) as captured:
            assert browser.get(path).status_code == 200
        counts.append(len(captured))
    assert counts[0] == counts[1]
    assert counts[0] <= 21


def test_long_list_of_consents_goes_over_pages(browser, hers):
    furnisher = make_furnisher()
    for _ in range(21):
        attested(furnisher, hers, at=timezone.now(), signed_on=timezone.localdate())
    first, second = (
        browser.get("/consents").content.decode(),
        browser.get("/consents?page=2").content.decode(),
    )
    assert (first.count("In force"), second.count("In force")) == (20, 1)
    assert "Page 1 of 2" in first


def test_looks_of_staff_are_listed_and_ones_own_only_on_wish(browser, hers):
    lender = make_lender()
    look(hers, organisation=lender.organisation_id, consent=granted(lender, hers, at=timezone.now()))
    look(hers, kind="staff")
    look(hers, kind="own")
    page = browser.get("/access").content.decode()
    assert "Test Bank: Deciding on a loan or card application" in page
    assert "Staff of this registry: Looking into a dispute" in page
    assert "You: Your own access" not in page
    assert "You: Your own access" in browser.get("/access?own=1").content.decode()


def test_chart_counts_looks_by_others_month_by_month(browser, hers):
    lender = make_lender()
    for back in (0, 0, 40, 400):
        look(hers, organisation=lender.organisation_id, back=back)
    look(hers, kind="own")
    bars = browser.get("/access").context["bars"]
    assert len(bars) == 12
    assert (bars[-1][1], sum(count for _label, count, _short in bars)) == (2, 3)


def test_records_are_listed_without_opening_them(browser, hers):
    furnish(hers)
    page = browser.get("/records").content.decode()
    assert "City Water" in page
    assert "86.40" not in page
    assert Inquiry.objects.count() == 0


def test_opening_records_is_written_down(settings):
    with time_machine.travel("2026-11-25 10:00:00+08:00"):
        hers = make_account()
        browser = signed_in(hers, settings)
        furnish(hers)
        page = browser.get("/records/utility_payments").content.decode()
    assert "¥86.40" in page
    assert "3 months on time, 9 months without data." in page
    inquiry = Inquiry.objects.get()
    assert (inquiry.kind, inquiry.purpose, inquiry.categories) == ("own", "own_access", ["utility_payments"])
    assert LedgerEntry.objects.filter(entry=inquiry.ledger_entry, event="own_read").count() == 1


def test_what_lenders_do_not_see_yet_is_shown_to_her_at_once_and_marked(browser, hers):
    furnish(hers)
    assert "Something was reported that counts against you" not in browser.get("/").content.decode()
    Record.objects.filter(period=Record.objects.order_by("period").values("period")[:1]).update(
        negative_from=timezone.localdate()
    )
    assert "Something was reported that counts against you" in browser.get("/").content.decode()
    page = browser.get("/records/utility_payments").content.decode()
    assert page.count("Not shown to lenders yet, since you have to be told first:") == 1


def test_language_she_chooses_is_the_one_she_is_written_to_in(browser, hers):
    browser.post("/language", {"language": "en", "next": "/"})
    assert Resident.objects.get(id=hers.id).language == "en"
    browser.post("/language", {"language": "xx", "next": "/"})
    assert Resident.objects.get(id=hers.id).language == "en"


def test_records_stay_closed_while_the_ledger_takes_nothing(browser, hers, refusing_ledger):
    with pytest.raises(Exception, match="ledger"):
        browser.get("/records/utility_payments")


def test_unknown_kind_of_records_is_not_there(browser):
    assert browser.get("/records/religion").status_code == 404


def test_freeze_and_lift_take_one_press_each(browser, hers):
    assert browser.post("/settings/freeze")["Location"] == "/settings"
    assert Resident.objects.get(id=hers.id).status == "frozen"
    assert "Your file is frozen" in browser.get("/").content.decode()
    browser.post("/settings/unfreeze")
    assert Resident.objects.get(id=hers.id).status == "active"


def test_freezing_twice_changes_nothing_and_says_so(browser):
    browser.post("/settings/freeze")
    browser.post("/settings/freeze")
    assert "Your file was frozen already." in browser.get("/settings").content.decode()
    assert LedgerEntry.objects.filter(event="resident_frozen").count() == 1


def test_language_is_changed_by_a_press_and_kept(browser):
    browser.post("/language", {"language": "zh-hans", "next": "/settings"})
    assert '<html lang="zh-Hans"' in browser.get("/settings").content.decode()


def test_empty_file_has_no_dead_ends(browser):
    for path in ("/", "/consents", "/access", "/records", "/records/income"):
        answer = browser.get(path)
        assert answer.status_code == 200
        assert 'class="empty"' in answer.content.decode()
