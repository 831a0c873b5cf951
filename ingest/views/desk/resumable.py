"""Resumable uploads from the desk: tus 1.0 by session, with the page's token against forged requests."""

from typing import Any
from uuid import UUID

from django.urls import reverse
from rest_framework.request import Request
from rest_framework.response import Response

from ingest.authentication import MemberSession
from ingest.models import Upload
from ingest.permissions import MemberOfFurnisher
from ingest.views import resumable
from registry.accounts.roles import Member, Permission


class MemberTus(resumable.Tus):
    """Speaks tus with a signed-in member who may send files; what they send waits for their go-ahead."""

    authentication_classes = (MemberSession,)
    permission_classes = (MemberOfFurnisher,)
    metadata_class = None
    schema = None
    permission = Permission.UPLOADS_SEND
    source = Upload.Source.DESK
    holds = True

    def who(self, request: Request) -> tuple[UUID, str]:
        """The member's organisation, and the member."""
        member: Member = request.user  # type: ignore[assignment]  # MemberSession signs in members
        assert member.organisation is not None
        return member.organisation, member.by

    def address(self, incoming: UUID) -> str:
        """Where the desk brings a file."""
        return reverse("ingest:incoming", args=[incoming])


class NewIncoming(MemberTus):
    """`POST /desk/incoming`."""

    def post(self, request: Request) -> Response:
        """Make room for a file."""
        return self.begin(request)


class OneIncoming(MemberTus):
    """`HEAD`, `PATCH` and `DELETE /desk/incoming/{id}`."""

    def head(self, request: Request, upload: UUID) -> Response:
        """How much is here."""
        return self.state(request, upload)

    def patch(self, request: Request, upload: UUID) -> Response:
        """The next piece."""
        return self.bring(request, upload)

    def delete(self, request: Request, upload: UUID) -> Response:
        """Destroy what has come."""
        return self.terminate(request, upload)

    def post(self, request: Request, upload: UUID) -> Response:
        """Another method by `X-HTTP-Method-Override`; nothing else is posted here."""
        handler: Any = getattr(self, resumable.overridden(request) or "http_method_not_allowed")
        answer: Response = handler(request, upload=upload)
        return answer
