"""The main job, told as it happens. Each step checks its outcome and ends the story where it does not hold.

1. the stage: organisations with licences, members and keys
2. partners' files over REST, with what was refused and why
3. people out of rows
4. a bank asks a resident; she signs in, reads and grants; the bank fetches her report
5. what is refused: another purpose, and a resident who says no
6. she sees who looked, and withdraws: the next read is refused
7. the ledger, from outside and recomputed
8. where to look around
"""

from dataclasses import dataclass
from pathlib import Path
from typing import TextIO

from django.utils import timezone

from registry.demo.arrivals import files_arrive, people_emerge
from registry.demo.cast import CHEN, FURNISHERS, LENDER, take_part
from registry.demo.closing import check_ledger, show_the_way
from registry.demo.files import deliver
from registry.demo.lending import Bank, a_report_is_read, a_withdrawal_binds, refusals_hold
from registry.demo.notices import people_are_told
from registry.demo.people import make_people
from registry.demo.repeats import forget_sign_ins
from registry.demo.resident_client import ResidentClient
from registry.demo.stage import Stage, set_stage
from registry.demo.telling import Telling


@dataclass(frozen=True)
class Scale:
    """How large the town is: people, months of wages and bills, and the seed it grows from."""

    people: int
    months: int
    seed: int


def tell(base: str, folder: Path, scale: Scale, out: TextIO) -> None:
    """Tell the whole story on the site at `base`; `folder` keeps files and secrets. Raises StepFailed."""
    telling = Telling(out)
    telling.line("The main job, on invented people in an invented city (云岚市).")
    telling.chapter("The stage")
    stage = set_stage(folder, at=timezone.now())  # 1
    _introduce(telling, stage)
    telling.chapter("Partners send their files over REST")
    delivery = deliver(
        folder, people=scale.people, months=scale.months, seed=scale.seed, today=timezone.localdate()
    )
    files_arrive(telling, base, stage, delivery)  # 2
    telling.chapter("People emerge from rows")
    people_emerge(telling, stage, delivery)  # 3
    people_are_told(telling)
    # The cast as it was when the files were made: a birth date must not move with the calendar.
    residents = [
        take_part(person, delivery.today) for person in make_people(2, seed=scale.seed, today=delivery.today)
    ]
    forget_sign_ins(residents)
    bank = Bank(base, stage, residents)
    with ResidentClient(base, residents[CHEN]) as chen:
        telling.chapter("A bank asks, a resident agrees, a report is read")
        read = a_report_is_read(telling, bank, chen)  # 4
        telling.chapter("What is refused")
        refusals_hold(telling, bank, read)  # 5
        telling.chapter("She withdraws")
        a_withdrawal_binds(telling, bank, chen, read)  # 6
    telling.chapter("The ledger")
    check_ledger(telling, base, read.entry)  # 7
    telling.chapter("Look around")
    show_the_way(telling, base, stage, residents)  # 8
    telling.line("\nEvery step held.")


def _introduce(telling: Telling, stage: Stage) -> None:
    if stage.new:
        telling.fact("Made, each with a licence, a member with a second factor, and a key for its machines:")
    else:
        telling.fact("Everything was there already:")
    telling.table([(partner.name, f"{partner.name_en}, {partner.kind}") for partner in (*FURNISHERS, LENDER)])
