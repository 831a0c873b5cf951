"""One JSON line per event on standard error, with the request's id and without personal data.

Messages of exceptions are left out on purpose: PostgreSQL and parsers quote the values they choke on. What
stays is the exception's type and where it happened, which is what one looks up. What Django's own loggers
fill into their messages is left out too: they quote paths, and a path may hold a resident's code.
"""

import json
import logging
import time
import traceback
import uuid
from collections.abc import Callable
from contextvars import ContextVar
from datetime import UTC, datetime

from django.http import HttpRequest, HttpResponse

FIELDS = ("event", "method", "route", "status", "milliseconds", "upload", "organisation", "count", "task")
request_id: ContextVar[str] = ContextVar("request_id", default="")
logger = logging.getLogger("registry.request")


class JsonFormatter(logging.Formatter):
    """A record as one line of JSON: time, level, logger, message, request id and the named extra fields."""

    def format(self, record: logging.LogRecord) -> str:
        """The line, without its end."""
        quotes = record.exc_info or record.name.startswith("django")
        line: dict[str, object] = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname,
            "logger": record.name,
            "message": str(record.msg) if quotes else record.getMessage(),
        }
        line |= {name: value for name in FIELDS if (value := getattr(record, name, None)) is not None}
        if request_id.get():
            line["request_id"] = request_id.get()
        if record.exc_info and record.exc_info[0]:
            line["exception"] = record.exc_info[0].__qualname__
            frames = traceback.extract_tb(record.exc_info[2])[-12:]
            line["where"] = [f"{frame.filename}:{frame.lineno} {frame.name}" for frame in frames]
        return json.dumps(line, ensure_ascii=False, default=str)


class RequestLogMiddleware:
    """Gives each request an id (also sent back as X-Request-Id) and logs one line when it is answered."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Answer, then log method, route (never the path, which may hold a code), status and duration."""
        token = request_id.set(uuid.uuid4().hex)
        started = time.perf_counter()
        try:
            request.request_id = request_id.get()  # type: ignore[attr-defined]  # read by handlers and templates
            response = self.get_response(request)
            response["X-Request-Id"] = request_id.get()
            route = request.resolver_match.route if request.resolver_match else "(none)"
            took = round((time.perf_counter() - started) * 1000, 1)
            logger.info(
                "request",
                extra={
                    "method": request.method,
                    "route": route,
                    "status": response.status_code,
                    "milliseconds": took,
                },
            )
            return response
        finally:
            request_id.reset(token)
