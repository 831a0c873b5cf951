"""Colleagues at the desk: everybody sees them, owners decide."""

import pytest
from django.core import mail

from registry.models import LedgerEntry, Membership
from tests.factories.organisations import (
    make_furnisher,
    make_furnisher_licence,
    make_person,
    membership_of,
    signed_in,
)

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


@pytest.mark.parametrize("role", ["owner", "developer", "viewer"])
def test_owner_gives_a_colleague_another_role(employer, role):
    person = make_person("clerk", employer.pk)
    browser, page = signed_in(make_person("owner", employer.pk)), f"/desk/members/{person.user.pk}/role"
    assert person.user.email in browser.get(page).content.decode()
    assert browser.post(page, {"role": role})["Location"] == MEMBERS
    assert membership_of(person).role == role
    assert LedgerEntry.objects.filter(event="member_changed").count() == 1


def test_last_owner_stays_an_owner(employer):
    person = make_person("owner", employer.pk)
    page = signed_in(person).post(f"/desk/members/{person.user.pk}/role", {"role": "viewer"})
    assert "This is the last owner" in page.content.decode()
    assert membership_of(person).role == "owner"


def test_owner_who_steps_down_acts_no_longer_as_one(employer):
    make_person("owner", employer.pk, second_factor=False)
    person = make_person("owner", employer.pk)
    browser = signed_in(person)
    browser.post(f"/desk/members/{person.user.pk}/role", {"role": "viewer"})
    assert browser.get(NEW).status_code == 403


@pytest.mark.parametrize("role", ["operator", "king", ""])
def test_no_role_of_the_staff_can_be_given(employer, role):
    person = make_person("clerk", employer.pk)
    browser = signed_in(make_person("owner", employer.pk))
    assert browser.post(f"/desk/members/{person.user.pk}/role", {"role": role}).status_code == 200
    assert membership_of(person).role == "clerk"


def test_role_is_no_business_of_others(employer):
    person = make_person("clerk", employer.pk)
    page = f"/desk/members/{person.user.pk}/role"
    assert signed_in(person).post(page, {"role": "owner"}).status_code == 403
    stranger = signed_in(make_person("owner", make_furnisher().pk))
    assert stranger.post(page, {"role": "owner"}).status_code == 404
    assert membership_of(person).role == "clerk"


def test_lenders_owner_is_offered_nothing_that_only_furnishers_use():
    bank = make_furnisher("bank", licensed=False)
    page = signed_in(make_person("owner", bank.pk)).get(MEMBERS).content.decode()
    offered = ["/desk/uploads", "/desk/keys", "/desk/quality", '/desk/members"', '/accounts/"']
    assert [f'href="{path}' in page for path in offered] == [False, False, False, True, True]


def test_bank_with_a_furnishers_licence_sends_files():
    bank = make_furnisher("bank", licensed=False)
    make_furnisher_licence(bank.pk, categories=["tradelines"])
    page = signed_in(make_person("owner", bank.pk)).get(MEMBERS).content.decode()
    assert ['href="/desk/uploads"' in page, 'href="/desk/keys"' in page] == [True, True]
