"""Licences: applied for, granted, suspended, resumed, ended; each step a decision with its ledger entry."""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from django.conf import settings
from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from registry.accounts.errors import LicenceState, LicenceTaken
from registry.catalogue import jurisdiction
from registry.errors import InvalidRequest, LicenceRequired, NotFound
from registry.ledger import Event, append
from registry.models import Licence, LicenceDecision, Organisation

Role, Status, Reason = Licence.Role, Licence.Status, LicenceDecision.Reason


@dataclass(frozen=True, slots=True)
class Step:
    """One way from state to state: from which, to which, and what the ledger calls it."""

    before: frozenset[str]
    after: str
    event: Event


GRANT = Step(frozenset({Status.APPLIED}), Status.ACTIVE, Event.LICENCE_GRANTED)
SUSPEND = Step(frozenset({Status.ACTIVE}), Status.SUSPENDED, Event.LICENCE_SUSPENDED)
RESUME = Step(frozenset({Status.SUSPENDED}), Status.ACTIVE, Event.LICENCE_RESUMED)
END = Step(frozenset({Status.APPLIED, Status.ACTIVE, Status.SUSPENDED}), Status.ENDED, Event.LICENCE_ENDED)
CHANGE = Step(frozenset({Status.ACTIVE}), Status.ACTIVE, Event.LICENCE_GRANTED)

_ACTIVE = "SELECT * FROM registry_licence WHERE organisation_id = %s AND role = %s AND status = 'active'"


def apply(
    *,
    organisation: UUID,
    role: str,
    categories: Sequence[str],
    valid_from: date,
    valid_until: date,
    by: str,
    at: datetime,
    purposes: Sequence[str] = (),
    number: str | None = None,
    number_policy: str = Licence.NumberPolicy.REFUSE,
    note: str = "",
) -> Licence:
    """A licence in state "applied". Lenders need purposes, furnishers have none.

    Raises NotFound for an unknown organisation, LicenceTaken for a number in use, and InvalidRequest for a
    role its kind cannot hold, for categories and purposes unknown to the jurisdiction, and for dates.
    """
    holder = Organisation.objects.filter(pk=organisation).first()
    if holder is None:
        raise NotFound("organisation")
    _require_sound(holder, role, purposes, categories, valid_from, valid_until)
    _require_policy(number_policy)
    licence = Licence(
        organisation=holder,
        number=number or _new_number(role, at),
        role=role,
        purposes=sorted(set(purposes)),
        categories=sorted(set(categories)),
        valid_from=valid_from,
        valid_until=valid_until,
        number_policy=number_policy,
        created_at=at,
    )
    with transaction.atomic():
        _save(licence)
        _record(licence, Event.LICENCE_APPLIED, Reason.APPLICATION, note, by=by, at=at)
    return licence


def grant(*, licence: UUID, reason: str, by: str, at: datetime, note: str = "") -> Licence:
    """applied -> active. Raises LicenceState, LicenceTaken if another of the role is active, NotFound."""
    return _take(GRANT, licence, reason, note, by=by, at=at)


def suspend(*, licence: UUID, reason: str, by: str, at: datetime, note: str = "") -> Licence:
    """active -> suspended; binds every act that begins after it. Raises LicenceState, NotFound."""
    return _take(SUSPEND, licence, reason, note, by=by, at=at)


def resume(*, licence: UUID, reason: str, by: str, at: datetime, note: str = "") -> Licence:
    """suspended -> active. Raises LicenceState, LicenceTaken if another of the role is active, NotFound."""
    return _take(RESUME, licence, reason, note, by=by, at=at)


def end(*, licence: UUID, reason: str, by: str, at: datetime, note: str = "") -> Licence:
    """To ended, for good; also refuses an application. Raises LicenceState, NotFound."""
    return _take(END, licence, reason, note, by=by, at=at)


def set_number_policy(*, licence: UUID, policy: str, by: str, at: datetime, note: str = "") -> Licence:
    """What becomes of rows whose citizen number fails its check; only of an active licence.

    Raises LicenceState, NotFound, and InvalidRequest for an unknown policy.
    """
    _require_policy(policy)
    return _take(CHANGE, licence, Reason.TERMS, note, by=by, at=at, number_policy=policy)


