"""The reader's language, chosen with a button and kept in a cookie."""

from django.http import HttpRequest, HttpResponseBase
from django.views.decorators.http import require_POST
from django.views.i18n import set_language


@require_POST
def switch_language(request: HttpRequest) -> HttpResponseBase:
    """Keep the posted `language` and go back to `next`, if that is a page of this site."""
    return set_language(request)
