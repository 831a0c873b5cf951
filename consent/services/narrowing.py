"""Narrowing: a consent is never edited, so less of it is a new consent that supersedes the old one."""

from collections.abc import Iterable
from datetime import date, datetime
from uuid import UUID, uuid4

from django.db import transaction
from django.utils.translation import gettext as _

from consent.errors import AlreadyDecided
from consent.models import Consent
from consent.receipts import Change, Receipt
from consent.services.acts import PLACES, keep_texts, record
from consent.services.people import close_gate, require_present, same_person
from consent.services.periods import end_of
from consent.texts import shown_text
from registry.errors import InvalidRequest, NotFound


def narrow(
    *,
    consent_id: UUID,
    resident: UUID,
    language: str,
    by: str,
    at: datetime,
    categories: Iterable[str] | None = None,
    until: date | None = None,
    how: str = "self_service",
) -> Receipt:
    """Replace a granted consent to read by one for fewer categories or a shorter time; returns its receipt.

    Raises NotFound, AlreadyDecided, ProfileFrozen, and InvalidRequest for more than was granted.
    """
    with transaction.atomic():
        old = _held(consent_id, resident)
        new = _narrower(old, categories, until, at)
        old.status, old.ended_at = Consent.Status.SUPERSEDED, at
        old.save(force_update=True, update_fields=("status", "ended_at"))
        shown = shown_text(new, language=language)
        new.text, new.language = keep_texts([shown])[shown.digest], shown.language
        new.how, new.place = how, PLACES[Consent.How(how)]
        new.save(force_insert=True)
        before = Change(old, "superseded", at, by, how, new.place, successor=new.id)
        return record([before, Change(new, "granted", at, by, how, new.place)])[1]


def _held(consent_id: UUID, resident: UUID) -> Consent:
    found = Consent.objects.filter(id=consent_id, kind=Consent.Kind.ACCESS, resident__isnull=False)
    holder = found.values_list("resident", flat=True).first()
    if holder is None or not same_person(holder, resident):
        raise NotFound
    close_gate(holder)
    require_present(resident)
    consent = found.select_related("organisation", "text").select_for_update(of=("self",)).get()
    if consent.status != Consent.Status.GRANTED:
        raise AlreadyDecided(state=consent.status)
    return consent


def _narrower(old: Consent, categories: Iterable[str] | None, until: date | None, at: datetime) -> Consent:
    chosen = set(old.categories) if categories is None else set(categories)
    if old.valid_until is None or not chosen or not chosen <= set(old.categories):
        raise InvalidRequest(
            "not less than before", fields={"categories": [_("Choose from what you agreed to.")]}
        )
    last = old.valid_until if until is None else min(old.valid_until, end_of(until))
    if last <= at:
        raise InvalidRequest(
            "a period that is over", fields={"until": [_("Choose a day that is not over yet.")]}
        )
    kept = {field.attname: getattr(old, field.attname) for field in Consent._meta.concrete_fields}
    changes = {
        "id": uuid4(),
        "version": old.version + 1,
        "supersedes_id": old.id,
        "categories": [each for each in old.categories if each in chosen],
        "separate_categories": [each for each in old.separate_categories if each in chosen],
        "valid_from": at,
        "valid_until": last,
        "status": Consent.Status.GRANTED,
        "code_digest": None,
        "decided_at": at,
        "ended_at": None,
    }
    new = Consent(**kept | changes)
    new.organisation = old.organisation
    return new
