"""Rows of the lists: what a table, a timeline or a card shows of each consent, look and record."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from consent import queries
from consent.models import Consent, ConsentEvent
from consent.views import words
from registry.look.writing import day, day_text, month_text
from registry.models import Inquiry
from registry.profiles import Held

_ACTS = {
    "requested": _("The organisation asked"),
    "granted": _("You agreed"),
    "declined": _("You declined"),
    "withdrawn": _("You withdrew it"),
    "expired": _("Its time was over"),
    "superseded": _("A narrower one took its place"),
}
_TONES = {"requested": "info", "granted": "success", "withdrawn": "attention"}


def consent_columns() -> list[dict[str, Any]]:
    """Headings of the table of consents, in the reader's language."""
    labels = (_("Organisation"), _("What for"), _("What"), _("Until"), _("State"))
    return [*({"label": label} for label in labels), {"label": _("Act"), "hidden": True}]


def consents(found: Iterable[Consent], *, at: datetime) -> list[list[Any]]:
    """A row of the table for each consent; those in force can be withdrawn from here."""
    return [_consent(consent, queries.state_at(consent, at=at)) for consent in found]


def _consent(consent: Consent, state: str) -> list[Any]:
    name, last = words.name_of(consent.organisation), words.last_day(consent)
    address = reverse("consent:consent", args=[consent.id])
    act: dict[str, Any] = {"text": _("See"), "url": address}
    if state == Consent.Status.GRANTED:
        act = {"text": _("Withdraw"), "url": reverse("consent:withdraw", args=[consent.id]), "danger": True}
        act["about"] = name
    return [
        {"text": name, "url": address},
        words.purpose(consent.purpose),
        words.categories(consent.categories),
        day(last) if last else "–",
        {"badge": {"kind": "consent", "code": state}},
        act,
    ]


def in_force(found: Iterable[Consent]) -> list[dict[str, Any]]:
    """A line for each consent in force, with the way out beside it."""
    return [
        {
            "name": words.name_of(consent.organisation),
            "what": words.categories(consent.categories),
            "purpose": words.purpose(consent.purpose),
            "until": words.last_day(consent),
            "url": reverse("consent:consent", args=[consent.id]),
            "withdraw_url": reverse("consent:withdraw", args=[consent.id]),
        }
        for consent in found
    ]


def waiting(requests: Iterable[Consent]) -> list[dict[str, Any]]:
    """What needs the resident: an alert for each request."""
    return [
        {
            "title": _("%(name)s asks for your consent") % {"name": words.name_of(request.organisation)},
            "text": _("%(purpose)s: %(categories)s. Answer by %(day)s, or let it lapse.")
            % {
                "purpose": words.purpose(request.purpose),
                "categories": words.categories(request.categories),
                "day": day_text(request.expires_at) if request.expires_at else "",
            },
            "url": reverse("consent:request", args=[request.id]),
        }
        for request in requests
    ]


def looks(inquiries: Iterable[Inquiry]) -> list[dict[str, Any]]:
    """A point of the timeline for each look."""
    return [
        {
            "at": inquiry.at,
            "title": _("%(who)s: %(purpose)s")
            % {"who": words.looker(inquiry), "purpose": words.purpose(inquiry.purpose)},
            "text": words.categories(inquiry.categories),
            "tone": "attention" if inquiry.kind == Inquiry.Kind.STAFF else "info",
        }
        | _under(inquiry)
        for inquiry in inquiries
    ]


def _under(inquiry: Inquiry) -> dict[str, Any]:
    if inquiry.consent_id is None:
        return {}
    address = reverse("consent:consent", args=[inquiry.consent_id])
    return {"url": address, "url_label": _("The consent it rests on")}


def holders(found: Sequence[Held]) -> list[dict[str, Any]]:
    """An item for each organisation that holds something: what, how much, how fresh."""
    grouped: dict[Any, list[Held]] = defaultdict(list)
    for one in found:
        grouped[one.organisation_id].append(one)
    return [
        {
            "name": words.name_in_language(parts[0].organisation_name, parts[0].organisation_name_en),
            "what": words.categories({part.category for part in parts}),
            "count": sum(part.count for part in parts),
            "fresh": max(part.last_received for part in parts),
        }
        for parts in grouped.values()
    ]


def span(first: str, last: str) -> str:
    """The months that records are about."""
    if first == last:
        return month_text(first)
    return _("%(first)s to %(last)s") % {"first": month_text(first), "last": month_text(last)}


def counted(count: int) -> str:
    """So many records."""
    return ngettext("%(n)s record", "%(n)s records", count) % {"n": count}


def events(consent: Consent) -> list[dict[str, Any]]:
    """The timeline of a consent, each step with its receipt."""
    return [_event(consent, event) for event in queries.history(consent)]


def _event(consent: Consent, event: ConsentEvent) -> dict[str, Any]:
    title: Promise | str = _ACTS[event.state]
    if event.state == "granted" and event.how == Consent.How.FURNISHER_ATTESTED:
        title = _("The organisation handed in a consent that you signed there")
    return {
        "at": event.at,
        "title": title,
        "tone": _TONES.get(event.state, "quiet"),
        "url": reverse("consent:receipt", args=[consent.id, event.state]),
        "url_label": _("Receipt"),
    }


def terms(consent: Consent) -> list[dict[str, Any]]:
    """What a consent says, line by line."""
    first, last = consent.valid_from, words.last_day(consent)
    rows = [
        (_("Organisation"), words.name_of(consent.organisation)),
        (_("Licence"), consent.licence.number),
        (_("What for"), words.purpose(consent.purpose)),
        (_("What"), words.categories(consent.categories)),
        (_("Agreed to separately"), words.categories(consent.separate_categories)),
        (_("In force from"), day_text(first) if first else ""),
        (_("In force until"), day_text(last) if last else ""),
        (_("How you agreed"), _HOW.get(consent.how, "")),
        (_("You signed on"), day_text(consent.evidence_signed_on) if consent.evidence_signed_on else ""),
    ]
    return [{"label": label, "value": value} for label, value in rows if value]


_HOW: dict[str, Promise] = {
    Consent.How.SELF_SERVICE: _("Here, yourself"),
    Consent.How.ASSISTED: _("With a worker's help"),
    Consent.How.FURNISHER_ATTESTED: _("On paper or in their app; they sent us proof of it"),
}


def after_withdrawal(consent: Consent) -> dict[str, list[Any]]:
    """What ends with a withdrawal and what stays, in plain sentences."""
    name = words.name_of(consent.organisation)
    if consent.kind == Consent.Kind.CONTRIBUTION:
        stops = [
            _("%(name)s can add nothing more to your file.") % {"name": name},
            _("What they added under this consent is shown to nobody any more, at once."),
        ]
        stays = [
            _("That it was here and when it was withdrawn, so that you can prove it."),
            _("Facts that other organisations added with your consent."),
        ]
        return {"stops": stops, "stays": stays}
    stops = [_("%(name)s can read nothing more about you, at once.") % {"name": name}]
    if consent.data_life_days:
        stops.append(
            _("What they keep must be deleted %(days)s days after they saw it, at the latest.")
            % {"days": consent.data_life_days}
        )
    stays = [
        _("What they saw before. A decision they made with it is not undone."),
        _("The list of their looks, so that you can see it."),
        _("Your other consents and everything in your file."),
    ]
    return {"stops": stops, "stays": stays}
