"""What a client is and may do."""

from django.conf import settings
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from api.permissions import LicenceInForce, WithinLimit
from api.serializers.answered import StandingOut
from api.views.base import LenderView, lender


class Me(LenderView):
    """`GET /api/v1/me`; every licensed client may ask it, whatever the token's scopes."""

    permission_classes = (WithinLimit, LicenceInForce)

    @extend_schema(operation_id="me", responses={200: StandingOut})
    def get(self, request: Request) -> Response:
        """Client, organisation, licence, purposes, categories, scopes of this token and quotas."""
        client = lender(request)
        licence = client.licence
        standing = {
            "client_id": client.client_id,
            "organisation": client.organisation,
            "licence": licence,
            "purposes": licence.purposes if licence else [],
            "categories": licence.categories if licence else [],
            "scopes": sorted(client.scopes),
            "quotas": {"requests_per_minute": settings.LENDER_REQUESTS_PER_MINUTE},
        }
        return Response(StandingOut(standing).data)
