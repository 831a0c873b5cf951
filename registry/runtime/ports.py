"""TCP ports: which one to use, and whether it is free."""

import errno
import ipaddress
import os
import socket

from registry.runtime.errors import LaunchError, PortInUse

HOST = "127.0.0.1"
DEFAULT = 8000


def wanted_port() -> int:
    """The port the environment asks for. Raises LaunchError if PORT is no port."""
    text = os.environ.get("PORT", "").strip() or str(DEFAULT)
    if not text.isdecimal() or not 0 < int(text) < 65536:
        raise LaunchError(f"PORT is no port number: {text!r}.", "Set PORT to a number from 1 to 65535.")
    return int(text)


def require_free(host: str, port: int) -> None:
    """Raise PortInUse, with a free port to take instead, if something listens on this one."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            if error.errno == errno.EACCES:
                raise LaunchError(
                    f"This account may not use port {port}.", "Choose one above 1023: PORT=8000"
                ) from None
            if error.errno != errno.EADDRINUSE:
                raise LaunchError(
                    f"Cannot listen on {host}:{port}: {error.strerror}.", "Check HOST and PORT."
                ) from None
            cure = f"Stop that program, or choose another port: PORT={free_port(host)} ./run …"
            raise PortInUse(f"Port {port} is in use by another program.", cure) from None


def free_port(host: str = HOST) -> int:
    """A port that nobody uses at this moment."""
    with socket.socket() as probe:
        probe.bind((host, 0))
        return int(probe.getsockname()[1])


def reachable(host: str) -> str:
    """The address under which a server that listens on `host` answers on this machine."""
    return HOST if host == "0.0.0.0" else host  # noqa: S104  (compared with, never listened on here)


def is_loopback(host: str) -> bool:
    """Whether only this machine can reach a server that listens on `host`."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
