"""The reader's language, chosen with a button and kept in a cookie."""

from django.http import HttpRequest, HttpResponseBase
from django.utils.translation import check_for_language
from django.views.decorators.http import require_POST
from django.views.i18n import set_language

from registry import residents


@require_POST
def switch_language(request: HttpRequest) -> HttpResponseBase:
    """Keep the posted `language` and go back to `next`, if that is a page of this site.

    A resident is written to in it from now on.
    """
    resident, language = getattr(request, "resident_id", None), request.POST.get("language", "")
    if resident is not None and language and check_for_language(language):
        residents.prefer(resident=resident, language=language)
    return set_language(request)
