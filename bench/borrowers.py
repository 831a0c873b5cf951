"""People whom a lender may read: each with 24 records on file and a consent in force."""

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID

from django.db import transaction
from django.utils import timezone
from joserfc.jwk import ECKey

from consent import services
from consent.services import Attestation
from registry import profiles, residents
from registry.accounts import clients, licences, organisations
from registry.catalogue import RECORD_TYPES
from registry.demo.months import last_whole_month, months_until
from registry.demo.numbers import citizen_number, credit_code, mobile
from registry.models import Client, Licence

BY = "system:bench"
PURPOSE = "credit_application"
CATEGORIES = ("identity", "residence", "employment", "income", "utility_payments")
RECORDS = 24
CHUNK = 500


@dataclass(frozen=True)
class Bank:
    """A licensed lender and its clients, who all hold the same key."""

    licence: Licence
    key: ECKey
    clients: list[Client]


def make_bank(count: int, *, at: datetime) -> Bank:
    """A lender with so many clients."""
    licence = _licence("bank", "lender", at, purposes=[PURPOSE])
    key = ECKey.generate_key("P-256", auto_kid=True)
    jwks = {"keys": [key.as_dict(private=False)]}
    made = [
        clients.register(
            organisation=licence.organisation_id,
            label=f"bench {number}",
            jwks=jwks,
            scopes=["reports", "inquiries"],
            by=BY,
            at=at,
        )
        for number in range(count)
    ]
    return Bank(licence, key, made)


def make_borrowers(bank: Bank, count: int, *, at: datetime, seed: int = 20261124) -> Iterator[UUID]:
    """The consents of so many people, each with RECORDS records under a furnisher's attested consent."""
    furnisher, rng = _licence("utility", "furnisher", at), random.Random(seed)
    for start in range(0, count, CHUNK):
        people = [_person(rng) for _ in range(min(CHUNK, count - start))]
        with transaction.atomic():
            known = _keep(people, furnisher, at)
        for person, resident in zip(people, known, strict=True):
            yield _granted(bank, person, resident, at)


def _licence(kind: str, role: str, at: datetime, purposes: Sequence[str] = ()) -> Licence:
    organisation = organisations.register(
        name="基准测试机构",
        name_en="Benchmark",
        kind=kind,
        credit_code=credit_code(f"91999901MC{random.randrange(10**7):07d}"),
        by=BY,
        at=at,
    )
    today = timezone.localdate(at)
    applied = licences.apply(
        organisation=organisation.pk,
        role=role,
        categories=CATEGORIES if role == "lender" else ["utility_payments"],
        purposes=purposes,
        valid_from=today - timedelta(days=1),
        valid_until=today + timedelta(days=90),
        by=BY,
        at=at,
    )
    return licences.grant(licence=applied.pk, reason="examined", by=BY, at=at)


def _person(rng: random.Random) -> dict[str, str]:
    birth = date(1970 + rng.randrange(35), 1 + rng.randrange(12), 1 + rng.randrange(28))
    given = "".join(rng.choice("安邦晨东方海静丽明宁平琪瑞思婷文晓雅玉子") for _ in range(2))
    number = citizen_number("35", birth, rng.choice("MF"), rng)
    return {"name": rng.choice("林陈黄张吴李郑王刘") + given, "id_number": number, "mobile": mobile(rng)}


def _keep(people: Sequence[dict[str, str]], furnisher: Licence, at: datetime) -> list[UUID]:
    matches = residents.match(identities=people, organisation=furnisher.organisation_id, references={}, at=at)
    residents.keep(matches=matches, by=BY, at=at)
    residents.settle()
    known = [match.holder for match in matches]
    signed = timezone.localdate(at) - timedelta(days=1)
    consents = services.attest_many(
        organisation=furnisher.organisation_id,
        licence=furnisher.pk,
        attestations=[
            Attestation(resident, "", CATEGORIES, ["income"], signed, "paper_form", resident.bytes * 2)
            for resident in known
        ],
        by=BY,
        at=at,
    )
    life = list(_life(signed))
    assert len(life) == RECORDS
    profiles.store(
        records=[
            profiles.NewRecord(resident, kind, fields, consent)
            for resident, consent in zip(known, consents, strict=True)
            for kind, fields in life
        ],
        organisation=furnisher.organisation_id,
        licence=furnisher.pk,
        upload=None,
        chunk=None,
        by=BY,
        at=at,
    )
    return known


def _life(today: date) -> Iterator[tuple[str, dict[str, object]]]:
    """A home, a job, ten wages and twelve bills."""
    months = months_until(last_whole_month(today), 12)
    home = {"resident_since": f"{months[0]}-15", "household_registration": "elsewhere", "housing": "rented"}
    cells: list[tuple[str, dict[str, str]]] = [("residence", home | {"reason": "work"})]
    cells += [("employment", {"start": f"{months[0]}-20", "industry": "G6020", "contract": "fixed_term"})]
    cells += [("wage", {"month": month, "gross": "8650.00", "net": "7420.00"}) for month in months[2:]]
    for month in months:
        paid = {"amount_due": "86.40", "amount_paid": "86.40", "paid_on": f"{month}-20"}
        cells.append(("bill", {"service": "water", "period": month, "due_on": f"{month}-28"} | paid))
    for kind, row in cells:
        yield kind, RECORD_TYPES[kind].parse(row)[0]


def _granted(bank: Bank, person: dict[str, str], resident: UUID, at: datetime) -> UUID:
    asked = services.ask_access(
        organisation=bank.licence.organisation_id,
        licence=bank.licence.pk,
        purpose=PURPOSE,
        categories=CATEGORIES,
        identity=person,
        language="zh-hans",
        days=30,
        by=BY,
        at=at,
    )
    services.grant(
        consent_id=asked.id,
        resident=resident,
        separate=["income"],
        language="zh-hans",
        by=f"resident:{resident}",
        at=at,
    )
    return asked.id
