"""The second half of the story: a bank asks, a resident decides, and what she decides holds."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from joserfc.jwk import ECKey

from registry.demo.cast import AINIWAR, LENDER
from registry.demo.lender_client import ApiRefused, LenderClient
from registry.demo.people import Person
from registry.demo.resident_client import ResidentClient
from registry.demo.stage import CATEGORIES, Stage
from registry.demo.telling import StepFailed, Telling, require, require_that

PURPOSE, OTHER_PURPOSE = "credit_application", "account_review"
DAYS = 30
_ASKED = sorted(CATEGORIES[LENDER.key])


class Bank:
    """The bank's system, and the resident who will say no to it."""

    def __init__(self, base: str, stage: Stage, residents: list[Person]) -> None:
        self.base = base
        self.ainiwar = residents[AINIWAR]
        self.client = LenderClient(base, str(stage.client), ECKey.import_key(dict(stage.private_key)))

    def ask(self, person: Person) -> Mapping[str, Any]:
        """Ask a person for consent, described by document; by mobile once that was asked too often."""
        document = {"id_number": person.id_number}
        try:
            return self._ask(person, document)
        except ApiRefused as refused:
            if refused.status != 429:
                raise StepFailed(f"asking for consent was refused: {refused.problem}") from None
        return self._ask(person, {"mobile": person.mobiles[0]})

    def _ask(self, person: Person, described: dict[str, str]) -> Mapping[str, Any]:
        return self.client.ask_consent(
            identity={"name": person.name, **described},
            purpose=PURPOSE,
            categories=_ASKED,
            period={"days": DAYS},
            language="zh-hans",
            reference="DEMO-LOAN-1",
        )


@dataclass(frozen=True)
class Read:
    """A report that was read: its id, its consent (id, and address in the portal), its ledger entry."""

    report: str
    consent: str
    address: str
    entry: UUID


def a_report_is_read(telling: Telling, bank: Bank, chen: ResidentClient) -> Read:
    """She is asked, signs in, agrees; the report is fetched, its signature checked, its contents told."""
    asked = bank.ask(chen.person)
    telling.fact(
        f"{LENDER.name} ({LENDER.name_en}) asks {chen.person.name} for consent: {PURPOSE}, {DAYS} days."
    )
    _comes_in(telling, chen)
    require_that("her request is at the link she was given", chen.find_request(asked["link"]))
    address = chen.grant(_ASKED)
    consent = bank.client.wait_for_consent(asked["id"])
    require("the consent in the portal and at the bank", address, f"/consents/{consent}")
    telling.fact("She reads what it means and agrees, to income on a page of its own, as the law asks.")
    report = bank.client.report(consent, purpose=PURPOSE, reference="DEMO-LOAN-1")
    require("the consent named in the report", report["consent_id"], consent)
    telling.fact("The bank fetches her report with a token bound to its key; the registry's signature holds:")
    _tell_report(telling, report)
    return Read(report["report_id"], consent, address, UUID(report["ledger"]["entry"]))


def _comes_in(telling: Telling, chen: ResidentClient) -> None:
    first = chen.sign_in()
    then = "proves who she is and opens her profile" if first else "as she did in an earlier run"
    telling.fact(f"{chen.person.name} signs in by a code to her phone, {then}.")


def _tell_report(telling: Telling, report: Mapping[str, Any]) -> None:
    """Months, punctuality, work, score with its reasons."""
    summaries = {category: part["summary"] for category, part in report["sections"].items()}
    bills, work, income = (summaries[name] for name in ("utility_payments", "employment", "income"))
    for category in ("residence", "employment", "income", "utility_payments"):
        require(f"her {category} in the report", report["sections"][category]["state"], "provided")
    months = {name: part["months"] for name, part in report["completeness"].items()}
    require("how far the bank's description fits", report["subject"]["match_level"], "full")
    said = [
        (
            "new resident",
            f"{report['new_resident']['segment']}, here since {report['new_resident']['since']}",
        ),
        ("work", f"{work['jobs']} jobs, the present one since {work['employed_since']}"),
        ("wages", f"{months['income']} months, median {income['median_gross']['CNY']} CNY"),
        ("bills", f"{bills['bills']} in {months['utility_payments']} months: {_punctuality(bills)}"),
    ]
    telling.table([("  " + name, text) for name, text in said])
    _tell_score(telling, report["score"])


