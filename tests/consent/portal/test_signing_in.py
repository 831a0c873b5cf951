"""Signing in with a mobile and a code; claiming; signing out; the limits."""

import re
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
import time_machine
from django.contrib.sessions.models import Session
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from registry import messages, residents, signin
from registry.models import LedgerEntry, Message, SignInCode, SignInTry
from tests.consent.portal.visits import (
    MOBILE,
    ask_code,
    make_account,
    newest_code,
    sent,
    signed_in,
    visitor,
)
from tests.factories.consents import make_resident, new_identity

pytestmark = pytest.mark.django_db


def test_stranger_sees_the_way_in():
    answer = visitor().get("/")
    assert answer.status_code == 200
    assert "Send me a code" in answer.content.decode()
    assert "Sign out" not in answer.content.decode()


def test_right_code_signs_in(settings):
    known = make_account()
    page = signed_in(known, settings).get("/").content.decode()
    assert known.identity["name"] in page


def test_page_asked_for_opens_after_sign_in(settings):
    known = make_account()
    browser = visitor()
    turned_away = browser.get("/access?own=1")
    assert turned_away["Location"] == "/sign-in?next=%2Faccess%3Fown%3D1"
    ask_code(browser, known.identity["mobile"], next="/access?own=1")
    answer = browser.post("/sign-in/code", {"code": newest_code(settings), "next": "/access?own=1"})
    assert answer["Location"] == "/access?own=1"


@pytest.mark.parametrize("elsewhere", ["https://evil.example/", "//evil.example/", "javascript:alert(1)"])
def test_page_of_another_site_is_never_gone_to(settings, elsewhere):
    known = make_account()
    browser = visitor()
    ask_code(browser, known.identity["mobile"])
    answer = browser.post("/sign-in/code", {"code": newest_code(settings), "next": elsewhere})
    assert answer["Location"] == "/"


def test_known_and_unknown_numbers_get_the_same_answer():
    known = make_account().identity["mobile"]
    visitor().post("/sign-in", {"mobile": "13812340000"})  # opens keys
    shown, queries = [], []
    for mobile in (known, new_identity()["mobile"]):
        with CaptureQueriesContext(connection) as counted:
            answer = visitor().post("/sign-in", {"mobile": mobile}, follow=True)
        page = answer.content.decode().replace(mobile[-4:], "****")
        shown.append((answer.status_code, re.sub(r'name="csrfmiddlewaretoken" value="\w+"', "", page)))
        queries.append(len(counted))
    assert shown[0] == shown[1]
    assert queries[0] == queries[1]


def test_code_is_stored_as_a_digest_and_the_number_sealed(settings):
    browser = visitor()
    ask_code(browser)
    code = newest_code(settings)
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT c::text FROM registry_signincode c UNION SELECT t::text FROM registry_signintry t"
        )
        rows = "\n".join(row for (row,) in cursor.fetchall())
        cursor.execute("SELECT session_data FROM django_session")
        sessions = "\n".join(row for (row,) in cursor.fetchall())
    for secret in (code, MOBILE, code.encode().hex(), MOBILE.encode().hex()):
        assert secret not in rows
    session = Session.objects.get().get_decoded()
    assert set(session) == {"sign_in_pending"}
    assert MOBILE not in sessions


def test_code_opens_once(settings):
    known = make_account()
    first, second = visitor(), visitor()
    ask_code(first, known.identity["mobile"])
    second.cookies = first.cookies.copy()
    code = newest_code(settings)
    pending = SignInCode.objects.get().id
    assert first.post("/sign-in/code", {"code": code}).status_code == 302
    with pytest.raises(signin.CodeGone):
        signin.prove(pending=pending, code=code, address="192.0.2.1", at=timezone.now())


def test_code_of_another_browser_does_not_open(settings):
    known = make_account()
    mine, theirs = visitor(), visitor()
    ask_code(theirs, known.identity["mobile"])
    code = newest_code(settings)
    ask_code(mine)
    answer = mine.post("/sign-in/code", {"code": code})
    assert answer.status_code == 422


def test_code_is_good_for_five_minutes(settings):
    known = make_account()
    browser = visitor()
    with time_machine.travel("2026-11-25 10:00:00+00:00", tick=False) as clock:
        ask_code(browser, known.identity["mobile"])
        code = newest_code(settings)
        clock.shift(timedelta(minutes=5))
        answer = browser.post("/sign-in/code", {"code": code})
        assert answer.status_code == 410
        assert "This code is no longer good" in answer.content.decode()


