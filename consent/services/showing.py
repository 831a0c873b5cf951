"""A request as the person it was made out to may see it before she answers. Nothing is written or locked."""

from datetime import datetime
from uuid import UUID

from consent.errors import AlreadyDecided, RequestGone, WrongPerson
from consent.models import Consent
from consent.services.deciding import match_of
from consent.services.people import same_person
from registry.errors import NotFound


def request_for(*, consent_id: UUID, resident: UUID, at: datetime) -> Consent:
    """The open request, with organisation and licence.

    Raises NotFound, WrongPerson, RequestGone, and AlreadyDecided (with `state`) for one she answered before.
    A request that a decline still bars looks to her like one whose time is over.
    """
    found = Consent.objects.select_related("organisation", "licence").filter(
        id=consent_id, kind=Consent.Kind.ACCESS
    )
    request = found.first()
    if request is None:
        raise NotFound
    if request.status == Consent.Status.REQUESTED:
        match_of(request, resident)
        if request.suppressed or request.expires_at is None or at >= request.expires_at:
            raise RequestGone
        return request
    if request.resident_id is None:
        raise RequestGone
    if not same_person(request.resident_id, resident):
        raise WrongPerson
    raise AlreadyDecided(state=request.status)
