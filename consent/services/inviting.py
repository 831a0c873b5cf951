"""A furnisher invites people to let it furnish: one link for everybody, on paper or by message.

The link says who asks and for which categories, and nobody's name. Whoever follows it signs in and decides.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID, uuid4

from django.conf import settings
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from consent.codes import new_code
from consent.models import Invitation
from registry.catalogue import IDENTITY, jurisdiction
from registry.errors import InvalidRequest, LicenceRequired, NotFound
from registry.ledger import Event, append
from registry.models import Licence

DAYS = 180


def invite(
    *, organisation: UUID, licence: UUID, categories: Sequence[str], by: str, at: datetime
) -> Invitation:
    """The organisation's invitation for these categories: the one that is open, else a new one of 180 days.

    `identity` is added: nothing can be kept of a person without saying who it is. Raises LicenceRequired
    where the licence does not cover them today, InvalidRequest for categories that do not exist or for none.
    """
    pack = jurisdiction(settings.JURISDICTION)
    wanted = {*categories, IDENTITY}
    if not set(categories) - {IDENTITY} or not wanted <= set(pack.categories):
        said = {"categories": [_("Choose at least one kind of information.")]}
        raise InvalidRequest("no categories to invite for", fields=said)
    held = (
        Licence.objects.select_related("organisation").filter(id=licence, organisation=organisation).first()
    )
    if (
        held is None
        or not held.in_force(on=timezone.localdate(at))
        or not wanted <= {*held.categories, IDENTITY}
    ):
        raise LicenceRequired
    ordered = sorted(wanted, key=list(pack.categories).index)
    with transaction.atomic():
        Licence.objects.select_for_update(no_key=True).get(id=licence)  # one at a time makes one
        standing = open_invitations(organisation=organisation, at=at)
        found = next((each for each in standing if each.categories == ordered), None)
        return found or _make(held, ordered, by, at)


def revoke_invitation(*, organisation: UUID, invitation: UUID, by: str, at: datetime) -> None:
    """End an invitation: its link leads nowhere from now on; consents given by it stay. Raises NotFound."""
    with transaction.atomic():
        own = Invitation.objects.filter(id=invitation, organisation=organisation, revoked_at__isnull=True)
        if not own.update(revoked_at=at):
            raise NotFound("invitation")
        append(
            Event.INVITATION_REVOKED,
            by=by,
            at=at,
            organisation=organisation,
            details={"invitation": invitation},
        )


def open_invitations(*, organisation: UUID, at: datetime) -> list[Invitation]:
    """An organisation's invitations that lead somewhere, the newest first."""
    found = Invitation.objects.filter(organisation=organisation, revoked_at__isnull=True, ends_at__gt=at)
    return list(found.order_by("-made_at", "id"))


def _make(licence: Licence, categories: list[str], by: str, at: datetime) -> Invitation:
    made = Invitation.objects.create(
        id=uuid4(),
        organisation_id=licence.organisation_id,
        licence=licence,
        categories=categories,
        code=new_code(),
        by=by,
        made_at=at,
        ends_at=at + timedelta(days=DAYS),
    )
    details = {"invitation": made.id, "categories": categories, "licence": licence.id}
    details["valid_until"] = timezone.localdate(made.ends_at)
    append(
        Event.INVITATION_MADE, by=by, at=at, organisation=UUID(str(licence.organisation_id)), details=details
    )
    return made
