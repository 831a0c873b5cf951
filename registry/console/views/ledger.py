"""The ledger: its head, its size, and when it was last verified."""

from typing import Any

from django.contrib import messages
from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from registry.accounts.pages import MemberRequest, member_page
from registry.accounts.roles import Permission
from registry.console import tasks
from registry.console.verification import LastVerified, last_verified
from registry.ledger import newest_checkpoint
from registry.ledger.heads import verifier_keys
from registry.ledger.reading import totals
from registry.look import writing


@require_GET
@member_page(Permission.LEDGER_VIEW)
def head(request: MemberRequest) -> HttpResponse:
    """The signed head, what waits for it, and the newest verification."""
    newest, verified = newest_checkpoint(), last_verified()
    leaves, waiting = totals()
    context = {
        "newest": newest,
        "keys": "\n".join(verifier_keys()),
        "tiles": _tiles(leaves, waiting, newest.at if newest else None),
        "verified": verified,
        "found": _found(verified) if verified else [],
    }
    return render(request, "console/ledger.html", context)


@require_POST
@member_page(Permission.LEDGER_VIEW)
def verify(request: MemberRequest) -> HttpResponseBase:
    """Have the whole ledger recomputed by a worker; its page tells once that is done."""
    if tasks.start_verification():
        messages.info(request, _("A worker recomputes the ledger now. Load this page again in a while."))
    else:
        messages.error(request, _("The broker does not answer, so no worker can be told. Try again later."))
    return redirect("console:ledger")


def _tiles(leaves: int, waiting: int, at: Any) -> list[dict[str, Any]]:
    return [
        {"label": _("Entries in the tree"), "value": writing.count(leaves), "tone": "info"},
        {"label": _("Waiting for the next head"), "value": writing.count(waiting)},
        {"label": _("Head signed"), "value": writing.moment(at) if at else _("Not yet")},
    ]


def _found(verified: LastVerified) -> list[dict[str, Any]]:
    if verified.fault:
        return [{"label": _("Fault"), "value": verified.fault}]
    return [
        {"label": _("Entries"), "value": writing.count(verified.leaves)},
        {"label": _("Signed heads"), "value": writing.count(verified.checkpoints)},
        {"label": _("Root"), "value": verified.root},
    ]
