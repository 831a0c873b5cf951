"""The partner's document, for everybody: what can be sent, and what comes back."""

from django.http import HttpRequest, JsonResponse
from django.views.decorators.http import require_GET

from ingest.openapi import document


@require_GET
def schema(request: HttpRequest) -> JsonResponse:
    """`GET /api/partners/schema`: the OpenAPI 3.1 document."""
    return JsonResponse(document(), json_dumps_params={"ensure_ascii": False, "default": str})