def test_five_wrong_codes_end_a_code(settings):
    known = make_account()
    browser = visitor()
    ask_code(browser, known.identity["mobile"])
    code = newest_code(settings)
    wrong = f"{(int(code) + 1) % 10**6:06}"
    left = [browser.post("/sign-in/code", {"code": wrong}).context.get("left") for _ in range(5)]
    assert left == [4, 3, 2, 1, 0]
    answer = browser.post("/sign-in/code", {"code": code})
    assert (answer.status_code, browser.get("/consents").status_code) == (410, 302)


def test_wrong_tries_are_counted_even_at_once():
    browser = visitor()
    ask_code(browser)
    pending = SignInCode.objects.get().id
    for _ in range(5):
        with pytest.raises(signin.CodeWrong):
            signin.prove(pending=pending, code="no", address="192.0.2.1", at=timezone.now())
    assert SignInTry.objects.filter(kind="wrong").count() == 10  # mobile and address


def test_sixth_code_within_an_hour_is_refused_with_the_time_to_wait():
    with time_machine.travel("2026-11-25 10:00:00+00:00", tick=False) as clock:
        for _ in range(5):
            assert visitor().post("/sign-in", {"mobile": MOBILE}).status_code == 302
            clock.shift(timedelta(minutes=1))
        answer = visitor().post("/sign-in", {"mobile": MOBILE})
        page = answer.content.decode()
        assert (answer.status_code, sent()) == (429, 5)
        assert "Please wait a little" in page
        assert 'datetime="2026-11-25T19:00+08:00"' in page
        clock.shift(timedelta(minutes=56))
        assert visitor().post("/sign-in", {"mobile": MOBILE}).status_code == 302


def test_one_address_cannot_ask_for_many_numbers():
    for number in range(40):
        assert visitor().post("/sign-in", {"mobile": f"13911{number:06}"}).status_code == 302
    assert visitor().post("/sign-in", {"mobile": "13911112222"}).status_code == 429
    elsewhere = visitor(REMOTE_ADDR="198.51.100.7")
    assert elsewhere.post("/sign-in", {"mobile": "13911112222"}).status_code == 302


def test_one_household_of_ipv6_counts_as_one_address():
    at = timezone.now()
    for number in range(40):
        signin.count(kind=signin.Kind.CODE, mobile=f"13911{number:06}", address=f"2001:db8::{number}", at=at)
    with pytest.raises(signin.TooManyTries):
        signin.count(kind=signin.Kind.CODE, mobile="13911112222", address="2001:db8::ffff", at=at)
    signin.count(kind=signin.Kind.CODE, mobile="13911112222", address="2001:db8:0:1::1", at=at)


def test_address_is_what_our_proxies_saw(settings):
    settings.PROXIES = 1
    forged = visitor(REMOTE_ADDR="10.0.0.1", HTTP_X_FORWARDED_FOR="203.0.113.9, 198.51.100.7")
    for number in range(40):
        forged.post("/sign-in", {"mobile": f"13911{number:06}"})
    same = visitor(REMOTE_ADDR="10.0.0.1", HTTP_X_FORWARDED_FOR="203.0.113.77, 198.51.100.7")
    other = visitor(REMOTE_ADDR="10.0.0.1", HTTP_X_FORWARDED_FOR="203.0.113.9, 198.51.100.8")
    assert same.post("/sign-in", {"mobile": "13911112222"}).status_code == 429
    assert other.post("/sign-in", {"mobile": "13911112222"}).status_code == 302


@pytest.mark.django_db(transaction=True)
def test_limit_holds_for_tries_at_the_same_moment():
    at = timezone.now()

    def ask(_: int) -> bool:
        try:
            with transaction.atomic():
                signin.ask(mobile=MOBILE, address="192.0.2.1", at=at)
        except signin.TooManyTries:
            return False
        finally:
            connection.close()
        return True

    with ThreadPoolExecutor(12) as pool:
        assert sum(pool.map(ask, range(24))) == 5


def test_session_changes_its_key_at_sign_in(settings):
    known = make_account()
    browser = visitor()
    ask_code(browser, known.identity["mobile"])
    before = browser.cookies["session"].value
    browser.post("/sign-in/code", {"code": newest_code(settings)})
    assert browser.cookies["session"].value != before
    assert not Session.objects.filter(session_key=before).exists()


def test_session_ends_after_half_an_hour_without_a_click(settings):
    known = make_account()
    with time_machine.travel("2026-11-25 10:00:00+00:00", tick=False) as clock:
        browser = signed_in(known, settings)
        for _ in range(3):
            clock.shift(timedelta(minutes=29))
            assert browser.get("/consents").status_code == 200
        clock.shift(timedelta(minutes=30))
        assert browser.get("/consents").status_code == 302


