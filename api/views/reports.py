"""Reports: ask for one, or fetch one of the last day again."""

import json
import uuid
from typing import Any

from django.conf import settings
from django.http import HttpResponse
from django.utils import timezone
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse, extend_schema
from rest_framework.renderers import JSONRenderer
from rest_framework.request import Request

from api import reports, signing
from api.serializers.asked import ReportIn
from api.serializers.formats import JoseRenderer
from api.services.kept import Question
from api.validation import require_idempotency_key
from api.views.base import LenderView, lender, read

JWT_TYPE = "credit-report+jwt"
DETACHED_TYPE = "credit-report+jws"
JOSE = "application/jose"
_RESPONSES = {
    (200, "application/json"): OpenApiResponse(
        {"$ref": "#/components/schemas/Report"},
        description="The report; the header X-JWS-Signature is a detached JWS over exactly these bytes.",
    ),
    (410, "application/problem+json"): OpenApiResponse(
        {"$ref": "#/components/schemas/Problem"},
        description="A kept report may no longer be shown; ask for a new one.",
    ),
    (200, JOSE): OpenApiResponse(
        {"type": "string"}, description="A JWT of type credit-report+jwt with the report in its claim report."
    ),
}


class ReportView(LenderView):
    """What both report addresses share."""

    scope = "reports"
    renderer_classes = (JSONRenderer, JoseRenderer)

    def answer(self, request: Request, report: reports.Answer) -> HttpResponse:
        """The report in the format asked for, signed either way."""
        key = signing.signing_key(signing.REPORTS)
        if getattr(request.accepted_renderer, "media_type", "") == JOSE:
            claims = _claims(report, audience=str(lender(request).client_id))
            content = signing.sign(claims, key=key, typ=JWT_TYPE).encode()
            answer = HttpResponse(content, content_type=JOSE)
        else:
            answer = HttpResponse(report.content, content_type="application/json")
            answer["X-JWS-Signature"] = signing.sign_detached(report.content, key=key, typ=DETACHED_TYPE)
        answer["Content-Location"] = f"{settings.BASE_URL}/api/v1/reports/{report.report_id}"
        return answer


class Reports(ReportView):
    """`POST /api/v1/reports`."""

    @extend_schema(
        operation_id="ask_report",
        request=ReportIn,
        parameters=[
            OpenApiParameter(
                "Idempotency-Key",
                str,
                OpenApiParameter.HEADER,
                description="1 to 64 letters, digits and . _ -; for 24 hours the same key with the same body"
                " gets the same report, with another body an error.",
            )
        ],
        responses=_RESPONSES,
    )
    def post(self, request: Request) -> HttpResponse:
        """Read a person's data by a consent in force."""
        asked = read(ReportIn, request)
        question = Question(
            consent_id=asked["consent_id"],
            purpose=asked["purpose"],
            reference=asked["reference"],
            idempotency_key=require_idempotency_key(request.headers.get("Idempotency-Key")),
        )
        return self.answer(request, reports.ask(question, lender=lender(request), at=timezone.now()))


class KeptReport(ReportView):
    """`GET /api/v1/reports/{id}`."""

    @extend_schema(operation_id="kept_report", responses=_RESPONSES)
    def get(self, request: Request, report_id: uuid.UUID) -> HttpResponse:
        """The same report again for 24 hours, while the consent is in force."""
        return self.answer(request, reports.fetch(report_id, lender=lender(request), at=timezone.now()))


def _claims(report: reports.Answer, *, audience: str) -> dict[str, Any]:
    return {
        "iss": settings.BASE_URL,
        "aud": audience,
        "iat": int(report.generated_at.timestamp()),
        "jti": str(report.report_id),
        "report": json.loads(report.content),
    }
