"""API keys at the desk: their secret is seen once, and they are nobody else's."""

import re
import uuid

import pytest
from django.utils import timezone

from registry.accounts import apikeys
from registry.models import ApiKey
from tests.factories.organisations import make_furnisher, make_key, make_person, signed_in

pytestmark = pytest.mark.django_db

KEYS, NEW = "/desk/keys", "/desk/keys/new"


@pytest.fixture
def employer():
    return make_furnisher()


def secret_in(answer):
    found = re.findall(r"jx_[A-Za-z0-9_-]{43}", answer.content.decode())
    return found[0] if found else None


def test_key_is_made_shown_once_and_works(employer):
    browser = signed_in(make_person("developer", employer.pk))
    answer = browser.post(NEW, {"label": "payroll", "scopes": ["uploads", "consents"], "days": 90})
    secret = secret_in(answer)
    assert "no-store" in answer["Cache-Control"]
    caller = apikeys.require_key(f"Bearer {secret}", scope="consents", at=timezone.now())
    assert caller.organisation == employer.pk
    page = browser.get(KEYS)
    assert (secret_in(page), "payroll" in page.content.decode()) == (None, True)
    key = ApiKey.objects.get()
    assert (key.expires_at - key.created_at).days == 90


@pytest.mark.parametrize(
    "posted",
    [
        {},
        {"label": "x", "days": 365},
        {"label": "x", "scopes": ["all"], "days": 365},
        {"scopes": ["uploads"], "days": 365},
        {"label": "x", "scopes": ["uploads"], "days": 3650},
        {"label": "x", "scopes": ["uploads"]},
    ],
)
def test_key_with_a_fault_is_not_made(employer, posted):
    answer = signed_in(make_person("owner", employer.pk)).post(NEW, posted)
    assert "Please look at this again" in answer.content.decode()
    assert ApiKey.objects.count() == 0


@pytest.mark.parametrize(
    ("role", "status"), [("owner", 200), ("developer", 200), ("clerk", 403), ("viewer", 403)]
)
def test_keys_are_for_owner_and_developer(employer, role, status):
    make_key(employer.pk)
    revoke = f"/desk/keys/{ApiKey.objects.get().pk}/revoke"
    browser = signed_in(make_person(role, employer.pk))
    assert [browser.get(path).status_code for path in (KEYS, NEW, revoke)] == [status] * 3
    assert ('href="/desk/keys"' in browser.get("/desk/").content.decode()) == (status == 200)


def test_revoked_key_stands_among_those_that_no_longer_work(employer):
    secret = make_key(employer.pk)
    key = ApiKey.objects.get()
    browser = signed_in(make_person("owner", employer.pk))
    assert browser.post(f"/desk/keys/{key.pk}/revoke")["Location"] == KEYS
    with pytest.raises(apikeys.KeyRequired):
        apikeys.require_key(f"Bearer {secret}", scope="uploads", at=timezone.now())
    page = browser.get(KEYS).content.decode()
    assert ("No key in use" in page, "Keys that no longer work" in page) == (True, True)


@pytest.mark.parametrize("method", ["get", "post"])
def test_key_of_another_organisation_is_not_there(employer, method):
    make_key(employer.pk)
    browser = signed_in(make_person("owner", make_furnisher().pk))
    for key in (ApiKey.objects.get().pk, uuid.uuid4()):
        assert getattr(browser, method)(f"/desk/keys/{key}/revoke").status_code == 404
    assert ApiKey.objects.get().revoked_at is None


def test_list_takes_the_same_queries_for_one_and_three_keys(
    employer, django_assert_num_queries, django_assert_max_num_queries
):
    person = make_person("owner", employer.pk)
    browser = signed_in(person)
    make_key(employer.pk, by=person.by)
    with django_assert_max_num_queries(12) as counted:
        browser.get(KEYS)
    for _ in range(2):
        make_key(employer.pk, by=make_person("developer", employer.pk, second_factor=False).by)
    with django_assert_num_queries(len(counted)):
        browser.get(KEYS)
