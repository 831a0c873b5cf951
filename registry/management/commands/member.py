"""manage.py member: people and roles from a shell; the way to the first operator and from a lost factor."""

import getpass
from argparse import ArgumentParser
from typing import Any
from uuid import UUID

from django.core.management.base import BaseCommand, CommandError
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from registry.accounts import organisations, second_factor
from registry.errors import RegistryError
from registry.models import Membership, Organisation, User

BY = "system:member_command"


class Command(BaseCommand):
    """Acts on one person, named by e-mail address; `list` shows everybody."""

    help = "List, add, change and remove staff and members, and reset a lost second factor."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """One sub-command for each act. Without --organisation it is about the operator's staff."""
        acts = parser.add_subparsers(dest="act", required=True)
        acts.add_parser("list", help="everybody with a role")
        for act in ("add", "change"):
            step = acts.add_parser(act, help=f"{act} a person's role")
            step.add_argument("email")
            step.add_argument("role", choices=Membership.Role.values)
            step.add_argument("--organisation", metavar="CREDIT_CODE")
            if act == "add":
                step.add_argument("--name", default="")
                step.add_argument("--password", action="store_true", help="ask for a first password here")
        remove = acts.add_parser("remove", help="take a person's role away")
        remove.add_argument("email")
        remove.add_argument("--organisation", metavar="CREDIT_CODE")
        acts.add_parser("reset", help="take away a lost second factor").add_argument("email")

    def handle(self, *args: Any, act: str, **options: Any) -> None:
        """Do it. A refusal is an error with its sentence."""
        if act == "list":
            self._list()
            return
        try:
            with transaction.atomic():
                said = getattr(self, f"_{act}")(**options)
        except RegistryError as refused:
            raise CommandError(f"{_(refused.sentence)} ({refused.code})") from None
        self.stdout.write(said)

    def _list(self) -> None:
        rows = Membership.objects.select_related("user", "organisation").order_by("organisation__name", "id")
        for row in rows:
            self.stdout.write(f"{row.role:10}  {row.user.email}  {row.organisation or 'operator'}")

    def _add(
        self, email: str, role: str, organisation: str | None, name: str, password: bool, **_: Any
    ) -> str:
        first = getpass.getpass("First password: ") if password else None
        organisations.add_member(
            organisation=_id_of(organisation), email=email, role=role, name=name, password=first, by=BY,
            at=timezone.now(),
        )  # fmt: skip
        way = "with the password given" if password else "through “Forgot your password?” at the sign-in"
        return f"{email} is {role} now and signs in {way}."

    def _change(self, email: str, role: str, organisation: str | None, **_: Any) -> str:
        organisations.change_member(
            user=_user(email), organisation=_id_of(organisation), role=role, by=BY, at=timezone.now()
        )
        return f"{email} is {role} now."

    def _remove(self, email: str, organisation: str | None, **_: Any) -> str:
        organisations.remove_member(
            user=_user(email), organisation=_id_of(organisation), by=BY, at=timezone.now()
        )
        return f"{email} has no role there any more."

    def _reset(self, email: str, **_: Any) -> str:
        second_factor.reset(user=_user(email), by=BY, at=timezone.now())
        return f"{email} sets up a new second factor at the next sign-in."


def _user(email: str) -> UUID:
    found = User.objects.filter(email=email.lower()).values_list("pk", flat=True).first()
    if found is None:
        raise CommandError(f"Nobody signs in as {email}.")
    return UUID(str(found))


def _id_of(credit_code: str | None) -> UUID | None:
    if credit_code is None:
        return None
    found = Organisation.objects.filter(credit_code=credit_code.upper()).values_list("pk", flat=True).first()
    if found is None:
        raise CommandError(f"No organisation has the credit code {credit_code}.")
    return UUID(str(found))
