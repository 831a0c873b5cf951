"""Is the process up, and is everything it needs there?"""

from django.conf import settings
from django.db import DatabaseError, connection
from django.http import HttpRequest, HttpResponse, JsonResponse
from kombu import Connection
from kombu.exceptions import OperationalError

from registry import keys
from registry.errors import RegistryError


def healthz(request: HttpRequest) -> HttpResponse:
    """200 while this process answers at all."""
    return JsonResponse({"status": "ok"})


def readyz(request: HttpRequest) -> HttpResponse:
    """200 when database, broker and keys answer, else 503; says which, and nothing more."""
    found = checks()
    ready = all(found.values())
    words = {name: "ok" if well else "failing" for name, well in found.items()}
    return JsonResponse({"status": "ok" if ready else "failing", **words}, status=200 if ready else 503)


def checks() -> dict[str, bool]:
    """Whether each thing the system needs answers now."""
    return {"database": _database(), "broker": _broker(), "keys": _keys()}


def _database() -> bool:
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except DatabaseError:
        return False
    return True


def _broker() -> bool:
    try:
        with Connection(settings.CELERY_BROKER_URL, connect_timeout=2) as broker:
            broker.ensure_connection(max_retries=1, timeout=2)
    except (OperationalError, OSError):
        return False
    return True


def _keys() -> bool:
    """Whether the root key opens what the system needs; a key back end that is away counts as failing."""
    try:
        keys.system_data_key("health")
    except RegistryError:
        return False
    return True