def test_session_ends_after_twelve_hours_whatever_happens(settings):
    known = make_account()
    with time_machine.travel("2026-11-25 01:00:00+00:00", tick=False) as clock:
        browser = signed_in(known, settings)
        for _ in range(35):
            clock.shift(timedelta(minutes=20))
            assert browser.get("/consents").status_code == 200
        clock.shift(timedelta(minutes=20))
        assert browser.get("/consents").status_code == 302


def test_sign_out_ends_the_session_for_good(settings):
    browser = signed_in(make_account(), settings)
    kept = browser.cookies["session"].value
    assert browser.get("/sign-out").status_code == 405
    assert browser.post("/sign-out")["Location"] == "/"
    browser.cookies["session"] = kept
    assert browser.get("/consents").status_code == 302


def test_new_number_claims_with_name_and_document(settings):
    identity = make_resident().identity
    browser = visitor()
    ask_code(browser, identity["mobile"])
    answer = browser.post("/sign-in/code", {"code": newest_code(settings)})
    assert answer["Location"] == "/claim?next=%2F"
    answer = browser.post("/claim", {"name": identity["name"], "document": identity["id_number"]})
    assert answer["Location"] == "/"
    assert identity["name"] in browser.get("/").content.decode()
    assert LedgerEntry.objects.filter(event="resident_claimed").count() == 1


def test_claim_refused_is_one_sentence_whatever_failed(settings):
    identity, other = make_resident().identity, make_resident().identity
    browser = visitor()
    ask_code(browser, identity["mobile"])
    browser.post("/sign-in/code", {"code": newest_code(settings)})
    pages = set()
    for name, document in (
        ("王不对", identity["id_number"]),
        (identity["name"], new_identity()["id_number"]),
        (other["name"], other["id_number"]),
    ):
        answer = browser.post("/claim", {"name": name, "document": document})
        page = answer.content.decode()
        for typed in (name, document):
            page = page.replace(typed, "")
        pages.add((answer.status_code, re.sub(r'name="csrfmiddlewaretoken" value="\w+"', "", page)))
    assert len(pages) == 1
    assert residents.claimant(mobile=identity["mobile"]) is None


def test_claim_under_fourteen_is_refused_by_the_number(settings):
    browser = visitor()
    with time_machine.travel("2026-11-25 10:00:00+08:00", tick=False):
        ask_code(browser)
        browser.post("/sign-in/code", {"code": newest_code(settings)})
        child = browser.post("/claim", {"name": "林小宝", "document": "350102201211260017"})
        grown = browser.post("/claim", {"name": "林小宝", "document": "350102201211250017"})
    assert (child.status_code, grown.status_code) == (422, 403)
    assert "Below the age of 14" in child.content.decode()


def test_claims_are_limited(settings):
    browser = visitor()
    ask_code(browser)
    browser.post("/sign-in/code", {"code": newest_code(settings)})
    wrong = {"name": "王不对", "document": new_identity()["id_number"]}
    assert [browser.post("/claim", wrong).status_code for _ in range(7)] == [403] * 6 + [429]


def test_claim_without_a_proven_number_goes_to_the_sign_in():
    browser = visitor()
    ask_code(browser)  # sent, not proven
    answer = browser.post("/claim", {"name": "林", "document": "350102199003071234"})
    assert answer["Location"] == "/sign-in"


@pytest.mark.parametrize("typed", ["", "12", "not a number", "00000000000"])
def test_number_that_is_none_is_explained_and_sends_nothing(typed):
    answer = visitor().post("/sign-in", {"mobile": typed})
    assert (answer.status_code, sent()) == (422, 0)
    assert "139 1234 5678" in answer.content.decode()


def test_code_may_be_typed_with_spaces(settings):
    known = make_account()
    browser = visitor()
    ask_code(browser, known.identity["mobile"])
    code = newest_code(settings)
    assert browser.post("/sign-in/code", {"code": f" {code[:3]} {code[3:]} "}).status_code == 302


def test_erased_resident_is_signed_out(settings):
    known = make_account()
    browser = signed_in(known, settings)
    residents.erase(resident=known.id, by="system:test", reason="own_wish", at=timezone.now())
    assert browser.get("/consents").status_code == 302


def test_message_names_nobody_and_warns(settings):
    ask_code(visitor())
    settings.DEMO = True
    assert "never ask for it" in messages.inbox()[0].text
    assert Message.objects.get().kind == "sign_in_code"


def test_old_codes_and_tries_are_forgotten():
    ask_code(visitor())
    now = timezone.now()
    assert signin.forget(at=now + timedelta(minutes=59)) == 0
    assert signin.forget(at=now + timedelta(hours=25)) == 3
    assert (SignInCode.objects.count(), SignInTry.objects.count()) == (0, 0)
