"""The ledger's refusals over HTTP: problem documents (RFC 9457) of the shape that the whole site uses."""

from collections.abc import Callable
from functools import wraps
from typing import Any, Concatenate, ParamSpec, cast

from django.conf import settings
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils.translation import gettext

from registry.errors import RegistryError

P = ParamSpec("P")
View = Callable[Concatenate[HttpRequest, P], HttpResponse]


def answer_problems(view: View[P]) -> View[P]:
    """Turn a RegistryError of this view into its problem document."""

    @wraps(view)
    def answer(request: HttpRequest, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
        try:
            return view(request, *args, **kwargs)
        except RegistryError as error:
            return _problem(error, request)

    return cast("View[P]", answer)  # functools.wraps forgets how the request is passed


def _problem(error: RegistryError, request: HttpRequest) -> HttpResponse:
    body: dict[str, Any] = {
        "type": f"{settings.BASE_URL}/problems/{error.code}",
        "title": error.code.replace("_", " ").capitalize(),
        "status": error.status,
        "code": error.code,
        "detail": gettext(error.sentence),
        "request_id": getattr(request, "request_id", ""),
    }
    fields = getattr(error, "fields", {})
    if fields:
        body["errors"] = [
            {"field": name, "code": "invalid", "detail": gettext(sentence)}
            for name, sentences in fields.items()
            for sentence in sentences
        ]
    return JsonResponse(
        body,
        status=error.status,
        content_type="application/problem+json",
        json_dumps_params={"ensure_ascii": False},
    )
