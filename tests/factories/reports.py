"""A resident with a life on record, and the consent by which a lender's machine may read it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from consent import services
from registry import profiles
from registry.catalogue import RECORD_TYPES
from registry.models import Client, Licence
from tests.factories.consents import Known, ask, attested, grant, make_furnisher, make_resident
from tests.factories.lenders import Machine

READ = ("identity", "residence", "employment", "income", "utility_payments")


@dataclass
class Borrower:
    """A resident, who furnished what about her, and the consent that `machine` reads by."""

    machine: Machine
    resident: Known
    consent: UUID
    furnished: dict[str, tuple[Licence, UUID]] = field(default_factory=dict)

    def ask(self, **body: Any) -> Any:
        """The machine's answer to a report request by this consent; headers begin with a capital letter."""
        headers = {name: body.pop(name) for name in list(body) if name[0].isupper()}
        asked = {"consent_id": str(self.consent), "purpose": "credit_application"} | body
        return self.machine.call("POST", "/api/v1/reports", asked, **headers)

    def withdraw(self, consent: UUID | None = None) -> None:
        """The resident withdraws the consent to read, or another of hers."""
        services.withdraw(
            consent_id=consent or self.consent,
            resident=self.resident.id,
            by=self.resident.by,
            at=timezone.now(),
        )


def month(back: int, *, on: date | None = None) -> str:
    """The month so many months before this one, YYYY-MM."""
    today = on or timezone.localdate()
    number = today.year * 12 + today.month - 1 - back
    return f"{number // 12:04d}-{number % 12 + 1:02d}"


def bill(back: int, **fields: str) -> dict[str, str]:
    """The cells of a water bill of so many months ago, paid in time."""
    period = month(back)
    return {
        "service": "water",
        "period": period,
        "amount_due": "86.40",
        "amount_paid": "86.40",
        "due_on": f"{period}-28",
        "paid_on": f"{period}-20",
    } | fields


def wage(back: int, gross: str = "8650.00") -> dict[str, str]:
    """The cells of a wage of so many months ago."""
    return {"month": month(back), "gross": gross, "net": "7420.00"}


def home(**fields: str) -> dict[str, str]:
    """The cells of a residence for two years, registered elsewhere."""
    since = f"{month(24)}-15"
    return {
        "resident_since": since,
        "reason": "work",
        "household_registration": "elsewhere",
        "housing": "rented",
    } | fields


def job(**fields: str) -> dict[str, str]:
    """The cells of a courier's job for 18 months."""
    return {
        "start": f"{month(18)}-01",
        "occupation": "快递员",
        "industry": "G6020",
        "contract": "fixed_term",
    } | fields


def furnish(
    furnisher: Licence,
    resident: UUID,
    consent: UUID,
    kind: str,
    rows: Sequence[Mapping[str, str]],
    *,
    at: datetime | None = None,
) -> list[UUID]:
    """Records of one type from a furnisher under a contribution consent; their ids."""
    records = []
    for row in rows:
        fields, issues = RECORD_TYPES[kind].parse(row)
        assert [issue for issue in issues if not issue.warning] == [], issues
        records.append(profiles.NewRecord(resident, kind, fields, consent, None))
    with transaction.atomic():
        stored = profiles.store(
            records=records,
            organisation=furnisher.organisation_id,
            licence=furnisher.id,
            upload=None,
            chunk=None,
            by="system:test",
            at=at or timezone.now(),
        )
    return [each.record_id for each in stored]


def licence_of(machine: Machine) -> Licence:
    """The lender's licence behind a machine."""
    client = Client.objects.select_related("organisation").get(id=machine.client_id)
    return Licence.objects.get(organisation=client.organisation, role=Licence.Role.LENDER)


def consented(
    machine: Machine, resident: Known, *, granting: Mapping[str, Any] | None = None, **asked: Any
) -> UUID:
    """A consent for this machine's lender to read, asked for and granted now; its id."""
    now = timezone.now()
    request = ask(licence_of(machine), resident.identity, at=now, **{"categories": READ} | asked)
    return grant(request, resident, at=now, **granting or {})


def borrower(machine: Machine, *, bills: int = 12, wages: int = 6, **asked: Any) -> Borrower:
    """Someone with a home, a job, wages and bills from three furnishers, who let this lender read them."""
    now = timezone.now()
    resident = make_resident()
    made = Borrower(machine, resident, UUID(int=0))
    story: dict[str, tuple[tuple[str, ...], dict[str, list[dict[str, str]]]]] = {
        "community": (("identity", "residence"), {"residence": [home()]}),
        "employer": (
            ("identity", "employment", "income"),
            {"employment": [job()], "wage": [wage(back) for back in range(1, wages + 1)]},
        ),
        "utility": (
            ("identity", "utility_payments"),
            {"bill": [bill(back) for back in range(1, bills + 1)]},
        ),
    }
    for kind, (categories, types) in story.items():
        furnisher = make_furnisher(kind)
        apart = [each for each in categories if each == "income"]
        signed = timezone.localdate(now) - timedelta(days=1)
        consent = attested(
            furnisher, resident, at=now, categories=categories, separate=apart, signed_on=signed
        )
        made.furnished[kind] = furnisher, consent
        for code, rows in types.items():
            furnish(furnisher, resident.id, consent, code, rows)
    made.consent = consented(machine, resident, **asked)
    return made
