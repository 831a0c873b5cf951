"""What the middleware adds to a request, for views to name in their signatures."""

from uuid import UUID

from django.http import HttpRequest


class VisitorRequest(HttpRequest):
    """A request to a page open to strangers: somebody is signed in, or nobody."""

    resident_id: UUID | None


class ResidentRequest(HttpRequest):
    """A request to any other page of ours: the middleware lets only residents through."""

    resident_id: UUID
