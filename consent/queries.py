"""Reading consents: what a resident sees of hers, what a lender may know of its requests."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import connection
from django.db.models import Prefetch, QuerySet

from consent.codes import code_digests
from consent.models import Consent, ConsentEvent
from consent.receipts import batches
from registry import residents
from registry.errors import NotFound
from registry.models import Inquiry

_ABOUT = """
SELECT entry FROM registry_ledgerentry
WHERE subject = ANY(%(residents)s) OR entry IN (
    SELECT b.ledger_entry FROM consent_consent c JOIN consent_consentbatch b ON b.id = c.batch_id
    WHERE c.resident_id = ANY(%(residents)s)
) ORDER BY id DESC
"""


@dataclass(frozen=True, slots=True)
class Standing:
    """How a lender's request stands. `consent_id` is what reports are read by, once granted."""

    id: UUID
    state: str
    consent_id: UUID | None
    expires_at: datetime


def request_by_code(*, code: str) -> Consent:
    """The request behind a code, with its organisation; raises NotFound for a code never given out.

    Whether it can still be answered, and by whom, `consent.services` says.
    """
    found = Consent.objects.select_related("organisation").filter(code_digest__in=code_digests(code)).first()
    if found is None:
        raise NotFound
    return found


def asked(*, request_id: UUID, organisation: UUID, at: datetime) -> Standing:
    """How a lender's own request stands at a moment; raises NotFound for any other.

    A consent that was narrowed is followed to the one in its place.
    """
    requests = Consent.objects.filter(organisation=organisation, kind=Consent.Kind.ACCESS)
    request = requests.filter(id=request_id, code_digest__isnull=False).first()
    if request is None or request.expires_at is None:
        raise NotFound
    newest = request
    while newest.status == Consent.Status.SUPERSEDED:
        newest = requests.get(supersedes=newest)
    state = state_at(newest, at=at)
    granted = newest.id if newest.valid_from else None
    return Standing(request.id, state, granted, request.expires_at)


def state_at(consent: Consent, *, at: datetime) -> str:
    """A consent's state by the clock: expired from the very moment, whether or not the sweep has passed."""
    ends = {Consent.Status.REQUESTED: consent.expires_at, Consent.Status.GRANTED: consent.valid_until}
    end = ends.get(Consent.Status(consent.status))
    return str(Consent.Status.EXPIRED if end is not None and at >= end else consent.status)


def consents_of(*, resident: UUID) -> QuerySet[Consent]:
    """Every consent of a person, the newest first, with its organisation, text and what `history` needs."""
    events = Prefetch("events", ConsentEvent.objects.select_related("text"))
    mine = Consent.objects.filter(resident__in=residents.cluster(resident))
    hers = mine.select_related("organisation", "text", "batch").prefetch_related(events)
    return hers.defer("batch__leaves", "batch__shared", "batch__signed_root")


def history(consent: Consent) -> list[ConsentEvent]:
    """What happened to a consent, in order. A grant that was attested in a batch is made out of the batch."""
    events = list(consent.events.all())
    batch = consent.batch
    if batch is None or consent.leaf is None:
        return events
    grant = ConsentEvent(
        consent=consent,
        state=Consent.Status.GRANTED,
        at=batch.at,
        by=batch.by,
        how=consent.how,
        place=consent.place,
        text=consent.text,
        language=consent.language,
        receipt_id=batches.receipt_id(batch.id, consent.leaf),
        ledger_entry=batch.ledger_entry,
    )
    return [grant, *events]


def entries_about(*, resident: UUID) -> list[UUID]:
    """The ledger's entries about a person, the newest first: those that name her, her consents' batches."""
    cluster = residents.cluster(resident)
    with connection.cursor() as cursor:
        cursor.execute(_ABOUT, {"residents": cluster})
        return [row[0] for row in cursor.fetchall()]


def consent_of(*, resident: UUID, consent_id: UUID) -> Consent:
    """One consent of a person; raises NotFound for any other."""
    found = consents_of(resident=resident).filter(id=consent_id).first()
    if found is None:
        raise NotFound
    return found


def waiting_for(*, resident: UUID, at: datetime) -> list[Consent]:
    """Requests made out to a person that wait for her decision, the oldest first.

    They are found by the digest of the description, so one that writes her otherwise than anybody on file is
    missing here; its code or link opens it all the same.
    """
    open_requests = Consent.objects.filter(
        status=Consent.Status.REQUESTED,
        suppressed=False,
        expires_at__gt=at,
        asked_digest__in=residents.asked_digests(resident=resident),
    )
    return list(open_requests.select_related("organisation", "licence").order_by("requested_at", "id"))


def inquiries_of(*, resident: UUID) -> QuerySet[Inquiry]:
    """Every look at a person's profile, the newest first, with who looked."""
    looks = Inquiry.objects.filter(resident__in=residents.cluster(resident))
    return looks.select_related("organisation").order_by("-at", "id")


def receipt_of(*, resident: UUID, consent_id: UUID, state: str | None = None) -> str:
    """The receipt of a consent's newest change, or of the one to `state`; raises NotFound."""
    hers = Consent.objects.filter(id=consent_id, resident__in=residents.cluster(resident))
    events = ConsentEvent.objects.filter(consent__in=hers, **({"state": state} if state else {}))
    receipt = events.order_by("-id").values_list("receipt", flat=True).first()
    if receipt is None and state in (None, Consent.Status.GRANTED):
        attested = hers.select_related("batch", "organisation", "text").filter(batch__isnull=False).first()
        receipt = _batch_receipt(attested) if attested else None
    if receipt is None:
        raise NotFound
    return receipt


def _batch_receipt(consent: Consent) -> str:
    batch, leaf = consent.batch, consent.leaf
    assert batch is not None
    assert leaf is not None
    return batches.document(
        content=batches.content_of(consent, batch, leaf),
        leaf=leaf,
        leaves=bytes(batch.leaves),
        signed_root=batch.signed_root,
        entry=batch.ledger_entry,
    )
