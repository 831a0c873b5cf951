"""Colleagues at the desk: everybody sees them, owners decide."""

import pytest
from django.core import mail

from registry.models import Membership
from tests.factories.organisations import make_furnisher, make_person, membership_of, signed_in

pytestmark = pytest.mark.django_db

MEMBERS, NEW = "/desk/members", "/desk/members/new"


@pytest.fixture
def employer():
    return make_furnisher()


def test_owner_adds_a_colleague_who_is_sent_a_link(employer):
    browser = signed_in(make_person("owner", employer.pk))
    answer = browser.post(NEW, {"email": "new@example.org", "name": "林静", "role": "clerk"})
    assert answer["Location"] == MEMBERS
    assert Membership.objects.get(user__email="new@example.org").role == "clerk"
    assert [message.to for message in mail.outbox] == [["new@example.org"]]
    assert "林静" in browser.get(MEMBERS).content.decode()


@pytest.mark.parametrize("role", ["operator", "reviewer", "king", ""])
def test_owner_gives_no_role_of_the_staff(employer, role):
    browser = signed_in(make_person("owner", employer.pk))
    assert browser.post(NEW, {"email": "new@example.org", "role": role}).status_code == 200
    assert Membership.objects.count() == 1


def test_colleague_is_added_once(employer):
    person = make_person("clerk", employer.pk)
    browser = signed_in(make_person("owner", employer.pk))
    page = browser.post(NEW, {"email": person.user.email, "role": "viewer"}).content.decode()
    assert "already has a role there" in page
    assert membership_of(person).role == "clerk"


@pytest.mark.parametrize("role", ["clerk", "developer", "viewer"])
def test_others_see_colleagues_and_change_nothing(employer, role):
    owner = make_person("owner", employer.pk)
    browser = signed_in(make_person(role, employer.pk))
    page = browser.get(MEMBERS).content.decode()
    assert (owner.user.email in page, "Remove" in page) == (True, False)
    remove = f"/desk/members/{owner.user.pk}/remove"
    assert [browser.post(path).status_code for path in (NEW, remove)] == [403, 403]
    assert membership_of(owner).role == "owner"


def test_owner_removes_a_colleague_after_asking(employer):
    person = make_person("clerk", employer.pk)
    browser, page = signed_in(make_person("owner", employer.pk)), f"/desk/members/{person.user.pk}/remove"
    assert person.user.email in browser.get(page).content.decode()
    assert browser.post(page)["Location"] == MEMBERS
    assert not Membership.objects.filter(user=person.user).exists()


def test_last_owner_stays(employer):
    person = make_person("owner", employer.pk)
    assert signed_in(person).post(f"/desk/members/{person.user.pk}/remove").status_code == 409
    assert membership_of(person).role == "owner"


def test_colleague_of_another_organisation_is_not_there(employer):
    person = make_person("clerk", make_furnisher().pk)
    browser = signed_in(make_person("owner", employer.pk))
    assert browser.post(f"/desk/members/{person.user.pk}/remove").status_code == 404
    assert membership_of(person).role == "clerk"


def test_list_takes_the_same_queries_for_one_and_three_colleagues(
    employer, django_assert_num_queries, django_assert_max_num_queries
):
    browser = signed_in(make_person("owner", employer.pk))
    with django_assert_max_num_queries(12) as counted:
        browser.get(MEMBERS)
    for _ in range(2):
        make_person("clerk", employer.pk, second_factor=False)
    with django_assert_num_queries(len(counted)):
        browser.get(MEMBERS)
