"""Who may do what: the whole permission table on one page.

A role is held by a membership: in an organisation, or on the operator's staff (a membership without
organisation). A permission that is not listed here does not exist, and a role not listed beside it does not
have it. `require_member` is the door of every page for members and staff.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from uuid import UUID

from django.db.models import Q
from django.http import HttpRequest

from registry.accounts.errors import SignInRequired
from registry.errors import Forbidden
from registry.models import Membership

CHOSEN = "organisation"  # session key: which of their organisations a person with several acts for

OWNER, CLERK, DEVELOPER, VIEWER = (
    Membership.Role.OWNER,
    Membership.Role.CLERK,
    Membership.Role.DEVELOPER,
    Membership.Role.VIEWER,
)
OPERATOR, REVIEWER, COMPLIANCE = (
    Membership.Role.OPERATOR,
    Membership.Role.REVIEWER,
    Membership.Role.COMPLIANCE,
)


class Permission(StrEnum):
    """Everything a person may be allowed to do at a page."""

    # In one's own organisation.
    UPLOADS_VIEW = "uploads.view"  # states, counts, reasons: no personal data
    UPLOADS_SEND = "uploads.send"  # send a file, cancel it
    UPLOADS_RESULT = "uploads.result"  # the organisation's own file back, with the people in it
    KEYS_VIEW = "keys.view"
    KEYS_MANAGE = "keys.manage"
    WEBHOOKS_VIEW = "webhooks.view"
    WEBHOOKS_MANAGE = "webhooks.manage"
    MEMBERS_VIEW = "members.view"
    MEMBERS_MANAGE = "members.manage"
    # On the operator's staff.
    ORGANISATIONS_VIEW = "organisations.view"
    ORGANISATIONS_MANAGE = "organisations.manage"
    LICENCES_MANAGE = "licences.manage"
    LINKS_VIEW = "links.view"
    LEDGER_VIEW = "ledger.view"
    HEALTH_VIEW = "health.view"
    TABLES_VIEW = "tables.view"  # the admin: read-only, tables that hold no secrets


PERMISSIONS: Mapping[str, frozenset[Membership.Role]] = {
    #                                          owner  clerk  developer  viewer
    Permission.UPLOADS_VIEW: frozenset({OWNER, CLERK, DEVELOPER, VIEWER}),
    Permission.UPLOADS_SEND: frozenset({OWNER, CLERK}),
    Permission.UPLOADS_RESULT: frozenset({OWNER, CLERK}),
    Permission.KEYS_VIEW: frozenset({OWNER, DEVELOPER}),
    Permission.KEYS_MANAGE: frozenset({OWNER, DEVELOPER}),
    Permission.WEBHOOKS_VIEW: frozenset({OWNER, DEVELOPER}),
    Permission.WEBHOOKS_MANAGE: frozenset({OWNER, DEVELOPER}),
    Permission.MEMBERS_VIEW: frozenset({OWNER, CLERK, DEVELOPER, VIEWER}),
    Permission.MEMBERS_MANAGE: frozenset({OWNER}),
    #                                          operator  reviewer  compliance
    Permission.ORGANISATIONS_VIEW: frozenset({OPERATOR, REVIEWER, COMPLIANCE}),
    Permission.ORGANISATIONS_MANAGE: frozenset({OPERATOR}),
    Permission.LICENCES_MANAGE: frozenset({OPERATOR}),
    Permission.LINKS_VIEW: frozenset({REVIEWER, COMPLIANCE}),
    Permission.LEDGER_VIEW: frozenset({OPERATOR, REVIEWER, COMPLIANCE}),
    Permission.HEALTH_VIEW: frozenset({OPERATOR, REVIEWER, COMPLIANCE}),
    Permission.TABLES_VIEW: frozenset({OPERATOR, COMPLIANCE}),
}


@dataclass(frozen=True, slots=True)
class Member:
    """Who acts at a page: a user in one role, for one organisation or (None) on the operator's staff."""

    user_id: UUID
    organisation: UUID | None
    role: Membership.Role
    organisation_name: str = ""

    @property
    def by(self) -> str:
        """The actor as the ledger writes it."""
        return f"member:{self.user_id}"


def require_member(request: HttpRequest, permission: str) -> Member:
    """Who acts, if their role has this permission.

    Raises SignInRequired for a stranger and Forbidden for everybody whose role does not have it. KeyError
    for a permission that is not in the table.
    """
    held = PERMISSIONS[permission]
    user = request.user
    if not user.is_authenticated:
        raise SignInRequired
    found = _acting(request, staff=held <= set(Membership.STAFF_ROLES))
    if found is None or not allowed(found, permission):
        raise Forbidden(f"needs {permission}")
    return found


def allowed(member: Member, permission: str) -> bool:
    """Whether this member's role has this permission; for deciding what a page shows."""
    return member.role in PERMISSIONS[permission]


def acting_member(request: HttpRequest) -> Member | None:
    """Who acts on the staff, else for an organisation, else nobody; for menus and the landing."""
    if not request.user.is_authenticated:
        return None
    return _acting(request, staff=True) or _acting(request, staff=False)


def _acting(request: HttpRequest, *, staff: bool) -> Member | None:
    """The membership in question: the staff's, or that of the organisation chosen (else of the first)."""
    known = [member for member in _members(request) if (member.organisation is None) == staff]
    chosen = request.session.get(CHOSEN) if hasattr(request, "session") else None
    return next(
        (member for member in known if str(member.organisation) == chosen), known[0] if known else None
    )


def _members(request: HttpRequest) -> list[Member]:
    """Every membership of the user, read once per request."""
    known: list[Member] | None = getattr(request, "_members", None)
    if known is None:
        rows = (
            Membership.objects.filter(Q(user=request.user.pk)).select_related("organisation").order_by("id")
        )
        known = [
            Member(row.user_id, row.organisation_id, Membership.Role(row.role), str(row.organisation or ""))
            for row in rows
        ]
        request._members = known  # type: ignore[attr-defined]  # kept for the length of this request
    return known
