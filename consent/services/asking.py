"""A lender asks a resident. Whether anybody is known by that description makes no difference to what is done.

1. the purpose, the categories and the period are within the rules
2. nobody is asked again and again: by the digest of the description alone, known person or not
3. the request is kept: the description sealed, a code of which only a digest stays
4. event, receipt, ledger entry
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from uuid import UUID, uuid4

from django.conf import settings
from django.db import transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _

from consent.codes import code_digest, new_code
from consent.errors import TooManyRequests
from consent.models import Consent
from consent.receipts import Change
from consent.services.acts import record
from consent.services.periods import end_of, ends
from consent.texts import main_language
from registry import residents
from registry.catalogue import Jurisdiction, jurisdiction
from registry.errors import InvalidRequest, LicenceRequired
from registry.models import Licence

ANSWER_DAYS = 14
MAX_ASKED = 10  # of one description by one organisation, within the days that a decline binds


@dataclass(frozen=True, slots=True)
class Asked:
    """A request as the lender is told of it. The code is known nowhere else."""

    id: UUID
    state: str
    expires_at: datetime
    code: str = field(repr=False)
    link: str = field(repr=False)


def ask_access(
    *,
    organisation: UUID,
    licence: UUID,
    purpose: str,
    categories: Sequence[str],
    identity: Mapping[str, str],
    language: str,
    by: str,
    at: datetime,
    days: int | None = None,
    until: date | None = None,
    records_from: date | None = None,
    records_until: date | None = None,
    reference: str = "",
    mode: str = "view",
    fetch: str = "periodic",
    frequency_days: int | None = None,
    data_life_days: int | None = None,
) -> Asked:
    """Keep a lender's request for consent to read and return its code and link.

    `identity` describes the person by name and id_number, passport or mobile. Raises InvalidRequest with the
    fields at fault, LicenceRequired where the licence does not cover it, TooManyRequests.
    """
    request = Consent(
        id=uuid4(),
        organisation_id=organisation,
        licence_id=licence,
        kind=Consent.Kind.ACCESS,
        purpose=purpose,
        categories=list(categories),
        mode=mode,
        fetch=fetch,
        frequency_days=frequency_days,
        records_from=records_from,
        records_until=records_until,
        data_life_days=data_life_days,
        asked_days=days,
        asked_until=until,
        language=main_language(language),
        jurisdiction=settings.JURISDICTION,
        status=Consent.Status.REQUESTED,
        reference=reference,
        requested_at=at,
        expires_at=at + timedelta(days=ANSWER_DAYS),
    )
    _require_allowed(request, at)  # 1
    with transaction.atomic():
        return _keep(request, identity, by=by, at=at)


def _keep(request: Consent, identity: Mapping[str, str], *, by: str, at: datetime) -> Asked:
    code = new_code()
    request.asked_digest = residents.asked_digest(identity)
    request.suppressed = _declined_lately(request, at)  # 2
    request.asked = residents.seal_asked(request=request.id, identity=identity)  # 3
    request.code_digest = code_digest(code)
    request.save(force_insert=True)
    record([Change(request, "requested", at, by)])  # 4
    return Asked(request.id, "requested", request.expires_at or at, code, f"{settings.BASE_URL}/r/{code}")


def _declined_lately(request: Consent, at: datetime) -> bool:
    """Whether a decline still binds; counts the requests on the way. One query."""
    since = at - timedelta(days=jurisdiction(request.jurisdiction).repeat_request_days)
    same = Consent.objects.filter(organisation=request.organisation_id, asked_digest=request.asked_digest)
    lately = same.filter(Q(requested_at__gt=since) | Q(status="declined", decided_at__gt=since))
    found = list(lately.order_by().values_list("status", "decided_at", "requested_at"))
    if sum(requested_at > since for _status, _decided, requested_at in found) >= MAX_ASKED:
        raise TooManyRequests(retry_after=24 * 3600)
    return any(status == "declined" and decided and decided > since for status, decided, _requested in found)


def _require_allowed(request: Consent, at: datetime) -> None:
    pack = jurisdiction(request.jurisdiction)
    faults = _purpose_faults(request, pack) | _period_faults(request, pack, at)
    if faults:
        raise InvalidRequest(
            "a request outside the rules", fields={name: [said] for name, said in faults.items()}
        )
    of_lender = Licence.objects.filter(id=request.licence_id, organisation=request.organisation_id)
    licence = of_lender.select_related("organisation").order_by().first()
    if (
        licence is None
        or not licence.in_force(on=timezone.localdate(at))
        or request.purpose not in licence.purposes
    ):
        raise LicenceRequired
    if not set(request.categories) <= set(licence.categories):
        raise LicenceRequired("a category beyond the licence")
    request.organisation = licence.organisation


def _purpose_faults(request: Consent, pack: Jurisdiction) -> dict[str, str]:
    purpose = pack.purposes.get(request.purpose)
    if purpose is None or not purpose.kinds:
        return {"purpose": _("This is not one of the known purposes.")}
    if not request.categories or not set(request.categories) <= set(purpose.categories):
        return {"categories": _("This purpose does not allow all of these categories.")}
    return {}


def _period_faults(request: Consent, pack: Jurisdiction, at: datetime) -> dict[str, str]:
    faults: dict[str, str] = {}
    purpose = pack.purposes.get(request.purpose)
    longest = min(pack.max_access_days, purpose.max_days if purpose else pack.max_access_days)
    if (request.asked_days is None) == (request.asked_until is None):
        return {"period": _("Give either days or until.")}
    until = ends(days=request.asked_days, until=request.asked_until, at=at)
    if not at < until <= end_of(timezone.localdate(at) + timedelta(days=longest)):
        faults["period"] = _("The period is over already, or longer than this purpose allows.")
    if request.records_from and request.records_until and request.records_from > request.records_until:
        faults["records_until"] = _("The last day lies before the first.")
    return faults
