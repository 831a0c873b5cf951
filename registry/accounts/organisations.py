"""Organisations and the people who act for them: registered, added, changed, removed, each with its entry."""

from datetime import datetime
from uuid import UUID

from allauth.account.models import EmailAddress
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import IntegrityError, transaction
from django.db.models import Q
from django.utils.translation import gettext as _

from registry.accounts.errors import LastOwner, MemberKnown, OrganisationKnown
from registry.catalogue.codes import read_credit_code
from registry.catalogue.issues import Unreadable
from registry.errors import InvalidRequest, NotFound
from registry.ledger import Event, append
from registry.models import Membership, Organisation, User

OWNER = Membership.Role.OWNER


def register(
    *, name: str, kind: str, credit_code: str, by: str, at: datetime, name_en: str = ""
) -> Organisation:
    """A new organisation, without licence or member yet.

    Raises OrganisationKnown for a credit code on file, InvalidRequest for a wrong code, kind or no name.
    """
    code = _require_sound(name, kind, credit_code)
    made = Organisation(
        name=name.strip(), name_en=name_en.strip(), kind=kind, credit_code=code, created_at=at
    )
    with transaction.atomic():
        _save(made)
        append(Event.ORGANISATION_REGISTERED, by=by, at=at, organisation=made.pk, details={"kind": kind})
    return made


def add_member(
    *,
    organisation: UUID | None,
    email: str,
    role: str,
    by: str,
    at: datetime,
    name: str = "",
    password: str | None = None,
) -> Membership:
    """Give a person a role in an organisation, or (None) on the operator's staff; makes the user if new.

    A new user has no password unless one is given: a link sent to the address lets them choose it. Raises
    MemberKnown, NotFound for an unknown organisation, InvalidRequest for a wrong address or role.
    """
    _require_role(role, organisation)
    with transaction.atomic():
        if organisation and not Organisation.objects.filter(pk=organisation).exists():
            raise NotFound("organisation")
        user = _user(email=_require_email(email), name=name, password=password, at=at)
        if Membership.objects.filter(_of(organisation), user=user).exists():
            raise MemberKnown
        made = Membership.objects.create(user=user, organisation_id=organisation, role=role, created_at=at)
        _keep_staff_flag(user)
        _record(Event.MEMBER_ADDED, made, by=by, at=at)
    return made


def change_member(*, user: UUID, organisation: UUID | None, role: str, by: str, at: datetime) -> Membership:
    """Give a member another role; the same role changes nothing.

    Raises NotFound, LastOwner, and InvalidRequest for a role that does not belong there.
    """
    _require_role(role, organisation)
    with transaction.atomic():
        found = _locked(user, organisation)
        if found.role == role:
            return found
        _require_another_owner(found)
        found.role = role
        found.save(update_fields=["role"])
        _record(Event.MEMBER_CHANGED, found, by=by, at=at)
    return found


def remove_member(*, user: UUID, organisation: UUID | None, by: str, at: datetime) -> None:
    """Take a person's role away; with the last one the account is closed. Raises NotFound, LastOwner."""
    with transaction.atomic():
        found = _locked(user, organisation)
        _require_another_owner(found)
        found.delete()
        _keep_staff_flag(found.user)
        _record(Event.MEMBER_REMOVED, found, by=by, at=at)


def members_of(organisation: UUID | None) -> list[Membership]:
    """Everybody with a role there, in the order in which they came, each with their user."""
    rows = Membership.objects.filter(_of(organisation)).select_related("user")
    return list(rows.order_by("created_at", "id"))


def require_member(*, user: UUID, organisation: UUID | None) -> Membership:
    """One person's role there, with the user. Raises NotFound."""
    found = Membership.objects.filter(_of(organisation), user=user).select_related("user").first()
    if found is None:
        raise NotFound("member")
    return found


def _save(made: Organisation) -> None:
    """The table's own constraint says whether the credit code is free."""
    try:
        with transaction.atomic():
            made.save(force_insert=True)
    except IntegrityError:
        raise OrganisationKnown from None


def _user(*, email: str, name: str, password: str | None, at: datetime) -> User:
    """The user of this address, made if new, and locked: of two who add one person at once, one waits.

    The operator who invites vouches for the address.
    """
    held = User.objects.select_for_update(no_key=True).filter(email=email)
    found = held.first()
    if found is None:
        try:
            with transaction.atomic():
                return _new_user(email=email, name=name, password=password, at=at)
        except IntegrityError:  # somebody else made it meanwhile
            found = held.get()
    if not found.is_active:
        found.is_active = True
        found.save(update_fields=["is_active"])
    return found


def _new_user(*, email: str, name: str, password: str | None, at: datetime) -> User:
    made = User.objects.create_user(email, password, name=name.strip(), date_joined=at)
    EmailAddress.objects.create(user=made, email=email, verified=True, primary=True)
    return made


def _keep_staff_flag(user: User) -> None:
    """Django's own flags follow the memberships: staff while on the staff, active while there is any.

    The user is locked first, so that what is read holds also what others have just changed.
    """
    User.objects.select_for_update(no_key=True).get(pk=user.pk)
    held = list(Membership.objects.filter(user=user).values_list("organisation_id", flat=True))
    user.is_staff, user.is_active = None in held, bool(held)
    user.save(update_fields=["is_staff", "is_active"])


def _of(organisation: UUID | None) -> Q:
    """The memberships of an organisation, or (None) of the operator's staff."""
    return Q(organisation=organisation)


def _locked(user: UUID, organisation: UUID | None) -> Membership:
    """The membership, with all of its organisation locked: two owners must not remove each other at once."""
    rows = Membership.objects.filter(_of(organisation)).select_related("user").order_by("id")
    found = next((row for row in rows.select_for_update(of=("self",)) if row.user_id == user), None)
    if found is None:
        raise NotFound("member")
    return found


def _require_another_owner(leaving: Membership) -> None:
    if leaving.role != OWNER:
        return
    others = Membership.objects.filter(_of(leaving.organisation_id), role=OWNER)
    if not others.exclude(pk=leaving.pk).exists():
        raise LastOwner


def _require_role(role: str, organisation: UUID | None) -> None:
    staff = role in Membership.STAFF_ROLES
    if role not in Membership.Role.values or staff != (organisation is None):
        raise InvalidRequest("role", fields={"role": [_("There is no such role here.")]})


def _require_email(email: str) -> str:
    address = email.strip().lower()
    try:
        validate_email(address)
    except ValidationError:
        raise InvalidRequest("email", fields={"email": [_("This is not an e-mail address.")]}) from None
    return address


def _require_sound(name: str, kind: str, credit_code: str) -> str:
    faults: dict[str, list[str]] = {}
    code = ""
    if not name.strip():
        faults["name"] = [_("Give the organisation's name.")]
    if kind not in Organisation.Kind.values:
        faults["kind"] = [_("There is no such kind of organisation.")]
    try:
        code = read_credit_code(credit_code)
    except Unreadable:
        faults["credit_code"] = [_("This is not a unified social credit code: its check character is wrong.")]
    if faults:
        raise InvalidRequest("organisation", fields=faults)
    return code


def _record(event: Event, membership: Membership, *, by: str, at: datetime) -> None:
    details = {"member": membership.user_id, "role": membership.role}
    append(event, by=by, at=at, organisation=membership.organisation_id, details=details)
