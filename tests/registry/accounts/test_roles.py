"""The permission table, cell by cell, and the door that asks it."""

import pytest
from django.contrib.auth.models import AnonymousUser
from django.contrib.sessions.backends.db import SessionStore
from django.test import RequestFactory

from registry.accounts.errors import SignInRequired
from registry.accounts.roles import (
    CHOSEN,
    PERMISSIONS,
    Member,
    Permission,
    acting_member,
    allowed,
    require_member,
)
from registry.errors import Forbidden
from registry.models import Membership
from tests.factories.organisations import make_furnisher, make_person, make_staff
from tests.house.source import modules

Role = Membership.Role
# Written out a second time on purpose: a change of the table is a change of this test.
EXPECTED = {
    "uploads.view": "owner clerk developer viewer",
    "uploads.send": "owner clerk",
    "uploads.result": "owner clerk",
    "keys.view": "owner developer",
    "keys.manage": "owner developer",
    "webhooks.view": "owner developer",
    "webhooks.manage": "owner developer",
    "members.view": "owner clerk developer viewer",
    "members.manage": "owner",
    "organisations.view": "operator reviewer compliance",
    "organisations.manage": "operator",
    "licences.manage": "operator",
    "links.view": "reviewer compliance",
    "ledger.view": "operator reviewer compliance",
    "health.view": "operator reviewer compliance",
    "tables.view": "operator compliance",
}
CELLS = [(permission, role) for permission in Permission for role in Role]


def request_of(user, **session):
    request = RequestFactory().get("/")
    request.user, request.session = user, SessionStore()
    request.session.update(session)
    return request


def test_table_has_every_permission_and_no_other():
    assert sorted(PERMISSIONS) == sorted(Permission) == sorted(EXPECTED)


def test_every_permission_guards_something():
    source = "".join(path.read_text() for path in modules() if path.name != "roles.py")
    named = [p for p in Permission if f"Permission.{p.name}" in source or f'"{p.value}"' in source]
    assert named == list(Permission)


@pytest.mark.parametrize(("permission", "role"), CELLS)
def test_role_has_a_permission_exactly_where_the_table_says(permission, role):
    member = Member(None, None, role)
    assert allowed(member, permission) == (role in EXPECTED[permission].split())


@pytest.mark.django_db
@pytest.mark.parametrize("role", Role)
def test_door_lets_a_role_through_exactly_where_the_table_says(role):
    staff = role in Membership.STAFF_ROLES
    organisation = None if staff else make_furnisher(licensed=False).pk
    person = make_person(role, organisation, second_factor=False)
    opened = []
    for permission in Permission:
        try:
            member = require_member(request_of(person.user), permission)
        except Forbidden:
            continue
        assert (member.user_id, member.organisation, member.role) == (person.user.pk, organisation, role)
        opened.append(permission)
    assert opened == [permission for permission in Permission if role in EXPECTED[permission].split()]


@pytest.mark.django_db
def test_door_asks_a_stranger_to_sign_in():
    with pytest.raises(SignInRequired):
        require_member(request_of(AnonymousUser()), Permission.UPLOADS_VIEW)


@pytest.mark.django_db
def test_door_refuses_a_user_without_any_role():
    person = make_staff(second_factor=False)
    Membership.objects.all().delete()
    with pytest.raises(Forbidden):
        require_member(request_of(person.user), Permission.HEALTH_VIEW)


def test_door_knows_no_permission_outside_the_table():
    with pytest.raises(KeyError):
        require_member(request_of(AnonymousUser()), "uploads.everything")


@pytest.mark.django_db
def test_member_of_two_organisations_acts_for_the_one_chosen():
    first, second = make_furnisher(licensed=False), make_furnisher(licensed=False)
    person = make_person("clerk", first.pk, email="both@example.org", second_factor=False)
    make_person("viewer", second.pk, email="both@example.org", second_factor=False)
    chosen = request_of(person.user, **{CHOSEN: str(second.pk)})
    assert require_member(request_of(person.user), Permission.UPLOADS_SEND).organisation == first.pk
    assert require_member(chosen, Permission.UPLOADS_VIEW).organisation == second.pk
    with pytest.raises(Forbidden):
        require_member(chosen, Permission.UPLOADS_SEND)


@pytest.mark.django_db
def test_chosen_organisation_counts_for_nothing_without_membership():
    own, other = make_furnisher(licensed=False), make_furnisher(licensed=False)
    person = make_person("clerk", own.pk, second_factor=False)
    chosen = request_of(person.user, **{CHOSEN: str(other.pk)})
    assert require_member(chosen, Permission.UPLOADS_VIEW).organisation == own.pk


@pytest.mark.django_db
def test_acting_member_reads_the_memberships_once(django_assert_num_queries):
    person = make_person("clerk", make_furnisher(licensed=False).pk, second_factor=False)
    request = request_of(person.user)
    with django_assert_num_queries(1):
        assert acting_member(request).by == person.by
        require_member(request, Permission.UPLOADS_VIEW)
