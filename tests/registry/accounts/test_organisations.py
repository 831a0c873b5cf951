"""Organisations are registered once; people come, change and go, with an owner always left."""

import pytest
from allauth.account.models import EmailAddress
from django.db import IntegrityError, transaction
from django.utils import timezone

from registry.accounts import organisations
from registry.accounts.errors import LastOwner, MemberKnown, OrganisationKnown
from registry.errors import InvalidRequest, NotFound
from registry.models import LedgerEntry, Membership, Organisation, User
from tests.factories.organisations import (
    BY,
    credit_code,
    make_furnisher,
    make_person,
    make_staff,
    membership_of,
)

pytestmark = pytest.mark.django_db


def register(**changes):
    asked = {
        "name": "顺达物流",
        "kind": "employer",
        "credit_code": credit_code(),
        "by": BY,
        "at": timezone.now(),
    }
    return organisations.register(**asked | changes)


def add(organisation, role="clerk", email="clerk@example.org", **options):
    return organisations.add_member(
        organisation=organisation, email=email, role=role, by=BY, at=timezone.now(), **options
    )


def events():
    return list(LedgerEntry.objects.order_by("id").values_list("event", flat=True))


def test_registration_writes_organisation_and_entry():
    made = register(credit_code="91350100m000100y43")
    assert Organisation.objects.get().credit_code == "91350100M000100Y43"
    entry = LedgerEntry.objects.get()
    assert (entry.event, entry.organisation) == ("organisation_registered", made.pk)


def test_credit_code_is_registered_once():
    code = register().credit_code
    with pytest.raises(OrganisationKnown):
        register(credit_code=code)


@pytest.mark.parametrize(
    ("field", "changes"),
    [
        ("name", {"name": " "}),
        ("kind", {"kind": "church"}),
        ("credit_code", {"credit_code": "91350100M000100Y44"}),
    ],
)
def test_registration_with_a_fault_is_refused(field, changes):
    with pytest.raises(InvalidRequest) as refused:
        register(**changes)
    assert list(refused.value.fields) == [field]


def test_new_member_gets_a_user_without_password_whose_address_is_vouched_for():
    organisation = register()
    add(organisation.pk, email=" Chen.Xiao@Example.org ")
    user = User.objects.get()
    assert (user.email, user.has_usable_password(), user.is_staff) == ("chen.xiao@example.org", False, False)
    assert EmailAddress.objects.get(user=user).verified
    assert events() == ["organisation_registered", "member_added"]
    assert "chen" not in LedgerEntry.objects.order_by("-id").first().body


def test_known_person_gets_a_second_role_elsewhere():
    add(register().pk)
    add(register().pk, role="viewer")
    assert (User.objects.count(), Membership.objects.count()) == (1, 2)


def test_person_has_one_role_in_an_organisation():
    organisation = register()
    add(organisation.pk)
    with pytest.raises(MemberKnown):
        add(organisation.pk, role="viewer")


@pytest.mark.parametrize("role", [*Membership.Role, "king"])
@pytest.mark.parametrize("staff", [True, False])
def test_role_is_given_only_where_it_belongs(role, staff):
    organisation = None if staff else register().pk
    if role != "king" and (role in Membership.STAFF_ROLES) == staff:
        assert add(organisation, role=role).role == role
    else:
        with pytest.raises(InvalidRequest):
            add(organisation, role=role)
        assert User.objects.count() == 0


def test_staff_flag_follows_the_role():
    person = make_staff("reviewer", second_factor=False)
    assert User.objects.get().is_staff
    organisations.remove_member(user=person.user.pk, organisation=None, by=BY, at=timezone.now())
    assert User.objects.values_list("is_staff", "is_active").get() == (False, False)


def test_person_who_comes_back_can_sign_in_again():
    organisation = register()
    person = make_person("clerk", organisation.pk, email="clerk@example.org", second_factor=False)
    organisations.remove_member(user=person.user.pk, organisation=organisation.pk, by=BY, at=timezone.now())
    add(organisation.pk)
    assert User.objects.get().is_active


def test_role_can_be_changed_and_says_so_once():
    organisation = make_furnisher(licensed=False)
    person = make_person("clerk", organisation.pk, second_factor=False)
    for _ in range(2):
        organisations.change_member(
            user=person.user.pk, organisation=organisation.pk, role="viewer", by=BY, at=timezone.now()
        )
    assert membership_of(person).role == "viewer"
    assert events().count("member_changed") == 1


@pytest.mark.parametrize("act", ["change", "remove"])
def test_last_owner_stays(act):
    organisation = make_furnisher(licensed=False)
    person = make_person("owner", organisation.pk, second_factor=False)
    asked = {"user": person.user.pk, "organisation": organisation.pk, "by": BY, "at": timezone.now()}

    def attempt():
        if act == "change":
            organisations.change_member(role="viewer", **asked)
        else:
            organisations.remove_member(**asked)

    with pytest.raises(LastOwner):
        attempt()
    make_person("owner", organisation.pk, second_factor=False)
    attempt()
    assert Membership.objects.filter(role="owner").count() == 1


def test_member_of_another_organisation_is_not_found():
    person = make_person("clerk", make_furnisher(licensed=False).pk, second_factor=False)
    other = make_furnisher(licensed=False)
    with pytest.raises(NotFound):
        organisations.remove_member(user=person.user.pk, organisation=other.pk, by=BY, at=timezone.now())
    with pytest.raises(NotFound):
        add(person.user.pk, email="x@example.org")


@pytest.mark.parametrize("address", ["", "chen", "chen@", "chen xiao@example.org"])
def test_address_must_be_one(address):
    with pytest.raises(InvalidRequest):
        add(register().pk, email=address)


def test_nothing_happens_without_its_entry(request):
    organisation = make_furnisher(licensed=False)
    person = make_person("clerk", organisation.pk, second_factor=False)
    asked = {"user": person.user.pk, "organisation": organisation.pk, "by": BY, "at": timezone.now()}
    request.getfixturevalue("refusing_ledger")
    acts = [
        register,
        lambda: add(organisation.pk, email="new@example.org"),
        lambda: organisations.change_member(role="viewer", **asked),
        lambda: organisations.remove_member(**asked),
    ]
    for act in acts:
        with pytest.raises(IntegrityError), transaction.atomic():
            act()
    assert (Organisation.objects.count(), User.objects.count()) == (1, 1)
    assert membership_of(person).role == "clerk"
