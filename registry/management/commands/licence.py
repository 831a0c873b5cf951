"""manage.py licence: licences from a shell, with the same entries in the ledger as the console."""

from argparse import ArgumentParser
from collections.abc import Callable
from datetime import date
from typing import Any
from uuid import UUID

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from registry.accounts import licences
from registry.errors import RegistryError
from registry.management.refusals import words
from registry.models import Licence, LicenceDecision, Organisation

BY = "system:licence_command"
STEPS: dict[str, tuple[Callable[..., Licence], str]] = {
    "grant": (licences.grant, "examined"),
    "suspend": (licences.suspend, "breach"),
    "resume": (licences.resume, "resolved"),
    "end": (licences.end, "own_wish"),
}


class Command(BaseCommand):
    """One act on one licence, named by its number; `list` shows them all."""

    help = "List, apply for, grant, suspend, resume and end licences, and set what becomes of wrong numbers."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """One sub-command for each act."""
        acts = parser.add_subparsers(dest="act", required=True)
        acts.add_parser("list", help="every licence: number, state, role, dates, organisation")
        _add_apply(acts.add_parser("apply", help="enter an application for an organisation"))
        for act, (_service, reason) in STEPS.items():
            step = acts.add_parser(act, help=f"{act} a licence")
            step.add_argument("number")
            step.add_argument("--reason", default=reason, choices=LicenceDecision.Reason.values)
            step.add_argument("--note", default="", help="in your own words; no personal data")
        policy = acts.add_parser(
            "number-policy", help="what becomes of citizen numbers that fail their check"
        )
        policy.add_argument("number")
        policy.add_argument("policy", choices=Licence.NumberPolicy.values)
        policy.add_argument("--note", default="")

    def handle(self, *args: Any, act: str, **options: Any) -> None:
        """Do it, and say what stands now. A refusal is an error with its sentence."""
        if act == "list":
            self._list()
            return
        try:
            licence = _apply(options) if act == "apply" else _act(act, options)
        except RegistryError as refused:
            raise CommandError(words(refused)) from None
        self.stdout.write(f"{licence.number} is {licence.status} ({licence.number_policy}).")

    def _list(self) -> None:
        for row in Licence.objects.select_related("organisation").order_by("organisation__name", "number"):
            dates = f"{row.valid_from} to {row.valid_until}"
            categories = ",".join(row.categories)
            self.stdout.write(
                f"{row.number}  {row.status:9}  {row.role:9}  {dates}  {row.organisation}  {categories}"
            )


def _add_apply(parser: ArgumentParser) -> None:
    parser.add_argument("credit_code", help="the organisation's unified social credit code")
    parser.add_argument("role", choices=Licence.Role.values)
    parser.add_argument("--category", action="append", required=True, dest="categories")
    parser.add_argument("--purpose", action="append", default=[], dest="purposes")
    parser.add_argument("--from", type=date.fromisoformat, required=True, dest="valid_from", metavar="DATE")
    parser.add_argument("--until", type=date.fromisoformat, required=True, dest="valid_until", metavar="DATE")
    parser.add_argument("--number", default=None, help="the licence's number; one is made if none is given")
    parser.add_argument("--note", default="")


def _apply(options: dict[str, Any]) -> Licence:
    found = Organisation.objects.filter(credit_code=options["credit_code"].upper()).first()
    if found is None:
        raise CommandError(f"No organisation has the credit code {options['credit_code']}.")
    terms = ("role", "categories", "purposes", "valid_from", "valid_until", "number", "note")
    given = {name: options[name] for name in terms}
    return licences.apply(organisation=found.pk, by=BY, at=timezone.now(), **given)


def _act(act: str, options: dict[str, Any]) -> Licence:
    licence, now, note = _id_of(options["number"]), timezone.now(), options["note"]
    if act == "number-policy":
        policy = options["policy"]
        return licences.set_number_policy(licence=licence, policy=policy, note=note, by=BY, at=now)
    service, _reason = STEPS[act]
    return service(licence=licence, reason=options["reason"], note=note, by=BY, at=now)


def _id_of(number: str) -> UUID:
    found = Licence.objects.filter(number=number).values_list("pk", flat=True).first()
    if found is None:
        raise CommandError(f"There is no licence {number}.")
    return UUID(str(found))
