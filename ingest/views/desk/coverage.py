"""Consent coverage: how many rows lack a consent, and an invitation to the people they are about."""

from typing import Any
from uuid import UUID

import segno
from django.conf import settings
from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from consent import services as consents
from ingest import queries
from ingest.models import Upload
from ingest.results.lacking import NO_CONSENT, people_lacking
from ingest.views.desk import words
from registry.accounts.licences import furnisher_licence
from registry.accounts.pages import MemberRequest, member_page
from registry.accounts.roles import Permission, allowed
from registry.catalogue import RECORD_TYPES, jurisdiction
from registry.errors import NotFound
from registry.look import writing
from registry.models import Organisation

A_SHEET, MOST = 60, 6_000


@require_GET
@member_page(Permission.UPLOADS_VIEW)
def coverage(request: MemberRequest, upload: UUID) -> HttpResponse:
    """How many rows of a file lack a consent, by reason, and what can be done about it."""
    found = _finished(request, upload)
    lacking = [reason for reason in queries.summary(found.pk).reasons if reason.code in NO_CONSENT]
    without = sum(reason.count for reason in lacking)
    page = {
        "found": found,
        "name": words.name_of(found),
        "organisation": request.member.organisation_name,
        "tiles": _tiles(found.rows, without),
        "reasons": words.reasons(found, lacking),
        "bars": words.bars(lacking),
        "without": without,
        "may_invite": allowed(request.member, Permission.UPLOADS_SEND),
        "staged": found.file_key is not None,
    }
    return render(request, "ingest/coverage.html", page)


@require_POST
@member_page(Permission.UPLOADS_SEND)
def invite(request: MemberRequest, upload: UUID) -> HttpResponseBase:
    """Make the invitation for a file's category, or take the one there is; on to the sheet."""
    found, now = _finished(request, upload), timezone.now()
    licence = furnisher_licence(organisation=_own(request), at=now)
    consents.invite(
        organisation=_own(request),
        licence=licence.id,
        categories=[RECORD_TYPES[found.type].category],
        by=request.member.by,
        at=now,
    )
    return redirect("ingest:invitation_sheet", found.pk)


@require_GET
@never_cache
@member_page(Permission.UPLOADS_RESULT)
def sheet(request: MemberRequest, upload: UUID) -> HttpResponseBase:
    """Slips to print and to hand out: one for each person whose rows lack a consent, with a code to scan."""
    found = _finished(request, upload)
    category = RECORD_TYPES[found.type].category
    invitation = next((each for each in _open(request) if category in each.categories), None)
    if invitation is None:
        return redirect("ingest:coverage", found.pk)
    people = people_lacking(found, most=MOST)
    context = _poster(request, invitation) | {
        "found": found,
        "page": Paginator(people, A_SHEET).get_page(request.GET.get("page")),
    }
    return render(request, "ingest/invitation_sheet.html", context)


@require_GET
@member_page(Permission.UPLOADS_VIEW)
def invitations(request: MemberRequest) -> HttpResponse:
    """The organisation's open invitations."""
    context = {
        "organisation": request.member.organisation_name,
        "invitations": [_told(each) for each in _open(request)],
        "may_invite": allowed(request.member, Permission.UPLOADS_SEND),
    }
    return render(request, "ingest/invitations.html", context)


@require_GET
@member_page(Permission.UPLOADS_VIEW)
def poster(request: MemberRequest, invitation: UUID) -> HttpResponse:
    """One invitation on a page of its own, for a wall or a letter. Raises NotFound."""
    found = next((each for each in _open(request) if each.id == invitation), None)
    if found is None:
        raise NotFound("invitation")
    return render(request, "ingest/invitation_poster.html", _poster(request, found))


@require_http_methods(["GET", "HEAD", "POST"])
@member_page(Permission.UPLOADS_SEND)
def revoke(request: MemberRequest, invitation: UUID) -> HttpResponseBase:
    """Asks once, then ends an invitation. Raises NotFound."""
    found = next((each for each in _open(request) if each.id == invitation), None)
    if found is None:
        raise NotFound("invitation")
    if request.method == "POST":
        consents.revoke_invitation(
            organisation=_own(request), invitation=invitation, by=request.member.by, at=timezone.now()
        )
        messages.success(request, _("Taken back. Its link leads nowhere any more; consents given stay."))
        return redirect("ingest:invitations")
    context = {"organisation": request.member.organisation_name, "invitation": _told(found)}
    return render(request, "ingest/invitation_revoke.html", context)


def _own(request: MemberRequest) -> UUID:
    assert request.member.organisation is not None
    return request.member.organisation


def _finished(request: MemberRequest, upload: UUID) -> Upload:
    """One of the organisation's files that were taken in. Raises NotFound."""
    found = queries.upload_of(organisation=_own(request), upload=upload)
    if found.status not in Upload.FINISHED:
        raise NotFound("upload")
    return found


def _open(request: MemberRequest) -> list[Any]:
    return consents.open_invitations(organisation=_own(request), at=timezone.now())


def _tiles(rows: int, without: int) -> list[dict[str, Any]]:
    covered = rows - without
    share = f"{100 * covered / rows:.1f}%" if rows else "–"
    return [
        {"label": _("Rows"), "value": writing.count(rows)},
        {
            "label": _("Without a consent"),
            "value": writing.count(without),
            "tone": "danger" if without else "quiet",
        },
        {"label": _("Covered by a consent"), "value": share},
    ]


def _told(invitation: Any) -> dict[str, Any]:
    pack = jurisdiction(settings.JURISDICTION)
    labels = [pack.categories[code].label.in_language(words.language()) for code in invitation.categories]
    return {
        "id": invitation.id,
        "categories": labels,
        "link": f"{settings.BASE_URL}{reverse('consent:join', args=[invitation.code])}",
        "made_at": invitation.made_at,
        "ends_at": invitation.ends_at,
    }


def _poster(request: MemberRequest, invitation: Any) -> dict[str, Any]:
    told = _told(invitation)
    drawn = segno.make(told["link"], error="m", micro=False)
    size = drawn.symbol_size(border=2)[0]
    code = drawn.svg_inline(border=2, omitsize=True, dark="#000", svgid="qr")
    return {
        "organisation": Organisation.objects.get(pk=_own(request)).name,
        "invitation": told,
        "code": SafeString(code),
        "box": f"0 0 {size} {size}",
    }