def _punctuality(bills: Mapping[str, Any]) -> str:
    share = bills["on_time"] / max(bills["bills"], 1)
    return f"{share:.0%} on time, {bills['late']} late, {bills['overdue']} overdue"


def _tell_score(telling: Telling, score: Mapping[str, Any]) -> None:
    require_that("the score is within its scale", score["value"] is not None)
    lowest, highest = score["scale"]["lowest"], score["scale"]["highest"]
    require_that("the score is within its scale", lowest <= score["value"] <= highest)
    require_that("the score has reasons", 1 <= len(score["reasons"]) <= 4)
    telling.table([("  score", f"{score['value']} of {lowest} to {highest} ({score['band']}), because:")])
    for reason in score["reasons"]:
        telling.fact(f"    {'+' if reason['direction'] == 'raises' else '-'} {reason['text']['en']}")


def refusals_hold(telling: Telling, bank: Bank, read: Read) -> None:
    """Her consent is for one purpose; and whoever declines stays unread."""
    code = _refused(lambda: bank.client.report(read.consent, purpose=OTHER_PURPOSE))
    telling.fact(f"The same consent for another purpose ({OTHER_PURPOSE}): refused, {code}.")
    asked = bank.ask(bank.ainiwar)
    with ResidentClient(bank.base, bank.ainiwar) as ainiwar:
        ainiwar.sign_in()
        if ainiwar.find_request(asked["link"]):
            ainiwar.decline()
            _declined(telling, bank, asked)
        else:
            _asked_in_vain(telling, bank, asked)


def _declined(telling: Telling, bank: Bank, asked: Mapping[str, Any]) -> None:
    state = bank.client.consent_request(asked["id"])["state"]
    require("what the bank hears of a declined request", state, "declined")
    telling.fact(f"{bank.ainiwar.name} is asked as well and declines; the bank hears no more than: {state}.")


def _asked_in_vain(telling: Telling, bank: Bank, asked: Mapping[str, Any]) -> None:
    """After a decline a lender's requests reach the person no more for a while, which it cannot tell."""
    found = bank.client.consent_request(asked["id"])
    require("a request after a decline", (found["state"], found["consent_id"]), ("requested", None))
    telling.fact(f"{bank.ainiwar.name} declined in an earlier run: asked again, he is not even disturbed.")


def a_withdrawal_binds(telling: Telling, bank: Bank, chen: ResidentClient, read: Read) -> None:
    """She sees who looked and withdraws; from then on neither a new read nor the kept report comes out."""
    require(
        "the report, fetched again before", bank.client.kept_report(read.report)["report_id"], read.report
    )
    require_that("she sees that the bank looked", chen.sees_reader(LENDER.name_en))
    telling.fact(
        f"{chen.person.name} sees in her portal that {LENDER.name_en} looked; two taps, and it is over."
    )
    chen.withdraw(read.address)
    new = _refused(lambda: bank.client.report(read.consent, purpose=PURPOSE))
    kept = _refused(lambda: bank.client.kept_report(read.report))
    telling.fact(f"The bank's next read: refused, {new}. The report it had, fetched again: refused, {kept}.")


def _refused(act: Callable[[], object]) -> str:
    """The one and same refusal that lenders get. Raises StepFailed if there was another, or none."""
    try:
        act()
    except ApiRefused as refused:
        require("the refusal", (refused.status, refused.code), (403, "consent_required"))
        return f"{refused.status} {refused.code}"
    raise StepFailed("a read that should have been refused was answered")
