"""What may be furnished: the catalogue as JSON Schema, and a workbook to fill in for each type."""

from typing import Any

from django.conf import settings
from django.http import HttpResponse
from django.utils.translation import get_language
from rest_framework.renderers import JSONRenderer
from rest_framework.request import Request
from rest_framework.response import Response

from ingest.results.blank import blank_workbook
from ingest.views.api.base import PartnerView
from ingest.views.api.uploads import AnyRenderer
from registry.catalogue import CONSENT_FIELDS, IDENTITY_FIELDS, RECORD_TYPES, jurisdiction
from registry.errors import NotFound

_XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


class Catalogue(PartnerView):
    """`GET /api/v1/catalogue`."""

    scope = "uploads"

    def get(self, request: Request) -> Response:
        """Every record type as JSON Schema (draft 2020-12), with identity and consent columns beside them."""
        return Response(catalogue())


class Template(PartnerView):
    """`GET /api/v1/catalogue/templates/{type}.xlsx`."""

    scope = "uploads"
    renderer_classes = (JSONRenderer, AnyRenderer)

    def get(self, request: Request, type: str) -> HttpResponse:
        """A workbook to fill in. Raises NotFound."""
        return template(type)


def catalogue() -> dict[str, Any]:
    """Types, fields, vocabularies and categories of this jurisdiction."""
    rules = jurisdiction(settings.JURISDICTION)
    categories = {
        code: {
            "zh": each.label.zh,
            "en": each.label.en,
            "separate_consent": rules.needs_separate_consent(code),
        }
        for code, each in rules.categories.items()
    }
    return {
        "jurisdiction": rules.code,
        "categories": categories,
        "furnishers": {kind: list(types) for kind, types in rules.record_types.items()},
        "forbidden": list(rules.forbidden),
        "identity": {name: field.schema() for name, field in IDENTITY_FIELDS.items()},
        "consent": {name: field.schema() for name, field in CONSENT_FIELDS.items()},
        "record_types": {code: record_type.schema() for code, record_type in RECORD_TYPES.items()},
    }


def template(type: str) -> HttpResponse:
    """The workbook of a type as an answer. Raises NotFound."""
    if type not in RECORD_TYPES:
        raise NotFound("record type")
    answer = HttpResponse(blank_workbook(RECORD_TYPES[type], get_language() or "en"), content_type=_XLSX)
    answer["Content-Disposition"] = f'attachment; filename="{type}.xlsx"'
    return answer
