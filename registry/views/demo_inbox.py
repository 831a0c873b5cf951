"""The demonstration's telephone: messages that a gateway would have sent, at /demo/inbox; nowhere else."""

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.template import TemplateDoesNotExist
from django.template.loader import get_template
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from registry import messages

CODES = "registry/demo_codes.html"


@never_cache
@require_safe
def demo_inbox(request: HttpRequest) -> HttpResponse:
    """The newest messages, and second factors' codes where there are any. Raises Http404 on a live site."""
    if not settings.DEMO:
        raise Http404
    return render(request, "registry/demo_inbox.html", {"inbox": messages.inbox(), "codes": _codes()})


def _codes() -> str | None:
    try:
        get_template(CODES)
    except TemplateDoesNotExist:
        return None
    return CODES
