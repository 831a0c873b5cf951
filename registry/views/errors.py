"""What people see when something goes wrong: one sentence, what to do next, and the id to quote."""

import logging
from collections.abc import Callable

from django.db import OperationalError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from registry.errors import RegistryError

logger = logging.getLogger("registry.errors")
PAGES = {400, 403, 404, 429, 500, 503}


class ErrorPages:
    """Turns what a page's view raised on purpose into its page. The API's views answer for themselves."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Pass on; only what is raised matters here."""
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, raised: Exception) -> HttpResponse | None:
        """The page for a named error, or 503 while the database is away; anything else is Django's 500."""
        if isinstance(raised, RegistryError):
            return error_page(request, raised)
        if isinstance(raised, OperationalError):
            logger.error("database unavailable", exc_info=raised)
            page = render(request, "503.html", status=503)
            page["Retry-After"] = "30"
            return page
        return None


def error_page(request: HttpRequest, raised: RegistryError) -> HttpResponse:
    """The page of a named error, with its own status and its sentence."""
    page = f"{raised.status}.html" if raised.status in PAGES else "error.html"
    if raised.status >= 500:
        logger.error(raised.code, exc_info=raised)
    return render(request, page, {"sentence": raised.sentence, "code": raised.code}, status=raised.status)
