"""Doubtful links: to look at. Fields, levels and weights; not a value of a person among them."""

from typing import Any

from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from registry.accounts.pages import MemberRequest, member_page
from registry.accounts.roles import Permission
from registry.console import queries
from registry.console.words import FIELDS, LEVELS
from registry.models import Link

A_PAGE = 25


@require_GET
@member_page(Permission.LINKS_VIEW)
def doubtful(request: MemberRequest) -> HttpResponse:
    """Identities that may belong to two residents, twenty-five to a page."""
    page = Paginator(queries.doubtful_links(), A_PAGE).get_page(request.GET.get("page"))
    return render(request, "console/links.html", {"page": page, "items": [_card(link) for link in page]})


def _card(link: Link) -> dict[str, Any]:
    organisation = link.identity.organisation
    weight = _("%(bits)s bits in all") % {"bits": f"{link.weight:+.1f}"}
    return {
        "title": _("Link %(number)d") % {"number": link.pk},
        "when": link.decided_at,
        "organisation": organisation,
        "weight": weight,
        "resident": link.resident_id,
        "candidate": link.candidate_id,
        "rows": [_evidence(part) for part in link.evidence],
    }


def _evidence(part: dict[str, Any]) -> dict[str, Any]:
    field, level = part.get("field", ""), part.get("level", "")
    bits = _("%(bits)s bits") % {"bits": f"{part.get('weight', 0):+.1f}"}
    return {"label": FIELDS.get(field, field), "value": LEVELS.get(level, level), "note": bits}
