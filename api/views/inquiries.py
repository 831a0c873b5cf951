"""A lender's own inquiries."""

import re

from django.utils.translation import gettext as _
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from api.queries import MOST, PAGE, from_cursor, inquiries
from api.serializers.answered import InquiriesOut
from api.views.base import LenderView, lender
from registry.errors import InvalidRequest

_LIMIT = re.compile(r"[1-9][0-9]{0,2}")


class Inquiries(LenderView):
    """`GET /api/v1/inquiries`."""

    scope = "inquiries"

    @extend_schema(
        operation_id="inquiries",
        parameters=[
            OpenApiParameter("cursor", str, description="next_cursor of the page before"),
            OpenApiParameter("limit", int, description=f"entries a page, 1 to {MOST}; {PAGE} if left out"),
        ],
        responses={200: InquiriesOut},
    )
    def get(self, request: Request) -> Response:
        """Your own reads, the newest first, and the cursor of the next page."""
        cursor, limit = request.query_params.get("cursor"), request.query_params.get("limit", str(PAGE))
        try:
            after = from_cursor(cursor) if cursor else None
        except ValueError as error:
            raise InvalidRequest(fields={"cursor": [_("This is no cursor of ours.")]}) from error
        if not _LIMIT.fullmatch(limit) or int(limit) > MOST:
            raise InvalidRequest(fields={"limit": [_("Give a whole number from 1 to 200.")]})
        page = inquiries(organisation=lender(request).organisation.id, after=after, limit=int(limit))
        return Response(InquiriesOut(page).data)
