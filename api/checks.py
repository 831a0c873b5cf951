"""Who a lender's client is and what its organisation may do today. `require_…` raises, the rest tells."""

import uuid
from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar

from django.conf import settings
from django.utils import timezone

from api.errors import PurposeNotLicensed, TokenRefused
from registry.catalogue import jurisdiction
from registry.errors import LicenceRequired
from registry.models import Client, Licence, Organisation

SCOPES = ("consent_requests", "reports", "inquiries", "webhooks", "tradelines")


@dataclass(frozen=True, slots=True)
class LenderClient:
    """`request.user` of the lender's API. `licence` is None when none is in force."""

    client_id: uuid.UUID
    organisation: Organisation
    licence: Licence | None
    scopes: frozenset[str]

    is_authenticated: ClassVar[bool] = True
    is_anonymous: ClassVar[bool] = False
    is_active: ClassVar[bool] = True

    @property
    def pk(self) -> uuid.UUID:
        """The client's id, under the name that the framework knows."""
        return self.client_id

    @property
    def by(self) -> str:
        """How the ledger names this actor."""
        return f"client:{self.client_id}"


def require_lender_client(*, client_id: uuid.UUID, scopes: frozenset[str], at: datetime) -> LenderClient:
    """The client with the licence its organisation holds today.

    Scopes that were taken from the client since its token was made are gone. Raises TokenRefused for a
    client that was revoked or removed.
    """
    client = Client.objects.select_related("organisation").filter(id=client_id, revoked_at=None).first()
    if client is None:
        raise TokenRefused("the client was revoked")
    return LenderClient(
        client_id=client.id,
        organisation=client.organisation,
        licence=licence_in_force(client.organisation_id, at=at),
        scopes=scopes & frozenset(client.scopes),
    )


def licence_in_force(organisation: uuid.UUID, *, at: datetime) -> Licence | None:
    """The lender's licence of an organisation that is active and within its dates at that moment."""
    today = timezone.localdate(at)
    return Licence.objects.filter(
        organisation=organisation,
        role=Licence.Role.LENDER,
        status=Licence.Status.ACTIVE,
        valid_from__lte=today,
        valid_until__gte=today,
    ).first()


def require_purpose(purpose: str, *, lender: LenderClient) -> frozenset[str]:
    """The categories that licence and purpose together allow.

    Raises LicenceRequired without a licence, PurposeNotLicensed for a purpose that it does not name.
    """
    licence = require_licence(lender)
    known = jurisdiction(settings.JURISDICTION).purposes.get(purpose)
    if known is None or purpose not in licence.purposes:
        raise PurposeNotLicensed
    return frozenset(known.categories) & frozenset(licence.categories)


def require_licence(lender: LenderClient) -> Licence:
    """The licence in force. Raises LicenceRequired."""
    if lender.licence is None:
        raise LicenceRequired
    return lender.licence
