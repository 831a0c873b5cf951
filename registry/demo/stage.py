"""Setting the stage: organisations, licences, members, keys; what is there already is left as it is.

Secrets that are shown only once stand in a private file beside the partners' files, since the demo plays both
sides. They open nothing but the demo.
"""

import json
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import TOTP, generate_totp_secret
from joserfc.jwk import ECKey

from registry.accounts import apikeys, clients, licences, organisations
from registry.demo.cast import COMMUNITY, EMPLOYER, FURNISHERS, LENDER, UTILITY, Partner
from registry.models import Client, Licence, Membership, Organisation, User
from registry.runtime.folders import private_folder, write_private

BY = "system:demo"
PURPOSES = ("credit_application", "account_review")
CATEGORIES = {
    COMMUNITY.key: ("residence",),
    EMPLOYER.key: ("employment", "income", "social_insurance"),
    UTILITY.key: ("utility_payments",),
    LENDER.key: ("identity", "residence", "employment", "income", "social_insurance", "utility_payments"),
}
SCOPES = ("consent_requests", "reports", "inquiries")
STAFF = {"operator": "operator@yunlan.example", "reviewer": "reviewer@yunlan.example"}
_FILE = "secrets.json"


@dataclass(frozen=True)
class Person:
    """Somebody who signs in with address, password and the codes of a second factor (`totp`, base32)."""

    email: str
    role: str
    password: str = field(repr=False)
    totp: str = field(repr=False)


@dataclass(frozen=True)
class Stage:
    """All that the story needs to begin; `new` counts what was made by this run."""

    organisations: Mapping[str, UUID]
    api_keys: Mapping[str, str] = field(repr=False)
    client: UUID
    private_key: Mapping[str, Any] = field(repr=False)
    people: list[Person]
    new: int


class _Kept:
    """The secrets kept from an earlier run."""

    def __init__(self, folder: Path) -> None:
        self._path = private_folder(folder) / _FILE
        self.said: dict[str, Any] = json.loads(self._path.read_text("utf-8")) if self._path.exists() else {}
        self.new = 0

    def keep(self, name: str, value: Any) -> Any:
        """Remember a secret at once: it is shown only this time."""
        self.said[name] = value
        self.new += 1
        write_private(self._path, json.dumps(self.said, indent=1))
        return value


def kept_totp(folder: Path) -> dict[str, str]:
    """The base32 secrets of the demo people's authenticator apps, by address."""
    prefix = "totp "
    said = _Kept(folder).said.items()
    return {name.removeprefix(prefix): secret for name, secret in said if name.startswith(prefix)}


def set_stage(folder: Path, *, at: datetime) -> Stage:
    """Make what is missing, with a ledger entry each; `folder` keeps the secrets."""
    kept = _Kept(folder)
    made = {partner.key: _organisation(partner, kept, at) for partner in (*FURNISHERS, LENDER)}
    for partner in (*FURNISHERS, LENDER):
        _licence(partner, made[partner.key], kept, at)
    people = [_person(email, role, None, kept, at) for role, email in STAFF.items()]
    for partner in (*FURNISHERS, LENDER):
        people.append(_person(f"owner@{partner.key}.example", "owner", made[partner.key], kept, at))
    keys = {partner.key: _api_key(partner, made[partner.key], kept, at) for partner in FURNISHERS}
    client, private = _client(made[LENDER.key], kept, at)
    return Stage(made, keys, client, private, people, kept.new)


def _organisation(partner: Partner, kept: _Kept, at: datetime) -> UUID:
    found = Organisation.objects.filter(credit_code=partner.credit_code).first()
    if found is None:
        kept.new += 1
        found = organisations.register(
            name=partner.name,
            name_en=partner.name_en,
            kind=partner.kind,
            credit_code=partner.credit_code,
            by=BY,
            at=at,
        )
    return UUID(str(found.pk))


def _licence(partner: Partner, organisation: UUID, kept: _Kept, at: datetime) -> None:
    """For two years from a month ago; the utility's old system may send numbers that fail their check."""
    role = Licence.Role.LENDER if partner is LENDER else Licence.Role.FURNISHER
    if Licence.objects.filter(organisation=organisation, role=role, status=Licence.Status.ACTIVE).exists():
        return
    kept.new += 1
    first = at.date() - timedelta(days=30)
    policies = Licence.NumberPolicy
    asked = licences.apply(
        organisation=organisation,
        role=role,
        purposes=PURPOSES if partner is LENDER else (),
        categories=CATEGORIES[partner.key],
        valid_from=first,
        valid_until=date(first.year + 2, first.month, 1),
        number_policy=policies.ACCEPT_WITH_WARNING if partner is UTILITY else policies.REFUSE,
        by=BY,
        at=at,
    )
    licences.grant(licence=asked.pk, reason="examined", by=BY, at=at)


def _person(email: str, role: str, organisation: UUID | None, kept: _Kept, at: datetime) -> Person:
    password = kept.said.get(f"password {email}")
    user = User.objects.filter(email=email).first()
    if user is None:
        password = kept.keep(f"password {email}", secrets.token_urlsafe(12))
        held: Membership = organisations.add_member(
            organisation=organisation, email=email, role=role, password=password, by=BY, at=at
        )
        user = held.user
    return Person(email, role, password or "", _second_factor(user, kept))


def _second_factor(user: User, kept: _Kept) -> str:
    """The secret of the person's authenticator app; one that somebody set up by hand stays theirs."""
    if Authenticator.objects.filter(user=user, type=Authenticator.Type.TOTP).exists():
        return str(kept.said.get(f"totp {user.email}", ""))
    secret = kept.keep(f"totp {user.email}", generate_totp_secret())
    TOTP.activate(user, secret)
    return str(secret)


def _api_key(partner: Partner, organisation: UUID, kept: _Kept, at: datetime) -> str:
    name = f"api key {organisation}"
    if name not in kept.said:
        scopes = ("uploads", "records", "consents")
        issued = apikeys.issue(organisation=organisation, label="demo", scopes=scopes, by=BY, at=at)
        kept.keep(name, issued[1])
    return str(kept.said[name])


def _client(organisation: UUID, kept: _Kept, at: datetime) -> tuple[UUID, Mapping[str, Any]]:
    name = f"client {organisation}"
    if name not in kept.said or not Client.objects.filter(pk=kept.said[name]["client"]).exists():
        key = ECKey.generate_key("P-256", private=True, auto_kid=True)
        public = {"keys": [key.as_dict(private=False)]}
        made = clients.register(
            organisation=organisation, label="demo", jwks=public, scopes=SCOPES, by=BY, at=at
        )
        kept.keep(name, {"client": str(made.pk), "key": key.as_dict(private=True)})
    return UUID(kept.said[name]["client"]), kept.said[name]["key"]
