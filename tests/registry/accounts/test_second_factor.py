"""The second factor cannot be walked around: without it every page leads to it, and nothing else opens."""

import re
import uuid

import pytest
from allauth.mfa.models import Authenticator
from django.core.cache import cache
from django.test import Client
from django.urls import URLResolver, get_resolver
from django.utils import timezone

from registry.accounts import second_factor
from registry.accounts.totp import code_at
from registry.errors import NotFound
from registry.models import LedgerEntry
from tests.factories.organisations import BY, PASSWORD, make_furnisher, make_person, make_staff, signed_in

SET_UP = "/accounts/2fa/totp/activate/"
PROOF = "/accounts/2fa/reauthenticate/"
OPEN_WITHOUT = {
    "account_logout",
    "language",
    "mfa_activate_totp",
    "mfa_add_webauthn",
    "account_reauthenticate",
}


def routes(patterns, prefix="", space=""):
    """Every named route of the site as (view name, path with invented ids)."""
    for pattern in patterns:
        here = prefix + str(pattern.pattern)
        if isinstance(pattern, URLResolver):
            inner = f"{space}{pattern.namespace}:" if pattern.namespace else space
            yield from routes(pattern.url_patterns, here, inner)
        else:
            yield f"{space}{pattern.name or ''}", path_of(here)


def path_of(route):
    samples = {"uuid": str(uuid.uuid4()), "int": "1", "str": "x", "slug": "grant", "path": "x"}
    path = re.sub(r"\(\?P<\w+>[^)]*\)", "x", route)
    path = re.sub(r"<(?:(\w+):)?\w+>", lambda found: samples.get(found[1] or "str", "x"), path)
    return "/" + path.replace("^", "").replace("$", "").replace("\\Z", "").replace("\\", "")


def sent_to(answer, path, expected=SET_UP):
    """Where a page sends this browser; a resident's page may send it to the residents' own sign-in."""
    place = answer.headers.get("Location", "").partition("?")[0]
    work = path.startswith(("/desk/", "/console/", "/accounts/"))
    return expected if place == "/sign-in" and not work else place


ROUTES = sorted(set(routes(get_resolver().url_patterns)))
GUARDED = [(name, path) for name, path in ROUTES if name not in OPEN_WITHOUT]


def test_routes_of_desk_and_console_are_among_those_walked():
    paths = [path for _, path in GUARDED]
    assert {path.split("/")[1] for path in paths} >= {"desk", "console", "accounts"}


@pytest.mark.django_db
@pytest.mark.parametrize("role", ["operator", "owner"])
@pytest.mark.parametrize("method", ["get", "post"])
def test_every_page_leads_to_the_set_up_of_whoever_has_no_second_factor(role, method):
    organisation = None if role == "operator" else make_furnisher().pk
    browser = signed_in(make_person(role, organisation, second_factor=False))
    for name, path in GUARDED:
        answer = getattr(browser, method)(path)
        assert sent_to(answer, path) == SET_UP, f"{method} {name} {path}"


@pytest.mark.django_db
@pytest.mark.parametrize("method", ["get", "post"])
def test_session_that_came_about_without_the_second_factor_opens_nothing(method):
    browser = Client()
    browser.force_login(make_staff().user)
    proving = {"mfa_reauthenticate", "mfa_reauthenticate_webauthn", "account_logout", "language"}
    for name, path in [route for route in ROUTES if route[0] not in proving]:
        answer = getattr(browser, method)(path)
        assert sent_to(answer, path, PROOF) == PROOF, f"{method} {name} {path}"


@pytest.mark.django_db
def test_second_factor_given_later_opens_the_session():
    person, browser = make_staff(), Client()
    browser.force_login(person.user)
    there = browser.get("/console/ledger")["Location"]
    answer = browser.post(there, {"code": person.code(), "next": "/console/ledger"})
    assert answer["Location"] == "/console/ledger"
    assert browser.get("/console/ledger").status_code == 200


@pytest.mark.django_db
def test_second_factor_of_another_user_does_not_count():
    first, second, browser = make_staff(), make_staff(), signed_in(make_staff())
    assert browser.get("/console/").status_code == 200
    for person in (first, second):
        browser.force_login(person.user)
        assert browser.get("/console/").status_code == 302


@pytest.mark.django_db(transaction=True)
def test_set_up_shows_a_picture_takes_a_code_and_opens_the_console():
    person = make_staff(second_factor=False)
    browser = signed_in(person)
    page = browser.get(SET_UP).content.decode()
    assert "<svg" in page
    secret = re.search(r"<code>([A-Z2-7]{32})</code>", page)[1]
    wrong = browser.post(SET_UP, {"code": "000000"})
    assert (wrong.status_code, browser.get("/console/").status_code) == (200, 302)
    secret = re.search(r"<code>([A-Z2-7]{32})</code>", wrong.content.decode())[1]
    answer = browser.post(SET_UP, {"code": code_at(secret, timezone.now())})
    assert answer["Location"] == "/accounts/2fa/recovery-codes/"
    codes = re.findall(r"\b\d{8}\b", browser.get(answer["Location"]).content.decode())
    assert len(codes) == 10
    assert browser.get("/console/").status_code == 200
    cache.clear()


@pytest.mark.django_db
def test_recovery_codes_alone_are_no_second_factor():
    person = make_staff()
    browser = signed_in(person)
    person.user.authenticator_set.filter(type=Authenticator.Type.TOTP).delete()
    assert browser.get("/console/")["Location"] == SET_UP


@pytest.mark.django_db
def test_sign_out_and_language_stay_open():
    browser = signed_in(make_staff(second_factor=False))
    answer = browser.post("/language", {"language": "zh-hans", "next": SET_UP})
    assert answer["Location"] == SET_UP
    assert browser.post("/accounts/logout/")["Location"] == "/accounts/login/"
    assert browser.get(SET_UP)["Location"].startswith("/accounts/login/")


@pytest.mark.django_db
def test_reset_takes_the_factor_away_and_says_so_in_the_ledger():
    person = make_staff()
    browser = signed_in(person)
    second_factor.reset(user=person.user.pk, by=BY, at=timezone.now())
    assert browser.get("/console/")["Location"] == SET_UP
    entry = LedgerEntry.objects.order_by("-id").first()
    assert (entry.event, f'"member":"{person.user.pk}"' in entry.body) == ("credential_revoked", True)
    with pytest.raises(NotFound):
        second_factor.reset(user=uuid.uuid4(), by=BY, at=timezone.now())


@pytest.mark.django_db
def test_admin_has_no_sign_in_of_its_own():
    person = make_staff()
    answer = Client().post("/console/admin/login/", {"username": person.user.email, "password": PASSWORD})
    assert answer["Location"].startswith("/accounts/login/")
    assert (
        signed_in(make_person("clerk", make_furnisher().pk)).get("/console/admin/", follow=True).status_code
        == 403
    )
    assert signed_in(person).get("/console/admin/").status_code == 200
