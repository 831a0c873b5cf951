"""Whoever came in by a partner's door is forgotten, with all that was kept of her there; or on its day."""

import io
import json
from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from django.utils import timezone

from consent import services as consents
from consent.texts import shown_text
from ingest import queries, services
from ingest.models import Incoming, RememberedMapping, Upload
from ingest.pipeline import stream
from ingest.services.arriving import Told
from ingest.services.finishing import NAMED
from ingest.services.previews import preview_of
from registry import profiles, residents, webhooks
from registry.models import Identifier, Identity, Licence, Message, Record, Resident, WebhookDelivery
from tests.factories import reports
from tests.factories.machines import Machine
from tests.factories.previews import choose, confirm, held, tried
from tests.factories.readable import readable, standing
from tests.factories.uploads import (
    BY,
    as_csv,
    as_ndjson,
    employment,
    evidence,
    ingest,
    outcomes,
    person,
    receive,
    run,
    wage,
)

pytestmark = pytest.mark.django_db

HER = person(1)
SAID = frozenset((HER["name"], HER["id_number"], HER["mobile"]))
ROW = wage(1)
WEEK = timedelta(days=8)


@pytest.fixture(autouse=True)
def own_folder(settings: Any, tmp_path: Path) -> None:
    """A folder for staged files that no other test has used."""
    settings.STAGING_DIR = str(tmp_path / "staging")


@pytest.fixture
def employer(machine: Machine) -> Any:
    """The furnisher, with an address that is told of everything."""
    webhooks.add(organisation=machine.organisation.pk, url="http://127.0.0.1:9/", by=BY, at=timezone.now())
    return machine.organisation


def erase(resident: UUID) -> None:
    consents.erase(resident=resident, by=BY, reason="resident_asked", at=timezone.now())


def digests() -> set[bytes]:
    """Every keyed digest by which somebody on file is recognised."""
    found = {bytes(one.digest) for one in Identifier.objects.all()}
    found |= {bytes(one.fingerprint) for one in Identity.objects.all()}
    return found | {bytes(value) for one in Record.objects.all() for value in (one.natural, one.content)}


def days_pass(days: timedelta) -> None:
    """Do what the scheduler has workers do, so many days from now."""
    then = timezone.now() + days
    services.sweep(by=BY, at=then)
    services.tidy(by=BY, clock=lambda: then)
    services.forget_answers(at=then)
    services.reconcile(at=then)


def as_file(machine: Machine) -> None:
    ingest(machine.organisation, [ROW])


def as_confirmed_file(machine: Machine) -> None:
    run(confirm(tried(held(machine.organisation, as_csv([ROW])))))


def begun(machine: Machine, content: bytes, *, missing: int = 0) -> Incoming:
    """A file that came in pieces, all but some bytes of it."""
    said = {"organisation": machine.organisation.pk, "by": BY}
    told = Told(len(content), filename="wages.csv", type="wage", idempotency_key="one")
    made = services.begin(told=told, at=timezone.now(), **said)
    brought = content[: len(content) - missing]
    piece = {"offset": 0, "stream": io.BytesIO(brought), "size": len(brought), "clock": timezone.now}
    return services.bring(incoming=made.id, **piece, **said)


def in_pieces(machine: Machine) -> None:
    landed = services.land(incoming=begun(machine, as_csv([ROW])).id, clock=timezone.now)
    assert landed is not None
    run(landed)


def as_stream(machine: Machine) -> None:
    said = {"organisation": machine.organisation.pk, "type": "wage", "by": BY, "at": timezone.now()}
    opened = services.open_stream(name="night", idempotency_key="one", as_of=None, **said)
    lines = stream.Stream(opened.id, "wage", BY, timezone.now())
    kept = stream.keep_lines(lines, as_ndjson([ROW]).splitlines(), at=timezone.now())
    assert [one.outcome for one in kept] == ["accepted"]
    services.close_stream(upload=opened.id, by=BY, at=timezone.now())


def singly(machine: Machine) -> None:
    said = {"type": "wage", "records": [ROW]}
    answer = machine.post("/api/v1/records:batch", said, Idempotency_Key="one")
    assert [one["outcome"] for one in answer.json()["results"]] == ["accepted"]


def by_consent_alone(machine: Machine) -> None:
    said = HER | {name.removeprefix("consent_"): value for name, value in evidence(1).items() if value}
    body = {"consents": [said | {"categories": ["employment", "identity"]}]}
    answer = machine.post("/api/v1/consents", body, Idempotency_Key="one")
    assert [one["outcome"] for one in answer.json()["results"]] == ["granted"]


def by_invitation(machine: Machine) -> None:
    """She has an account, lets the furnisher furnish more, and it does."""
    ingest(machine.organisation, [ROW])
    claimed = residents.claim(
        mobile=HER["mobile"],
        name=HER["name"],
        document=HER["id_number"],
        by=BY,
        method="mobile_and_document",
        at=timezone.now(),
    )
    licence = Licence.objects.get(organisation=machine.organisation)
    asked = {"organisation": machine.organisation.pk, "licence": licence.id, "categories": ["employment"]}
    invitation = consents.invite(by=BY, at=timezone.now(), **asked)
    terms = consents.terms_of(invitation, language="en", at=timezone.now())
    consents.contribute(
        code=invitation.code,
        resident=claimed,
        categories=["employment", "identity"],
        separate=[],
        until=None,
        language="en",
        text_hash=shown_text(terms, language="en").digest,
        by=f"resident:{claimed}",
        at=timezone.now(),
    )
    assert ingest(machine.organisation, [employment(1, signed=False)], type="employment").accepted == 1