def furnisher_licence(*, organisation: UUID, at: datetime) -> Licence:
    """The licence under which this organisation furnishes on the day of `at`. Raises LicenceRequired."""
    return _in_force(organisation, Role.FURNISHER, at)


def lender_licence(*, organisation: UUID, at: datetime) -> Licence:
    """The licence under which this organisation asks and reads on the day of `at`. Raises LicenceRequired."""
    return _in_force(organisation, Role.LENDER, at)


def furnishes(*, organisation: UUID, at: datetime) -> bool:
    """Whether an organisation sends records: by its kind, or a lender by its licence on the day of `at`."""
    lends = Organisation.objects.filter(pk=organisation, kind__in=Organisation.LENDER_KINDS).exists()
    if not lends:
        return True
    try:
        furnisher_licence(organisation=organisation, at=at)
    except LicenceRequired:
        return False
    return True


def _in_force(organisation: UUID, role: str, at: datetime) -> Licence:
    # Written out: each record that comes singly asks, and to compile the query took longer than to answer it.
    found = next(iter(Licence.objects.raw(_ACTIVE, [organisation, role])), None)
    if found is None or not found.in_force(on=timezone.localdate(at)):
        raise LicenceRequired(role)
    return found


def _take(
    step: Step, licence: UUID, reason: str, note: str, *, by: str, at: datetime, **changes: str
) -> Licence:
    """One step under the row's lock, with its decision and ledger entry: all of it or nothing."""
    if reason not in Reason.values:
        raise InvalidRequest("reason", fields={"reason": [_("Choose a reason.")]})
    with transaction.atomic():
        found = Licence.objects.select_for_update().filter(pk=licence).first()
        if found is None:
            raise NotFound("licence")
        if found.status not in step.before:
            raise LicenceState(found.status)
        found.status = step.after
        for name, value in changes.items():
            setattr(found, name, value)
        _save(found)
        _record(found, step.event, reason, note, by=by, at=at)
    return found


def _save(licence: Licence) -> None:
    """The table's own constraints say whether number and role are free."""
    try:
        with transaction.atomic():
            licence.save()
    except IntegrityError:
        raise LicenceTaken from None


def _record(licence: Licence, event: Event, reason: str, note: str, *, by: str, at: datetime) -> None:
    details = {
        "licence": licence.pk,
        "role": licence.role,
        "purposes": licence.purposes,
        "categories": licence.categories,
        "valid_from": licence.valid_from,
        "valid_until": licence.valid_until,
        "number_policy": licence.number_policy,
        "reason": reason,
    }
    entry = append(event, by=by, at=at, organisation=licence.organisation_id, details=details)
    LicenceDecision.objects.create(
        licence=licence, status=licence.status, reason=reason, note=note.strip(), by=by, at=at, entry=entry
    )


def _require_sound(
    holder: Organisation,
    role: str,
    purposes: Sequence[str],
    categories: Sequence[str],
    first: date,
    last: date,
) -> None:
    pack = jurisdiction(settings.JURISDICTION)
    faults: dict[str, list[str]] = {}
    if role not in Role.values or (role == Role.LENDER and holder.kind not in Organisation.LENDER_KINDS):
        faults["role"] = [_("An organisation of this kind cannot hold this role.")]
    if not categories or not set(categories) <= pack.categories.keys():
        faults["categories"] = [_("Choose at least one category.")]
    if not set(purposes) <= pack.purposes.keys() or bool(purposes) != (role == Role.LENDER):
        faults["purposes"] = [_("A lender needs at least one purpose; a furnisher has none.")]
    if last < first:
        faults["valid_until"] = [_("The last day is before the first.")]
    if faults:
        raise InvalidRequest("licence", fields=faults)


def _require_policy(policy: str) -> None:
    if policy not in Licence.NumberPolicy.values:
        raise InvalidRequest("number policy", fields={"number_policy": [_("There is no such policy.")]})


def _new_number(role: str, at: datetime) -> str:
    return f"JX-{role[0].upper()}-{timezone.localdate(at):%Y}-{secrets.token_hex(4).upper()}"
