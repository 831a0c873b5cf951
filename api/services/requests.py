"""Asking a resident for consent on a lender's behalf, and telling the lender how that stands.

The code and the link are the resident's way in: they leave once, with the answer to the request.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _

from api.checks import LenderClient, require_licence, require_purpose
from consent import queries, services
from registry.errors import InvalidRequest


def ask_consent(asked: Mapping[str, Any], *, lender: LenderClient, at: datetime) -> services.Asked:
    """Put a checked request (the members of ConsentRequestIn) before the resident, known here or not.

    Raises LicenceRequired, PurposeNotLicensed, InvalidRequest for categories or a period beyond what licence
    and purpose allow, and what `consent.services.ask_access` raises.
    """
    allowed = require_purpose(asked["purpose"], lender=lender)
    if not set(asked["categories"]) <= allowed:
        raise InvalidRequest(fields={"categories": [_("Licence and purpose do not allow all of these.")]})
    with transaction.atomic(durable=True):
        return services.ask_access(
            organisation=lender.organisation.id,
            licence=require_licence(lender).id,
            purpose=asked["purpose"],
            categories=asked["categories"],
            identity=dict(asked["identity"]),
            language=asked["language"],
            reference=asked["reference"],
            mode=asked["mode"],
            fetch=asked["fetch"],
            frequency_days=asked.get("frequency_days"),
            data_life_days=asked.get("data_life_days"),
            by=lender.by,
            at=at,
            **asked["period"],
        )


def consent_request(request: UUID, *, lender: LenderClient, at: datetime) -> queries.Standing:
    """How one of this lender's requests stands; raises NotFound for everybody else's."""
    return queries.asked(request_id=request, organisation=lender.organisation.id, at=at)
