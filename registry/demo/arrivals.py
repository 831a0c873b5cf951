"""The first half of the story: partners send their files, and people emerge from the rows."""

from collections import Counter
from collections.abc import Mapping
from typing import Any
from uuid import UUID, uuid4

from django.db.models import Count

from registry.demo.cast import FURNISHERS, Partner
from registry.demo.files import Delivery, PartnerFile
from registry.demo.partner_client import DONE, PartnerClient, Sent
from registry.demo.stage import Stage
from registry.demo.telling import Bar, StepFailed, Telling, require, require_that
from registry.models import Identity, Link, Record, Resident

MOST_REFUSED, FEW_ROWS = 0.05, 40
"""A larger share of refused rows, in files of some size, would not be clerks' slips but a fault of ours."""
_PARTNERS: Mapping[str, Partner] = {partner.key: partner for partner in FURNISHERS}
_OUTCOMES = {
    "accepted": "new",
    "unchanged": "unchanged",
    "corrected": "corrected",
    "held_for_review": "in, link to be reviewed",
    "refused": "refused",
}
_DECISIONS = {
    "new": "new person",
    "linked": "linked by evidence",
    "reference": "linked by consent reference",
    "review": "left for a person to decide",
}


def files_arrive(telling: Telling, base: str, stage: Stage, delivery: Delivery) -> None:
    """Send every file as its partner's system would, and tell what became of the rows."""
    made = "made just now" if delivery.fresh else f"made on {delivery.today}, sent once more"
    telling.fact(f"Invented files, {made}: {sum(file.rows for file in delivery.files):,} rows.")
    for file in delivery.files:
        partner = _PARTNERS[file.partner]
        telling.line()
        telling.fact(f"{partner.name} ({partner.name_en}): {file.path.name}, {file.rows:,} rows")
        with PartnerClient(base, stage.api_keys[file.partner]) as client:
            require_that("the partner's API key holds", client.key_holds())
            before = _records(stage, file)
            sent = _send(telling, client, file)
            _tell(telling, client, file, sent)
            _require_once(file, sent, _records(stage, file) - before)


def _records(stage: Stage, file: PartnerFile) -> int:
    ours = Record.objects.filter(organisation_id=stage.organisations[file.partner], type=file.record_type)
    return ours.filter(status__in=Record.SHOWN).count()


def _require_once(file: PartnerFile, sent: Sent, added: int) -> None:
    """As many records came as rows were new, whatever was there already."""
    if sent.known:
        require(f"records added by {file.path.name}, which the registry had", added, 0)
        return
    new, held = sent.counts.get("accepted", 0), sent.counts.get("held_for_review", 0)
    require_that(f"{file.path.name} adds a record for each new row: {added:,}", new <= added <= new + held)


def _send(telling: Telling, client: PartnerClient, file: PartnerFile) -> Sent:
    with telling.progress(file.path.name) as bar:
        return client.send(
            file.path,
            content_type=file.content_type,
            record_type=file.record_type,
            key=uuid4().hex,
            watch=lambda share, answer: _show(bar, share, answer),
        )


def _show(bar: Bar, share: float, answer: Mapping[str, Any]) -> None:
    left = answer.get("seconds_left")
    bar.show(share, f"about {left} s left" if left else "")


def _tell(telling: Telling, client: PartnerClient, file: PartnerFile, sent: Sent) -> None:
    state = sent.answer["state"]
    if state not in DONE:
        raise StepFailed(f"{file.path.name} ended as {state}: {sent.answer.get('error')}")
    require(f"rows of {file.path.name} with an outcome", sent.rows, file.rows)
    refused = sent.counts.get("refused", 0)
    most = max(FEW_ROWS, file.rows * MOST_REFUSED)
    require_that(f"at most {most:.0f} refused rows; there are {refused}", refused <= most)
    said = ", ".join(
        f"{sent.counts[name]:,} {word}" for name, word in _OUTCOMES.items() if name in sent.counts
    )
    if sent.known:
        telling.fact(f"  the registry has this very file, nothing is done anew ({said})")
        return
    telling.fact(f"  {said}  ({sent.seconds:.1f} s, {file.rows / sent.seconds:,.0f} rows/s)")
    reasons = _reasons(client, sent, refused)
    for reason, count in reasons.most_common():
        telling.fact(f"    {count:>4} refused: {reason}")


def _reasons(client: PartnerClient, sent: Sent, refused: int) -> Counter[str]:
    """Why rows were refused, in words, by the first fault of each."""
    rows = list(client.refused(sent.address))
    require("refused rows that the partner can list", len(rows), refused)
    return Counter(str(row["errors"][0]["detail"]) for row in rows)


def people_emerge(telling: Telling, stage: Stage, delivery: Delivery) -> None:
    """Tell how many people the rows turned out to be, and how they were told apart."""
    ours = [stage.organisations[partner.key] for partner in FURNISHERS]
    people, written = _people(ours)
    telling.fact(f"{written:,} ways in which clerks wrote somebody down are {people:,} people.")
    telling.fact(f"(The files were made of {delivery.people:,}; those without any consent are not kept.)")
    telling.table([(word, f"{count:,}") for word, count in _links(ours) if count])
    share = people / delivery.people
    require_that(
        f"about as many people as there are: {people:,} found, {delivery.people:,} real", 0.9 < share < 1.15
    )


def _people(organisations: list[UUID]) -> tuple[int, int]:
    identities = Identity.objects.filter(organisation_id__in=organisations)
    residents = identities.values("resident_id")
    roots = Resident.objects.filter(id__in=residents, merged_into=None).count()
    return roots, identities.count()


def _links(organisations: list[UUID]) -> list[tuple[str, int]]:
    links = Link.objects.filter(identity__organisation_id__in=organisations)
    counted = dict(links.values_list("decision").annotate(count=Count("id")).order_by())
    return [(word, counted.get(decision, 0)) for decision, word in _DECISIONS.items()]
