"""Signing in: password, then code; nobody learns who has an account, and nobody makes one for themselves."""

import re
from datetime import timedelta

import pytest
from django.core import mail
from django.test import Client
from django.utils import timezone

from registry.accounts import organisations
from registry.models import User
from tests.factories.organisations import BY, PASSWORD, make_furnisher, make_person, make_staff, signed_in

pytestmark = pytest.mark.django_db

LOGIN, SECOND, CONSOLE = "/accounts/login/", "/accounts/2fa/authenticate/", "/console/"


@pytest.fixture
def browser():
    return Client(headers={"accept-language": "en"})


def type_password(browser, person, password=PASSWORD):
    return browser.post(LOGIN, {"login": person.user.email, "password": password})


def type_code(browser, code):
    return browser.post(SECOND, {"code": code})


def test_password_and_code_open_the_console(browser):
    person = make_staff()
    assert type_password(browser, person)["Location"] == SECOND
    assert browser.get(CONSOLE)["Location"] == f"{LOGIN}?next={CONSOLE}"
    assert type_code(browser, person.code())["Location"] == CONSOLE
    assert browser.get(CONSOLE).status_code == 200


@pytest.mark.parametrize(
    ("role", "start"), [("operator", CONSOLE), ("clerk", "/desk/"), ("viewer", "/desk/")]
)
def test_everybody_arrives_at_their_work(browser, role, start):
    person = make_staff() if role == "operator" else make_person(role, make_furnisher().pk)
    type_password(browser, person)
    assert type_code(browser, person.code())["Location"] == start


def test_sign_in_leads_back_to_the_page_that_was_asked_for(browser):
    person = make_staff()
    asked = "/console/organisations"
    browser.post(f"{LOGIN}?next={asked}", {"login": person.user.email, "password": PASSWORD, "next": asked})
    assert type_code(browser, person.code())["Location"] == asked


def test_form_sent_after_the_session_ended_says_that_it_was_not_done(browser):
    page = browser.post("/desk/members/new", {"email": "x@example.org"}, follow=True).content.decode()
    assert "What you just pressed was not done" in page
    assert "was not done" not in browser.get("/desk/members/new", follow=True).content.decode()


def test_hidden_fields_stand_before_what_is_seen(browser):
    for path in (LOGIN, "/accounts/password/reset/"):
        page = browser.get(f"{path}?next=/desk/").content.decode()
        assert page.index('name="next"') < page.index('<div class="field')


def test_sign_in_leads_to_no_foreign_page(browser):
    person = make_staff()
    browser.post(LOGIN, {"login": person.user.email, "password": PASSWORD, "next": "https://example.org/"})
    assert type_code(browser, person.code())["Location"] == CONSOLE


@pytest.mark.parametrize("code", ["000000", "", "12345", "abcdef"])
def test_wrong_code_opens_nothing(browser, code):
    person = make_staff()
    code = "111111" if code == person.code() else code
    type_password(browser, person)
    assert type_code(browser, code).status_code == 200
    assert browser.get(CONSOLE).status_code == 302


def test_code_opens_once():
    person = make_staff()
    code, first, second = person.code(), Client(), Client()
    for browser in (first, second):
        type_password(browser, person)
        type_code(browser, code)
    assert first.get(CONSOLE).status_code == 200
    assert second.get(CONSOLE).status_code == 302


@pytest.mark.parametrize(("seconds", "opens"), [(-65, False), (-30, True), (30, True), (65, False)])
def test_code_of_a_slow_or_fast_clock_opens_within_half_a_minute(browser, seconds, opens):
    person = make_staff()
    type_password(browser, person)
    type_code(browser, person.code(timezone.now() + timedelta(seconds=seconds)))
    assert (browser.get(CONSOLE).status_code == 200) == opens


def test_code_of_a_slow_clock_opens_once_too(time_machine):
    time_machine.move_to("2026-11-25T09:00:20Z", tick=False)
    person = make_staff()
    code, first, second = person.code(timezone.now() + timedelta(seconds=30)), Client(), Client()
    type_password(first, person)
    type_code(first, code)
    time_machine.move_to("2026-11-25T09:01:15Z", tick=False)
    type_password(second, person)
    type_code(second, code)
    assert first.get(CONSOLE).status_code == 200
    assert second.get(CONSOLE).status_code == 302


def test_recovery_code_opens_once():
    person = make_staff()
    code, first, second = person.recovery_codes[0], Client(), Client()
    for browser in (first, second):
        type_password(browser, person)
        type_code(browser, code)
    assert first.get(CONSOLE).status_code == 200
    assert second.get(CONSOLE).status_code == 302


def test_wrong_password_and_unknown_address_get_the_same_answer():
    person = make_staff()
    wrong = type_password(Client(headers={"accept-language": "en"}), person, "not the password")
    unknown = Client(headers={"accept-language": "en"}).post(
        LOGIN, {"login": "nobody@example.org", "password": "not the password"}
    )
    assert wrong.status_code == unknown.status_code == 200
    assert without_what_was_typed(wrong) == without_what_was_typed(unknown)


