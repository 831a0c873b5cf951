"""The console's first page: is everything well, and what waits?"""

from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from registry import health
from registry.accounts.pages import MemberRequest, member_page
from registry.accounts.roles import Permission, allowed
from registry.console import queries
from registry.console.verification import last_verified
from registry.ledger import newest_checkpoint
from registry.look import writing


@require_GET
@member_page(Permission.HEALTH_VIEW)
def home(request: MemberRequest) -> HttpResponse:
    """Health, what waits for a decision, and the ledger's head."""
    found = health.checks()
    page = {
        "well": all(found.values()),
        "parts": [_part(name, well) for name, well in found.items()],
        "waiting": _waiting(request),
        "ledger": _ledger(),
    }
    return render(request, "console/home.html", page)


def _part(name: str, well: bool) -> dict[str, Any]:
    labels = {"database": _("Database"), "broker": _("Broker"), "keys": _("Keys")}
    value = _("Answers") if well else _("Does not answer")
    return {"label": labels[name], "value": value, "tone": "success" if well else "danger"}


def _waiting(request: MemberRequest) -> list[dict[str, Any]]:
    counted = queries.waiting()
    tiles = [_tile(_("Licences applied for"), counted.licences, reverse("console:organisations"))]
    if allowed(request.member, Permission.LINKS_VIEW):
        tiles.append(_tile(_("Doubtful links"), counted.links, reverse("console:links")))
    return tiles


def _tile(label: str, number: int, url: str) -> dict[str, Any]:
    return {
        "label": label,
        "value": writing.count(number),
        "url": url,
        "tone": "attention" if number else "quiet",
        "note": _("Waiting for a decision") if number else _("Nothing to do"),
    }


def _ledger() -> list[dict[str, Any]]:
    head, verified = newest_checkpoint(), last_verified()
    rows = [{"label": _("Entries in the tree"), "value": writing.count(head.size) if head else "0"}]
    if head:
        rows.append({"label": _("Head signed"), "value": writing.moment(head.at)})
    rows.append({"label": _("Verified"), "value": writing.moment(verified.at) if verified else _("Not yet")})
    return rows
