"""Asking a resident for consent, and how that stands."""

import uuid

from django.conf import settings
from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from api.serializers.answered import ConsentAskedOut, ConsentRequestOut
from api.serializers.asked import ConsentRequestIn
from api.services.requests import ask_consent, consent_request
from api.views.base import LenderView, lender, read


class ConsentRequests(LenderView):
    """`POST /api/v1/consent-requests`."""

    scope = "consent_requests"

    @extend_schema(operation_id="ask_consent", request=ConsentRequestIn, responses={201: ConsentAskedOut})
    def post(self, request: Request) -> Response:
        """Ask a person for consent. The answer is the same whether or not the person is known."""
        asked = read(ConsentRequestIn, request)
        made = ask_consent(asked, lender=lender(request), at=timezone.now())
        location = f"{settings.BASE_URL}/api/v1/consent-requests/{made.id}"
        return Response(ConsentAskedOut(made).data, status=201, headers={"Location": location})


class ConsentRequest(LenderView):
    """`GET /api/v1/consent-requests/{id}`."""

    scope = "consent_requests"

    @extend_schema(operation_id="consent_request", responses={200: ConsentRequestOut})
    def get(self, request: Request, request_id: uuid.UUID) -> Response:
        """How a request stands; once granted, the consent's id to read reports by."""
        found = consent_request(request_id, lender=lender(request), at=timezone.now())
        return Response(ConsentRequestOut(found).data)
