"""Residents, furnishers and lenders with consents between them, made by the services that make real ones."""

import secrets
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from hashlib import sha256
from itertools import count
from typing import Any
from uuid import UUID

from django.db import transaction

from consent import services
from consent.services import Asked, Attestation
from registry import profiles, residents
from registry.models import Licence
from tests.factories.lenders import make_licence, make_organisation

AT = datetime(2026, 11, 24, 9, 30, tzinfo=UTC)
BY = "system:test"
SIGNED_ON = date(2026, 11, 1)
PURPOSE = "credit_application"
CATEGORIES = ("identity", "employment", "income", "utility_payments")
FURNISHED = ("identity", "residence", "employment", "income", "social_insurance", "utility_payments")
_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_numbers = count(secrets.randbelow(10**6))


@dataclass(frozen=True)
class Known:
    """A resident and how the world describes her."""

    id: UUID
    identity: dict[str, str] = field(repr=False)

    @property
    def by(self) -> str:
        """This resident as the ledger names her."""
        return f"resident:{self.id}"


def new_identity(**fields: str) -> dict[str, str]:
    """A person nobody has heard of, with a valid citizen number and a mobile."""
    number = next(_numbers)
    body = f"35010219{60 + number % 40:02d}0{1 + number % 9}{10 + number % 18}{number // 40 % 1000:03d}"
    check = "10X98765432"[sum(int(d) * w for d, w in zip(body, _WEIGHTS, strict=True)) % 11]
    name = "林" + "".join(secrets.choice("安邦晨东方海静丽明宁平琪瑞思婷文晓雅玉子") for _ in range(2))
    return {"name": name, "id_number": body + check, "mobile": f"138{secrets.randbelow(10**8):08d}"} | fields


def make_resident(**fields: str) -> Known:
    """A resident as some furnisher describes her: a data key, an identity, identifiers."""
    identity = new_identity(**fields)
    with transaction.atomic():
        found = residents.match(
            identities=[identity], organisation=make_furnisher().organisation_id, references={}, at=AT
        )
        residents.keep(matches=found, by=BY, at=AT)
        residents.settle()
    return Known(found[0].resident, identity)


def make_lender(**fields: Any) -> Licence:
    """A lender's licence; its organisation is `.organisation`."""
    return make_licence(
        make_organisation(), **{"purposes": ["credit_application", "account_review", "tenancy"]} | fields
    )


def make_furnisher(kind: str = "utility") -> Licence:
    """A furnisher's licence for everything."""
    organisation = make_organisation(kind, name="市自来水公司", name_en="City Water")
    return make_licence(organisation, role=Licence.Role.FURNISHER, purposes=[], categories=list(FURNISHED))


def ask(lender: Licence, identity: dict[str, str], *, at: datetime = AT, **fields: Any) -> Asked:
    """A lender's request for consent, 30 days unless told otherwise."""
    terms: dict[str, Any] = {"purpose": PURPOSE, "categories": CATEGORIES, "language": "zh-hans"}
    if "until" not in fields:
        terms["days"] = 30
    return services.ask_access(
        organisation=lender.organisation_id,
        licence=lender.id,
        identity=identity,
        by=f"client:{lender.organisation_id}",
        at=at,
        **terms | fields,
    )


def grant(request: Asked, resident: Known, *, at: datetime = AT, **fields: Any) -> UUID:
    """The resident agrees, to income as well; the consent's id."""
    terms: dict[str, Any] = {"separate": ["income"], "language": "zh-hans"}
    return services.grant(
        consent_id=request.id, resident=resident.id, by=resident.by, at=at, **terms | fields
    ).consent_id


def granted(lender: Licence, resident: Known, *, at: datetime = AT, **asked: Any) -> UUID:
    """A consent to read, asked for and granted; its id."""
    return grant(ask(lender, resident.identity, at=at, **asked), resident, at=at)


def attestation(resident: UUID, **fields: Any) -> Attestation:
    """A signed consent to furnish, of a document of its own."""
    terms: dict[str, Any] = {
        "reference": secrets.token_hex(8),
        "categories": ("identity", "utility_payments"),
        "separate": (),
        "signed_on": SIGNED_ON,
        "method": "paper_form",
        "document_sha256": sha256(secrets.token_bytes(8)).hexdigest(),
    }
    return Attestation(resident=resident, **terms | fields)


def attest(furnisher: Licence, *attestations: Attestation, at: datetime = AT) -> list[UUID]:
    """Attested consents; their ids."""
    return services.attest_many(
        organisation=furnisher.organisation_id, licence=furnisher.id, attestations=attestations, by=BY, at=at
    )


def attested(furnisher: Licence, resident: Known, *, at: datetime = AT, **fields: Any) -> UUID:
    """One attested consent; its id."""
    return attest(furnisher, attestation(resident.id, **fields), at=at)[0]


def store_bills(furnisher: Licence, resident: Known, consent: UUID, *, months: int = 3) -> list[UUID]:
    """Water bills under a contribution consent, one a month, back from October 2026."""
    bills = [
        {
            "service": "water",
            "period": f"2026-{10 - month:02d}",
            "amount_due": "86.40",
            "currency": "CNY",
            "due_on": f"2026-{11 - month:02d}-15",
            "paid_on": f"2026-{11 - month:02d}-10",
            "amount_paid": "86.40",
            "status": "paid",
        }
        for month in range(months)
    ]
    records = [profiles.NewRecord(resident.id, "bill", bill, consent, None) for bill in bills]
    with transaction.atomic():
        stored = profiles.store(
            records=records,
            organisation=furnisher.organisation_id,
            licence=furnisher.id,
            upload=None,
            chunk=None,
            by=BY,
            at=AT,
        )
    return [each.record_id for each in stored]


def days_later(days: float, *, at: datetime = AT) -> datetime:
    """A moment so many days later."""
    return at + timedelta(days=days)
