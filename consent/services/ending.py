"""How consents end: withdrawn by the resident, with her erasure, or by the clock."""

from collections.abc import Collection, Sequence
from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.db.models import Q

from consent.errors import AlreadyDecided
from consent.models import Consent
from consent.receipts import Change, Receipt
from consent.services.acts import PLACES, record
from consent.services.people import close_gate, same_person
from registry import profiles
from registry.errors import NotFound
from registry.residents.locks import hold_cluster

SWEPT_AT_ONCE = 500


def withdraw(
    *, consent_id: UUID, resident: UUID, by: str, at: datetime, how: str = "self_service"
) -> Receipt:
    """Withdraw a consent: it binds every read that begins after the commit; returns the signed receipt.

    Records under a contribution consent are withdrawn with it. Raises NotFound for one that is not the
    resident's, AlreadyDecided for one that is not granted.
    """
    with transaction.atomic():
        holder = Consent.objects.filter(id=consent_id).values_list("resident", flat=True).first()
        if holder is None or not same_person(holder, resident):
            raise NotFound
        close_gate(holder)
        consent = _granted(Q(id=consent_id))
        if not consent:
            raise AlreadyDecided
        return _withdraw(consent, by=by, at=at, how=how)[0]


def withdraw_all(
    *, resident: UUID, by: str, at: datetime, how: str = "self_service", reason: str = ""
) -> list[Receipt]:
    """Withdraw everything a person has granted, as erasure asks; returns the receipts. Open requests stay.

    An empty `how` says that it was not she who withdrew; `reason` is a code for ledger and receipt. The
    person is held alone until commit: an erasure in the same transaction takes no lock out of turn.
    """
    with transaction.atomic():
        members = hold_cluster(resident).members
        consents = _granted(Q(resident__in=members))
        return _withdraw(consents, by=by, at=at, how=how, reason=reason) if consents else []


def expire_asked(*, digests: Collection[bytes], by: str, at: datetime) -> int:
    """End every open request for somebody of these `asked_digests`, as erasure asks; returns how many.

    Their descriptions of the person are emptied with them.
    """
    with transaction.atomic():
        open_requests = Consent.objects.filter(status=Consent.Status.REQUESTED, asked_digest__in=digests)
        found = open_requests.select_related("organisation", "text").select_for_update(of=("self",))
        return _run_out(list(found.order_by("id")), by=by, at=at)


def expire_due(*, at: datetime) -> int:
    """End by the clock what is over: unanswered requests, consents past their last day. Returns how many.

    Goes in small transactions of its own and waits for nobody: what a reader holds is left to the next call.
    The gate does not depend on it, since it reads the clock of the question.
    """
    ended = 0
    while count := _expire(at):
        ended += count
    return ended


def _granted(which: Q) -> list[Consent]:
    granted = Consent.objects.filter(which, status=Consent.Status.GRANTED).order_by("id")
    return list(granted.select_related("organisation", "text").select_for_update(of=("self",)))


def _withdraw(
    consents: Sequence[Consent], *, by: str, at: datetime, how: str, reason: str = ""
) -> list[Receipt]:
    _end(consents, Consent.Status.WITHDRAWN, at)
    made = []
    for consent in consents:
        records = None
        if consent.kind == Consent.Kind.CONTRIBUTION:
            records = profiles.withdraw(consent_ids=[consent.id], by=by, at=at)
        place = PLACES[Consent.How(how)] if how else ""
        change = Change(consent, consent.status, at, by, how, place, reason)
        made += record([change], records=records)
    return made


def _end(consents: Sequence[Consent], status: str, at: datetime) -> None:
    for consent in consents:
        consent.status, consent.ended_at, consent.asked = status, at, None
    ids = [consent.id for consent in consents]
    Consent.objects.filter(id__in=ids).update(status=status, ended_at=at, asked=None)


def _expire(at: datetime) -> int:
    over = Q(status=Consent.Status.REQUESTED, expires_at__lte=at)
    over |= Q(status=Consent.Status.GRANTED, valid_until__lte=at)
    with transaction.atomic():
        due = Consent.objects.filter(over).select_related("organisation", "text")
        consents = list(due.select_for_update(of=("self",), skip_locked=True).order_by()[:SWEPT_AT_ONCE])
        return _run_out(consents, by="system:expiry", at=at)


def _run_out(consents: Sequence[Consent], *, by: str, at: datetime) -> int:
    _end(consents, Consent.Status.EXPIRED, at)
    record([Change(consent, "expired", at, by) for consent in consents])
    return len(consents)
