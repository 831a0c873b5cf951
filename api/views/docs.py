"""The documents, all public: OpenAPI, its page, the report's schema, what each error code means."""

from typing import Any

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from api.assembly.schema import report_schema
from api.errors import catalogue as problems
from api.openapi import document
from api.scorecard import CHARACTERISTICS, HIGHEST, LOWEST, MODEL, START


@require_GET
def schema(request: HttpRequest) -> JsonResponse:
    """`GET /api/schema`: the OpenAPI 3.1 document."""
    return JsonResponse(document(), json_dumps_params={"ensure_ascii": False, "default": str})


@require_GET
def report(request: HttpRequest) -> HttpResponse:
    """`GET /api/schema/report-1.json`: the JSON Schema of a report."""
    answer = JsonResponse(report_schema(), json_dumps_params={"ensure_ascii": False})
    answer["Content-Type"] = "application/schema+json"
    return answer


@require_GET
def page(request: HttpRequest) -> HttpResponse:
    """`GET /api/docs`: the same document for people, made here and without a script."""
    operations = [
        _operation(path, method, operation)
        for path, methods in document()["paths"].items()
        for method, operation in methods.items()
    ]
    card = {"model": MODEL, "lines": CHARACTERISTICS, "start": START, "lowest": LOWEST, "highest": HIGHEST}
    return render(
        request, "api/docs.html", {"operations": operations, "base_url": settings.BASE_URL, "scorecard": card}
    )


@require_GET
def problems_index(request: HttpRequest) -> HttpResponse:
    """`GET /problems/`: every error code."""
    return render(request, "api/problems.html", {"problems": list(problems.catalogue().values())})


@require_GET
def problem(request: HttpRequest, code: str) -> HttpResponse:
    """`GET /problems/{code}`: what one error code means and what cures it."""
    found = problems.catalogue().get(code)
    if found is None:
        raise Http404
    return render(request, "api/problem.html", {"problem": found})


def _operation(path: str, method: str, operation: dict[str, Any]) -> dict[str, Any]:
    body: dict[str, dict[str, Any]] = operation.get("requestBody", {}).get("content", {})
    return {
        "id": operation["operationId"],
        "method": method.upper(),
        "path": path,
        "summary": operation.get("summary", ""),
        "description": operation.get("description", ""),
        "parameters": operation.get("parameters", []),
        "fields": _fields(next((sent["schema"] for sent in body.values()), {})),
        "responses": [
            {"status": status, "description": answer.get("description", "")}
            for status, answer in sorted(operation["responses"].items())
        ],
    }


def _fields(shape: dict[str, Any], prefix: str = "") -> list[dict[str, str]]:
    shape = _resolved(shape)
    found = []
    for name, member in shape.get("properties", {}).items():
        member = _resolved(member)
        needed = "required" if name in shape.get("required", ()) else ""
        values = ", ".join(map(str, member.get("enum", ())))
        kind = str(member.get("format") or member.get("type", ""))
        found.append({"name": prefix + name, "kind": kind, "required": needed, "values": values})
        found += _fields(member, f"{prefix}{name}.")
    return found


def _resolved(shape: dict[str, Any]) -> dict[str, Any]:
    for part in (shape, *shape.get("allOf", ()), *shape.get("oneOf", ())):
        if "$ref" in part:
            name = part["$ref"].rpartition("/")[2]
            resolved: dict[str, Any] = document()["components"]["schemas"][name]
            return resolved
    return shape
