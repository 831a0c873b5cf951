"""What people see when something goes wrong: one sentence, what to do next, and the id to quote."""

import logging
import sys
from collections.abc import Callable

from django.db import OperationalError
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.views import defaults

from registry.errors import RegistryError

logger = logging.getLogger("registry.errors")
PAGES = {400, 403, 404, 429, 500, 503}


class FormsOnly(RegistryError):
    """An address that only takes what a form sends was opened like a page, most often from the history."""

    code = "forms_only"
    status = 405
    sentence = (
        "This address only takes what the button on its page sends. Open the page and press the button."
    )


class ErrorPages:
    """Turns what a page's view raised on purpose into its page. The API's views answer for themselves."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Pass on; a browser that opens an address for forms gets a page instead of an empty answer."""
        response = self.get_response(request)
        by_browser = request.method == "GET" and "text/html" in request.headers.get("Accept", "")
        if response.status_code != 405 or response.content or not by_browser:
            return response
        page = error_page(request, FormsOnly())
        page["Allow"] = response["Allow"]
        return page

    def process_exception(self, request: HttpRequest, raised: Exception) -> HttpResponse | None:
        """The page for a named error, or 503 while the database is away; anything else is Django's 500."""
        if isinstance(raised, RegistryError):
            return error_page(request, raised)
        if isinstance(raised, OperationalError):
            return database_away(request, raised)
        return None


def server_error(request: HttpRequest) -> HttpResponseBase:
    """What Django answers when something before the view broke: also there 503 while the database is away."""
    raised = sys.exc_info()[1]
    if isinstance(raised, OperationalError):
        return database_away(request, raised)
    return defaults.server_error(request)


def database_away(request: HttpRequest, raised: OperationalError) -> HttpResponse:
    """The page that says when to come back; it asks nothing of the database."""
    logger.error("database unavailable", exc_info=raised)
    page = render(request, "503.html", status=503)
    page["Retry-After"] = "30"
    return page


def error_page(request: HttpRequest, raised: RegistryError) -> HttpResponse:
    """The page of a named error, with its own status and its sentence."""
    page = f"{raised.status}.html" if raised.status in PAGES else "error.html"
    if raised.status >= 500:
        logger.error(raised.code, exc_info=raised)
    return render(request, page, {"sentence": raised.sentence, "code": raised.code}, status=raised.status)
