"""A withdrawal binds every read that begins after it, and waits for those that began before it."""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import count
from uuid import UUID

import pytest
from django.db import connection, transaction
from django.utils import timezone

from consent import services
from consent.checks import require_access
from consent.errors import ConsentRequired
from registry import profiles
from tests.factories.consents import (
    AT,
    PURPOSE,
    Known,
    attested,
    granted,
    make_furnisher,
    make_lender,
    make_resident,
    store_bills,
)

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.timeout(900)]

READERS = 8
CHANGES = 50
"""So many withdrawals a test must see; readers go on until then, however slow the machine is."""
PATIENCE = 300
"""Seconds after which readers give up, so that a change that never comes fails the test."""


@dataclass
class Ended:
    """The moment at which each consent's withdrawal was known to be committed."""

    moments: dict[UUID, float] = field(default_factory=dict)

    def before(self, moment: float, consents: set[UUID]) -> set[UUID]:
        """Those of these consents that had ended by then."""
        return {each for each in consents if self.moments.get(each, float("inf")) < moment}


@dataclass
class Scene:
    """Readers and a writer at work; `current` is the lender and consent that readers try next."""

    current: tuple[UUID, UUID]
    ended: Ended = field(default_factory=Ended)
    reads: int = 10_000
    numbers: Iterator[int] = field(default_factory=count)
    done: threading.Event = field(default_factory=threading.Event)
    failures: list[BaseException] = field(default_factory=list)
    begun_late: list[set[UUID]] = field(default_factory=list)
    open_late: list[set[UUID]] = field(default_factory=list)
    openings: list[set[UUID]] = field(default_factory=list)
    given_up: float = field(default_factory=lambda: time.perf_counter() + PATIENCE)

    @property
    def opened(self) -> int:
        """How many reads were given something that a withdrawal can end."""
        return len(self.openings)

    def goes_on(self) -> bool:
        """Whether to read once more: until enough was read, opened and changed, or one failed."""
        read = next(self.numbers) >= self.reads
        enough = read and self.opened >= self.reads / 20 and len(self.ended.moments) >= CHANGES
        return not (enough or self.done.is_set() or time.perf_counter() > self.given_up)


def test_no_read_under_a_withdrawn_consent_begins_or_lasts_after_the_withdrawal() -> None:
    """8 readers of one person, while she grants one lender after the other and withdraws again."""
    resident, furnisher = make_resident(), make_furnisher()
    store_bills(furnisher, resident, attested(furnisher, resident))
    scene = Scene(lent_to(resident))

    def grant_and_withdraw() -> None:
        scene.current = lent_to(resident)
        consent = scene.current[1]
        time.sleep(0.05)
        services.withdraw(consent_id=consent, resident=resident.id, by=resident.by, at=AT)
        scene.ended.moments[consent] = time.perf_counter()
        time.sleep(0.005)

    run(scene, grant_and_withdraw, judged=lambda consent, _profile: {consent})

    assert (scene.failures, scene.begun_late, scene.open_late) == ([], [], [])
    assert len(scene.ended.moments) >= CHANGES
    assert scene.opened >= scene.reads / 20


def test_no_record_under_a_withdrawn_contribution_is_shown_after_the_withdrawal() -> None:
    """8 readers of one person, while what a furnisher contributed comes and goes with its consent."""
    resident, furnisher = make_resident(), make_furnisher()
    scene = Scene(lent_to(resident), reads=3_000)

    def contribute_and_withdraw() -> None:
        consent = attested(furnisher, resident, signed_on=timezone.localdate(AT))
        store_bills(furnisher, resident, consent)
        time.sleep(0.05)
        services.withdraw(consent_id=consent, resident=resident.id, by=resident.by, at=AT)
        scene.ended.moments[consent] = time.perf_counter()

    run(scene, contribute_and_withdraw, judged=lambda _consent, profile: consents_of(profile))

    assert (scene.failures, scene.begun_late, scene.open_late) == ([], [], [])
    assert len(scene.ended.moments) >= CHANGES
    assert scene.opened >= scene.reads / 20


def lent_to(resident: Known) -> tuple[UUID, UUID]:
    """A new lender and its consent."""
    lender = make_lender()
    return lender.organisation_id, granted(lender, resident)


def consents_of(profile: profiles.Profile) -> set[UUID]:
    """Under which contribution consents the records of a profile were stored."""
    return {record.consent_id for record in profile.records}


Judged = Callable[[UUID, profiles.Profile], set[UUID]]


def run(scene: Scene, change: Callable[[], None], *, judged: Judged) -> None:
    """All reads by READERS connections, while one more makes changes until they are done."""
    readers = [on_own_connection(scene, lambda: read_on(scene, judged)) for _ in range(READERS)]
    writer = on_own_connection(scene, lambda: change_on(scene, change))
    for thread in [*readers, writer]:
        thread.start()
    for thread in readers:
        thread.join()
    scene.done.set()
    writer.join()


def on_own_connection(scene: Scene, work: Callable[[], None]) -> threading.Thread:
    """A thread whose failure is not lost."""

    def guarded() -> None:
        try:
            work()
        except BaseException as failure:  # noqa: BLE001  (shown by the test itself)
            scene.failures.append(failure)
            scene.done.set()
        finally:
            connection.close()

    return threading.Thread(target=guarded)


def change_on(scene: Scene, change: Callable[[], None]) -> None:
    """Change until the readers are done."""
    while not scene.done.is_set():
        change()


def read_on(scene: Scene, judged: Judged) -> None:
    """Read the current consent until enough have been tried by all together."""
    while scene.goes_on():
        lender, consent = scene.current
        began = time.perf_counter()
        with refused_is_fine(), transaction.atomic():
            profile = read(lender, consent)
            opened = judged(consent, profile)
            note(scene.openings, opened)
            note(scene.begun_late, scene.ended.before(began, opened))
            note(scene.open_late, scene.ended.before(time.perf_counter(), opened))


def note(found: list[set[UUID]], consents: set[UUID]) -> None:
    """Keep these, if there are any."""
    if consents:
        found.append(consents)


@contextmanager
def refused_is_fine() -> Iterator[None]:
    """A refusal is what most reads after a withdrawal meet."""
    try:
        yield
    except ConsentRequired:
        return


def read(lender: UUID, consent: UUID) -> profiles.Profile:
    """What a lender's report does: ask the gate, then open the profile, in one transaction."""
    access = require_access(organisation=lender, consent_id=consent, purpose=PURPOSE, at=AT)
    return profiles.read(
        reader=profiles.Reader("report", lender, consent),
        resident=access.resident,
        categories=access.categories,
        records_from=access.records_from,
        records_until=access.records_until,
        purpose=PURPOSE,
        by=f"client:{lender}",
        at=AT,
        consents=access.contributions,
    )
