"""The end of the story: the ledger is checked from outside and from within; where everything can be seen."""

from uuid import UUID

from django.utils import timezone

from registry.accounts.totp import code_at, seconds_left
from registry.demo.auditor import check_inclusion
from registry.demo.cast import CAST
from registry.demo.people import Person as Resident
from registry.demo.stage import Person, Stage
from registry.demo.telling import Telling, require_that
from registry.ledger import sequence, verify

INBOX = "/demo/inbox"


def check_ledger(telling: Telling, base: str, entry: UUID) -> None:
    """Prove the report's entry as an outsider can, then recompute the whole ledger."""
    proven = check_inclusion(base, entry)
    telling.fact(
        f"The report stands in the ledger as entry {proven.index:,} of {proven.head.size:,}: shown to an"
    )
    telling.fact(f"outsider by {proven.steps} hashes up to the head that the registry has signed.")
    sequence(at=timezone.now())
    with telling.progress("recomputing the ledger") as bar:
        found = verify(progress=lambda done, total: bar.show(done / max(total, 1)))
    require_that("every act told here is in the tree", proven.head.size <= found.leaves)
    telling.fact(
        f"Recomputed from {found.leaves:,} entries and {found.checkpoints:,} signed heads, it holds."
    )


def show_the_way(telling: Telling, base: str, stage: Stage, people: list[Resident]) -> None:
    """Addresses and sign-ins, for whoever wants to look around."""
    telling.fact("While the site is up (./run demo keeps it up, --once does not):")
    telling.fact(f"Partners' desk and operator's console: {base}/accounts/login/")
    telling.table([(f"{person.role} {person.email}", _sign_in(person)) for person in stage.people])
    telling.fact(
        f"The codes hold for {seconds_left(timezone.now())} s more; new ones: ./run manage demo_codes"
    )
    telling.line()
    telling.fact("Residents sign in with their mobile; the code comes to the inbox:")
    residents = [
        (people[number].name, f"{base}/sign-in  mobile {people[number].mobiles[0]}") for number in CAST
    ]
    telling.table([*residents, ("Inbox", f"{base}{INBOX}")])
    telling.line()
    telling.table(
        [
            ("API for lenders", f"{base}/api/docs"),
            ("Ledger's signed head", f"{base}/ledger/checkpoint"),
        ]
    )


def _sign_in(person: Person) -> str:
    code = code_at(person.totp, timezone.now()) if person.totp else "set up by you"
    return f"password {person.password or 'chosen by you'}  code {code}"
