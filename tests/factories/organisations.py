"""Organisations with their licences, members and keys, made by the services that make real ones."""

import secrets
from dataclasses import dataclass, field
from datetime import date, datetime
from itertools import count
from typing import Any
from uuid import UUID

from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal.auth import TOTP, generate_totp_secret
from django.test import Client
from django.utils import timezone

from registry.accounts import apikeys, licences, organisations
from registry.accounts.totp import code_at
from registry.models import Licence, Membership, Organisation, User

BY = "system:test"
PASSWORD = "a long road to a new town"
CATEGORIES = {
    "community": ["residence"],
    "employer": ["employment", "income", "social_insurance"],
    "utility": ["utility_payments"],
}
_ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"
_numbers = count(1)


def credit_code(number: int | None = None) -> str:
    """A unified social credit code with its right check character; another one each time."""
    body = f"91350100{(number or next(_numbers)):09d}"
    total = sum(_ALPHABET.index(letter) * pow(3, place, 31) for place, letter in enumerate(body))
    return body + _ALPHABET[-total % 31]


def make_furnisher(kind: str = "employer", *, licensed: bool = True, **terms: Any) -> Organisation:
    """A furnisher of this kind, with a licence in force today unless told otherwise."""
    made = organisations.register(
        name=f"顺达物流{next(_numbers)}",
        name_en="Shunda Logistics",
        kind=kind,
        credit_code=credit_code(),
        by=BY,
        at=timezone.now(),
    )
    if licensed:
        make_furnisher_licence(made.pk, categories=CATEGORIES[kind], **terms)
    return made


def make_furnisher_licence(organisation: UUID, *, categories: list[str], **terms: Any) -> Licence:
    """A furnisher's licence, applied for and granted, in force today and on the fixed days of other tests."""
    now = timezone.now()
    asked = {"valid_from": date(2020, 1, 1), "valid_until": date(2099, 12, 31)} | terms
    licence = licences.apply(
        organisation=organisation, role="furnisher", categories=categories, by=BY, at=now, **asked
    )
    return licences.grant(licence=licence.pk, reason="examined", by=BY, at=now)


@dataclass
class Person:
    """A user with a password and, unless told otherwise, a second factor; `role` in `organisation`."""

    user: User
    organisation: UUID | None
    role: str
    secret: str = ""
    recovery_codes: list[str] = field(default_factory=list)

    @property
    def by(self) -> str:
        """This person as the ledger names them."""
        return f"member:{self.user.pk}"

    def code(self, at: datetime | None = None) -> str:
        """What the person's authenticator app shows now (or at another time)."""
        return code_at(self.secret, at or timezone.now())


def make_person(
    role: str, organisation: UUID | None = None, *, email: str | None = None, second_factor: bool = True
) -> Person:
    """A person in this role who can sign in with PASSWORD."""
    address = email or f"{role}-{secrets.token_hex(4)}@example.org"
    membership = organisations.add_member(
        organisation=organisation,
        email=address,
        role=role,
        name="陈晓",
        password=PASSWORD,
        by=BY,
        at=timezone.now(),
    )
    person = Person(membership.user, organisation, role)
    if second_factor:
        person.secret = generate_totp_secret()
        TOTP.activate(person.user, person.secret)
        person.recovery_codes = RecoveryCodes.activate(person.user).get_unused_codes()
    return person


def make_staff(role: str = "operator", **options: Any) -> Person:
    """A person on the operator's staff."""
    return make_person(role, None, **options)


def signed_in(person: Person) -> Client:
    """A browser in which this person has signed in with password and code, page by page."""
    browser = Client(headers={"accept-language": "en"})
    answer = browser.post("/accounts/login/", {"login": person.user.email, "password": PASSWORD})
    assert answer.status_code == 302, answer.content.decode()
    if person.secret:
        answer = browser.post("/accounts/2fa/authenticate/", {"code": person.code()})
        assert answer.status_code == 302, answer.content.decode()
    return browser


def make_key(organisation: UUID, *scopes: str, **options: Any) -> str:
    """An API key's secret."""
    options = {"by": BY, "at": timezone.now()} | options
    return apikeys.issue(organisation=organisation, label="test", scopes=scopes or ["uploads"], **options)[1]


def membership_of(person: Person) -> Membership:
    """The row behind a person's role, read again."""
    return Membership.objects.get(user=person.user, organisation_id=person.organisation)
