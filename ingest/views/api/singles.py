"""Records and signed consents sent singly, up to a thousand in one request, answered at once."""

from typing import Any

from django.utils import timezone
from rest_framework.request import Request
from rest_framework.response import Response

from ingest import pipeline
from ingest.serializers import (
    batch_in,
    consent_out,
    reason_in,
    result_out,
    retracted_out,
    text_in,
)
from ingest.views.api.base import PartnerView, caller, once


class Records(PartnerView):
    """`POST /api/v1/records:batch`: `{"type": …, "records": [{…}, …]}`."""

    scope = "records"

    def post(self, request: Request) -> Response:
        """Keep up to 1,000 records, each in a transaction of its own; the answer has an outcome for each."""

        def act() -> tuple[int, Any, dict[str, str]]:
            results = pipeline.record_each(
                organisation=caller(request).organisation,
                records=batch_in(request.data, "records"),
                type=text_in(request.data, "type"),
                by=caller(request).by,
                at=timezone.now(),
            )
            return 200, {"results": [result_out(*each) for each in enumerate(results)]}, {}

        return once(request, act)


class Retract(PartnerView):
    """`POST /api/v1/records:retract`: `{"type": …, "reason": …, "records": [{…}, …]}`."""

    scope = "records"

    def post(self, request: Request) -> Response:
        """Take back up to 1,000 records, each in a transaction of its own; an outcome for each."""

        def act() -> tuple[int, Any, dict[str, str]]:
            results = pipeline.retract_each(
                organisation=caller(request).organisation,
                records=batch_in(request.data, "records"),
                type=text_in(request.data, "type"),
                reason=reason_in(request.data),
                by=caller(request).by,
                at=timezone.now(),
            )
            return 200, {"results": [retracted_out(each) for each in results]}, {}

        return once(request, act)


class Consents(PartnerView):
    """`POST /api/v1/consents`: `{"consents": [{…}, …]}`."""

    scope = "consents"

    def post(self, request: Request) -> Response:
        """Attest up to 1,000 consents that people signed with you; the answer has an outcome for each."""

        def act() -> tuple[int, Any, dict[str, str]]:
            results = pipeline.attest_each(
                organisation=caller(request).organisation,
                consents=batch_in(request.data, "consents"),
                by=caller(request).by,
                at=timezone.now(),
            )
            return 200, {"results": [consent_out(result) for result in results]}, {}

        return once(request, act)