def without_what_was_typed(answer):
    text = re.sub(r'value="[^"]*"', "", answer.content.decode())
    return re.sub(r'name="csrfmiddlewaretoken"[^>]*', "", text)


def test_guessing_a_password_is_stopped_even_if_the_right_one_comes_at_last(browser):
    person = make_staff()
    for number in range(5):
        type_password(browser, person, f"wrong {number}")
    assert type_password(browser, person).status_code == 200
    assert type_password(Client(), make_staff()).status_code == 302


def test_guessing_a_code_is_stopped_even_if_the_right_one_comes_at_last(browser):
    person = make_staff()
    type_password(browser, person)
    for number in range(5):
        type_code(browser, f"00000{number}")
    type_code(browser, person.code())
    assert browser.get(CONSOLE).status_code == 302


@pytest.mark.parametrize(
    "path",
    [
        "signup/",
        "email/",
        "confirm-email/",
        "confirm-email/MQ:1abc:x/",
        "login/code/confirm/",
        "2fa/webauthn/signup/",
    ],
)
@pytest.mark.parametrize("method", ["get", "post"])
def test_nobody_makes_or_changes_an_account_for_themselves(path, method):
    email = "new@example.org"
    posted = {"email": email, "password1": PASSWORD, "password2": PASSWORD}
    for browser in (Client(), signed_in(make_staff())):
        assert getattr(browser, method)(f"/accounts/{path}", posted).status_code == 404
    assert not User.objects.filter(email=email).exists()


def test_reset_of_a_password_says_the_same_for_an_unknown_address():
    make_staff(email="known@example.org")
    answers = [
        Client().post("/accounts/password/reset/", {"email": address}, follow=True)
        for address in ("known@example.org", "unknown@example.org")
    ]
    assert without_what_was_typed(answers[0]) == without_what_was_typed(answers[1])
    assert [message.to for message in mail.outbox] == [["known@example.org"]]


def test_invited_person_chooses_a_password_then_sets_up_the_second_step(browser):
    page = f"/console/organisations/{make_furnisher().pk}/members/new"
    signed_in(make_staff()).post(page, {"email": "new@example.org", "role": "clerk"})
    link = re.search(r"http://testserver(/\S+)", mail.outbox[0].body)[1]
    page = browser.get(link)["Location"]
    browser.post(page, {"password1": PASSWORD, "password2": PASSWORD})
    assert browser.get(link).status_code == 200  # it is spent, and says so
    answer = browser.post(LOGIN, {"login": "new@example.org", "password": PASSWORD}, follow=True)
    assert answer.redirect_chain[-1] == ("/accounts/2fa/totp/activate/", 302)


def test_person_with_a_password_is_not_sent_a_link():
    person = make_person("clerk", make_furnisher().pk)
    page = f"/console/organisations/{make_furnisher().pk}/members/new"
    signed_in(make_staff()).post(page, {"email": person.user.email, "role": "clerk"})
    assert (person.user.memberships.count(), mail.outbox) == (2, [])


def test_removed_member_cannot_sign_in(browser):
    organisation = make_furnisher()
    person = make_person("clerk", organisation.pk)
    session = signed_in(person)
    organisations.remove_member(user=person.user.pk, organisation=organisation.pk, by=BY, at=timezone.now())
    assert session.get("/accounts/").status_code == 302
    type_password(browser, person)
    assert browser.get("/accounts/").status_code == 302


def test_own_account_shows_roles_and_ways_to_sign_in():
    organisation = make_furnisher()
    person = make_person("clerk", organisation.pk)
    page = signed_in(person).get("/accounts/").content.decode()
    assert [word in page for word in (person.user.email, organisation.name, "Clerk", "10 left")] == [True] * 4


def test_whoever_has_no_recovery_codes_is_led_to_new_ones():
    person = make_staff()
    browser = signed_in(person)
    person.user.authenticator_set.filter(type="recovery_codes").delete()
    for page in ("/accounts/", "/accounts/2fa/"):
        text = browser.get(page).content.decode()
        assert 'href="/accounts/2fa/recovery-codes/"' not in text
        assert 'href="/accounts/2fa/recovery-codes/generate/"' in text


def test_security_key_is_offered_only_to_whoever_has_one(browser):
    type_password(browser, make_staff())
    page = browser.get(SECOND).content.decode()
    assert ("mfa_webauthn_authenticate" in page, 'name="code"' in page) == (False, True)


def test_organisation_of_others_cannot_be_chosen():
    browser = signed_in(make_person("clerk", make_furnisher().pk))
    for wanted in (make_furnisher().pk, "x", ""):
        assert browser.post("/accounts/organisation", {"organisation": wanted}).status_code == 404


def test_secret_of_the_app_stands_sealed_in_its_table():
    person = make_staff()
    kept = [str(row) for row in person.user.authenticator_set.values_list("data", flat=True)]
    assert len(kept) == 2
    assert [person.secret in text for text in kept] == [False, False]
