"""People as furnishers describe them, kept by the keepers as the pipeline keeps them."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from itertools import count
from typing import Any
from uuid import UUID, uuid4

from django.db import transaction
from stdnum.iso7064 import mod_11_2

from registry import profiles, residents
from registry.catalogue import RECORD_TYPES
from registry.models import Organisation
from registry.profiles import NewRecord, Profile, Reader, Stored
from registry.residents import Match

AT = datetime(2026, 11, 24, 9, 30, tzinfo=UTC)
BY = "system:test"
_SURNAMES = "王李张刘陈杨黄赵吴周徐孙马朱胡林郭何高罗"
_GIVEN = "伟芳娜敏静丽强磊军洋勇艳杰娟涛明超秀霞平刚桂英华玉萍红玲芬"
_codes = count(1)

ALL = frozenset(kind.category for kind in RECORD_TYPES.values())
"""Every category that records belong to."""


def number_of(place: int) -> str:
    """A citizen number with its right check character; another one for each place."""
    year, month, day = 1960 + place % 45, 1 + place % 12, 1 + place % 28
    body = f"421181{year}{month:02d}{day:02d}{place % 1000:03d}"
    return body + mod_11_2.calc_check_digit(body)


def person(place: int, **fields: str) -> dict[str, str]:
    """The identity fields of one person; another one for each place below 10,000. "" leaves a field out."""
    given = _GIVEN[place % 29] + _GIVEN[place // 29 % 29]
    described = {
        "name": _SURNAMES[place % 20] + given,
        "id_number": number_of(place),
        "mobile": f"138{place:08d}",
    } | fields
    return {name: value for name, value in described.items() if value}


def make_organisation(kind: str = "utility", **fields: Any) -> Organisation:
    """An organisation that furnishes; no licence is asked at this depth."""
    code = f"KEEPER{next(_codes):012d}"
    names = {"name": f"自来水公司{code[-3:]}", "name_en": f"Waterworks {code[-3:]}"}
    return Organisation.objects.create(kind=kind, credit_code=code, **names | fields)


def keep(
    *identities: Mapping[str, str],
    organisation: UUID | None = None,
    references: Mapping[int, UUID] | None = None,
) -> list[Match]:
    """Match and keep these identities, each in its own row, in one transaction, for some furnisher."""
    organisation = organisation or make_organisation().id
    with transaction.atomic():
        said = {"organisation": organisation, "references": references or {}}
        found = residents.match(identities=identities, at=AT, **said)
        residents.keep(matches=found, by=BY, at=AT)
        residents.settle()
    return found


def make_resident(place: int, *, organisation: UUID | None = None, **fields: str) -> UUID:
    """A resident whom one organisation has described."""
    return keep(person(place, **fields), organisation=organisation)[0].holder


def make_account(place: int, *, organisation: UUID | None = None) -> UUID:
    """A resident who has claimed what is held about them."""
    make_resident(place, organisation=organisation)
    return claim(place)


def claim(place: int) -> UUID:
    """This person claims what is held about them."""
    who = person(place)
    return residents.claim(
        mobile=who["mobile"], name=who["name"], document=who["id_number"], by=BY, method="sms", at=AT
    )


def bill(
    resident: UUID, month: str, amount: str = "86.40", *, consent: UUID | None = None, **more: Any
) -> NewRecord:
    """A water bill, paid unless said otherwise."""
    row = more.pop("row", None)
    fields = {"service": "water", "period": month, "amount_due": amount, "status": "paid"} | more
    return _record("bill", resident, fields, consent, row)


def wage(resident: UUID, month: str, gross: str = "8650.00", *, consent: UUID | None = None) -> NewRecord:
    """One month's wage."""
    return _record("wage", resident, {"month": month, "gross": gross}, consent, None)


def store(
    *records: NewRecord,
    organisation: UUID,
    upload: UUID | None = None,
    at: datetime = AT,
) -> list[Stored]:
    """Store records in one transaction."""
    with transaction.atomic():
        return profiles.store(
            records=records, organisation=organisation, licence=None, upload=upload, chunk=None, by=BY, at=at
        )


def read(resident: UUID, categories: Sequence[str] | frozenset[str] = ALL, **question: Any) -> Profile:
    """The profile as a lender would read it, in one transaction."""
    if "reader" not in question:
        question["reader"] = Reader("report", lender().id, uuid4(), "case-1")
    asked: dict[str, Any] = {
        "records_from": None,
        "records_until": None,
        "purpose": "credit_application",
        "by": f"client:{UUID(int=7)}",
        "at": AT,
    }
    with transaction.atomic():
        return profiles.read(resident=resident, categories=categories, **asked | question)


def lender() -> Organisation:
    """The bank that reads."""
    found, _new = Organisation.objects.get_or_create(
        credit_code="KEEPER-BANK", defaults={"kind": "bank", "name": "测试银行", "name_en": "Test Bank"}
    )
    return found


def _record(
    kind: str, resident: UUID, cells: Mapping[str, str], consent: UUID | None, row: int | None
) -> NewRecord:
    fields, issues = RECORD_TYPES[kind].parse(cells)
    assert not issues, issues
    return NewRecord(resident, kind, fields, consent or UUID(int=1), row)
