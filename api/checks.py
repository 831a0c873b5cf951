"""Who a lender's client is and what its organisation may do today. `require_…` raises, the rest tells."""

import uuid
from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar

from django.conf import settings
from django.db import connection
from django.utils import timezone

from api.errors import PurposeNotLicensed, TokenRefused
from registry.catalogue import jurisdiction
from registry.errors import LicenceRequired
from registry.models import Licence, Organisation

SCOPES = ("consent_requests", "reports", "inquiries", "webhooks", "tradelines")


# Asked with every request, so it is one statement, and written out: building it anew costs more than asking.
_ORGANISATION = ("id", "name", "name_en", "kind")
_LICENCE = ("id", "organisation_id", "number", "role", "status", "purposes", "categories")
_DATES = ("valid_from", "valid_until")
_CLIENT = """
SELECT c.scopes, o.id, o.name, o.name_en, o.kind,
    l.id, l.organisation_id, l.number, l.role, l.status, l.purposes, l.categories, l.valid_from, l.valid_until
FROM registry_client c JOIN registry_organisation o ON o.id = c.organisation_id
LEFT JOIN registry_licence l ON l.organisation_id = o.id AND l.role = 'lender' AND l.status = 'active'
    AND l.valid_from <= %(today)s AND l.valid_until >= %(today)s
WHERE c.id = %(client)s AND c.revoked_at IS NULL
"""


@dataclass(frozen=True, slots=True)
class LenderClient:
    """`request.user` of the lender's API. `licence` is None when none is in force.

    Organisation and licence are there to be read, not saved: they hold the columns that are needed here.
    """

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
    with connection.cursor() as cursor:
        cursor.execute(_CLIENT, {"client": client_id, "today": timezone.localdate(at)})
        found = cursor.fetchone()
    if found is None:
        raise TokenRefused("the client was revoked")
    allowed, organisation, licence = found[0], found[1:5], found[5:]
    return LenderClient(
        client_id=client_id,
        organisation=Organisation(**dict(zip(_ORGANISATION, organisation, strict=True))),
        licence=Licence(**dict(zip(_LICENCE + _DATES, licence, strict=True))) if licence[0] else None,
        scopes=scopes & frozenset(allowed),
    )


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
