"""One try: connect to the address that was looked up, post, look at the status. Nothing else is read.

No redirect is followed and no proxy used. Every wait is short, and once connected it all ends at `DEADLINE`,
however slowly the other side drips its answer.
"""

import http.client
import socket
import ssl
import time
from collections.abc import Mapping
from contextlib import suppress
from threading import Timer
from typing import NamedTuple

from registry.models import WebhookAttempt
from registry.webhooks.addresses import NotPublic, Target, resolve

WAIT = 5.0  # seconds, to connect and for each read
DEADLINE = 10.0  # seconds, for all that follows the connection
Outcome = WebhookAttempt.Outcome


class Posted(NamedTuple):
    """How a try went: the answer's status where there was one, and how long it asks us to wait (seconds)."""

    outcome: Outcome
    status: int | None
    milliseconds: int
    wait: int = 0


def post(target: Target, body: bytes, headers: Mapping[str, str]) -> Posted:
    """Post a message. Never raises for what the other side does."""
    began = time.monotonic()
    try:
        status, wait = _send(target, resolve(target), body, headers)
    except NotPublic:
        return Posted(Outcome.ADDRESS_NOT_PUBLIC, None, _since(began))
    except TimeoutError:
        return Posted(Outcome.TIMED_OUT, None, _since(began))
    except (OSError, http.client.HTTPException, UnicodeError):
        late = time.monotonic() - began >= DEADLINE
        return Posted(Outcome.TIMED_OUT if late else Outcome.UNREACHABLE, None, _since(began))
    return Posted(_outcome(status), status, _since(began), wait)


def _outcome(status: int) -> Outcome:
    if 200 <= status < 300:
        return Outcome.DELIVERED
    if 300 <= status < 400:
        return Outcome.REDIRECTED
    return Outcome.GONE if status == 410 else Outcome.REFUSED


def _send(target: Target, address: str, body: bytes, headers: Mapping[str, str]) -> tuple[int, int]:
    """Status, and Retry-After in seconds (0 without). Raises OSError, HTTPException."""
    plain = socket.create_connection((address, target.port), timeout=WAIT)
    guard = plain.dup()  # TLS takes the socket over; a second handle on it can still end it
    watchdog = Timer(DEADLINE, _cut, [guard])
    watchdog.daemon = True
    watchdog.start()
    try:
        connection = http.client.HTTPConnection(target.host, target.port, timeout=WAIT)
        connection.sock = plain = _secured(plain, target.host) if target.secure else plain
        given = {"Content-Type": "application/json", "User-Agent": "juxin-webhooks/1", "Connection": "close"}
        connection.request("POST", target.path, body, {"Host": _host(target), **given, **headers})
        answer = connection.getresponse()
        asked = answer.getheader("Retry-After", "")
        return answer.status, int(asked) if asked.isascii() and asked.isdigit() and len(asked) < 7 else 0
    finally:
        watchdog.cancel()
        guard.close()
        plain.close()


def _secured(plain: socket.socket, host: str) -> ssl.SSLSocket:
    """TLS for the host's name, whatever address the connection went to."""
    return ssl.create_default_context().wrap_socket(plain, server_hostname=host)


def _cut(guard: socket.socket) -> None:
    with suppress(OSError):
        guard.shutdown(socket.SHUT_RDWR)


def _host(target: Target) -> str:
    host = f"[{target.host}]" if ":" in target.host else target.host
    usual = target.port == (443 if target.secure else 80)
    return host if usual else f"{host}:{target.port}"


def _since(began: float) -> int:
    return round((time.monotonic() - began) * 1000)