DOORS = (as_file, as_confirmed_file, in_pieces, as_stream, singly, by_consent_alone, by_invitation)


@pytest.mark.parametrize("door", DOORS)
def test_whoever_came_in_is_forgotten_with_all_that_was_kept(
    door: Callable[[Machine], None], machine: Machine, employer: Any
) -> None:
    door(machine)
    known = digests()
    assert (readable(SAID), standing(known)) == (SAID, known)
    erase(Resident.objects.get().id)
    assert (readable(SAID), standing(known)) == (set(), set())
    assert Message.objects.count() == 0


def test_what_programs_are_told_never_named_her(machine: Machine, employer: Any) -> None:
    as_file(machine)
    her = Resident.objects.get().id
    told = [json.dumps(one.body) for one in WebhookDelivery.objects.all()]
    assert [str(her) in one for one in told] == [False]
    assert readable({str(her)}) == {str(her)}


def test_notice_of_what_counts_against_her_goes_and_nobody_is_told(make_machine: Any) -> None:
    water = make_machine("utility").organisation
    owed = reports.bill(2, status="unpaid", amount_paid="0.00", paid_on="")
    ingest(water, [HER | owed | evidence(1)], type="bill")
    assert list(Message.objects.values_list("kind", flat=True).order_by("kind")) == [
        "consent_attested",
        "negative_record",
    ]
    erase(Resident.objects.get().id)
    assert (Message.objects.count(), readable(SAID)) == (0, set())
    assert profiles.announce_due(on=date.max, by=BY, at=timezone.now()) == 0


def test_same_paper_does_not_bring_her_back(machine: Machine, employer: Any) -> None:
    as_file(machine)
    waiting = receive(employer, as_csv([wage(1, month="2026-04"), wage(2)]))
    erase(Resident.objects.get().id)
    assert outcomes(run(waiting)) == {
        1: ("refused", [("consent_withdrawn", "consent_reference")]),
        2: ("accepted", []),
    }
    assert Resident.objects.exclude(status="erased").count() == 1


def a_held_file(machine: Machine) -> None:
    tried(held(machine.organisation, as_csv([wage(1, month="2026-04"), wage(2)])))


def half_a_file(machine: Machine) -> None:
    begun(machine, as_csv([wage(1, month="2026-04"), wage(2)]), missing=10)


def a_refused_row(machine: Machine) -> None:
    assert ingest(machine.organisation, [wage(1, month="never"), wage(2)]).refused == 1


@pytest.mark.parametrize("waiting", [a_held_file, half_a_file, a_refused_row])
def test_what_waits_ends_on_its_day(
    waiting: Callable[[Machine], None], machine: Machine, employer: Any
) -> None:
    as_file(machine)
    her = Record.objects.get().resident_id
    waiting(machine)
    erase(her)
    assert readable(SAID) == SAID
    days_pass(WEEK)
    assert readable(SAID) == set()


def test_names_of_a_file_and_its_columns_end_a_month_later(machine: Machine, employer: Any) -> None:
    as_file(machine)
    her = Record.objects.get().resident_id
    named = ingest(employer, [wage(2)], filename=f"{HER['name']}.csv")
    headless = run(receive(employer, as_csv([{HER["name"]: "1", f"{HER['name']} ": "2"}])))
    assert (named.status, headless.error_code) == ("done", "duplicate_header")
    erase(her)
    days_pass(NAMED - timedelta(days=1))
    assert readable(SAID) == {HER["name"]}
    assert [queries.name_of(each) for each in Upload.objects.filter(id=named.id)] == [f"{HER['name']}.csv"]
    days_pass(NAMED + timedelta(days=1))
    assert readable(SAID) == set()
    assert [queries.name_of(each) for each in Upload.objects.filter(id=named.id)] == [""]


def test_memory_of_a_table_without_headers_keeps_no_row(machine: Machine, employer: Any) -> None:
    paper = {"passport": "E12345678"}
    ingest(employer, [ROW | paper])
    rows = [[HER["name"], paper["passport"], "2026-04", "9000.00"], ["王二", "E87654321", "2026-04", "1.00"]]
    content = "".join(",".join(row) + "\n" for row in rows).encode()
    fields = {0: "name", 1: "passport", 2: "month", 3: "gross"}
    run(confirm(choose(held(employer, content, type="wage"), fields=fields)))
    erase(Record.objects.get().resident_id)
    days_pass(NAMED + timedelta(days=1))
    assert readable({HER["name"], paper["passport"]}) == set()
    assert RememberedMapping.objects.count() == 1
    seen = preview_of(held(employer, content + b"\n", type="wage"))
    assert seen.mapping is not None
    assert (seen.memory is not None, seen.mapping.fields) == (True, tuple(fields.values()))
