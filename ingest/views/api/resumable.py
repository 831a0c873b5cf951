"""Resumable uploads for machines: tus 1.0 at the same addresses as the plain API."""

from typing import Any
from uuid import UUID

from rest_framework.request import Request
from rest_framework.response import Response

from ingest.views import resumable
from ingest.views.api.base import PartnerView, caller


class KeyTus(resumable.Tus, PartnerView):
    """Speaks tus with whoever holds an API key for files."""

    scope = "uploads"

    def who(self, request: Request) -> tuple[UUID, str]:
        """The furnisher, and its key."""
        return caller(request).organisation, caller(request).by

    def address(self, incoming: UUID) -> str:
        """The upload's own address, from the first byte on."""
        return f"/api/v1/uploads/{incoming}"


class ResumableOne(KeyTus):
    """`HEAD`, `PATCH`, and with `Tus-Resumable` `DELETE` of `/api/v1/uploads/{id}`."""

    def head(self, request: Request, upload: UUID) -> Response:
        """How much is here."""
        return self.state(request, upload)

    def patch(self, request: Request, upload: UUID) -> Response:
        """The next piece."""
        return self.bring(request, upload)

    def post(self, request: Request, upload: UUID) -> Response:
        """Another method by `X-HTTP-Method-Override`; nothing else is posted here."""
        handler: Any = getattr(self, resumable.overridden(request) or "http_method_not_allowed")
        answer: Response = handler(request, upload=upload)
        return answer
