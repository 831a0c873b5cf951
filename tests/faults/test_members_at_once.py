"""One person is invited by two owners in the same moment."""

from uuid import UUID

import pytest
from django.utils import timezone

from registry.accounts import organisations
from registry.accounts.errors import MemberKnown
from registry.models import LedgerEntry, Membership, User
from tests.factories.organisations import BY, make_furnisher
from tests.factories.parallel import at_once

pytestmark = pytest.mark.django_db(transaction=True)

EMAIL = "new@example.org"


def add(organisation: UUID | None, role: str = "clerk", email: str = EMAIL) -> str:
    """What comes of adding the person: the role, or that they are a member already."""
    try:
        return organisations.add_member(
            organisation=organisation, email=email, role=role, by=BY, at=timezone.now()
        ).role
    except MemberKnown:
        return "known"


def added() -> int:
    return LedgerEntry.objects.filter(event="member_added").count()


@pytest.mark.parametrize("_round", range(5))
def test_new_person_added_twice_at_once_is_one_member(_round: int) -> None:
    furnisher, before = make_furnisher("employer").pk, added()
    assert sorted(at_once([lambda: add(furnisher)] * 4)) == ["clerk", "known", "known", "known"]
    assert (User.objects.filter(email=EMAIL).count(), added() - before) == (1, 1)


@pytest.mark.parametrize("_round", range(5))
def test_new_person_added_to_two_places_at_once_has_both_roles(_round: int) -> None:
    furnisher = make_furnisher("employer").pk
    assert at_once([lambda: add(furnisher), lambda: add(None, "reviewer")]) == ["clerk", "reviewer"]
    user = User.objects.get(email=EMAIL)
    assert sorted(Membership.objects.filter(user=user).values_list("role", flat=True)) == [
        "clerk",
        "reviewer",
    ]
    assert (user.is_staff, user.is_active) == (True, True)
