"""Where people arrive after signing in: at their work."""

from django.http import HttpRequest
from django.urls import reverse

from registry.accounts.roles import acting_member

# Routes by name: the core does not import the apps that serve them.
STAFF, ORGANISATION, NOBODY = "console:home", "ingest:desk", "account_home"


def landing_url(request: HttpRequest) -> str:
    """The console for staff, the desk for an organisation's member, else the person's own account."""
    member = acting_member(request)
    if member is None:
        return reverse(NOBODY)
    return reverse(STAFF if member.organisation is None else ORGANISATION)
