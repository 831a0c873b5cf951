"""Where a webhook may go: to public addresses by https, and never into our own network.

The host's name is looked up once for each delivery; if any of its addresses is not public, nothing is sent.
The connection then goes to an address that was looked at, so that a second look-up cannot lead elsewhere.
"""

import ipaddress
import socket
from typing import NamedTuple
from urllib.parse import urlsplit

from django.conf import settings
from django.utils.translation import gettext as _

from registry.errors import InvalidRequest

LONGEST = 500
_RESERVED_PORTS = 1024
_NAT64 = ipaddress.IPv6Network("64:ff9b::/96")
Address = ipaddress.IPv4Address | ipaddress.IPv6Address


class Target(NamedTuple):
    """A webhook's address, taken apart."""

    secure: bool
    host: str
    port: int
    path: str


class NotPublic(Exception):
    """The host's name leads to an address that is not public."""


def require_url(url: str) -> Target:
    """The address taken apart. Raises InvalidRequest for one that may not be used, in the reader's words."""
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        raise _unfit(_("This is no address.")) from None
    secure = parts.scheme == "https"
    if not secure and not (settings.WEBHOOKS_TO_THIS_MACHINE and parts.scheme == "http"):
        raise _unfit(_("Use an address that begins with https://."))
    if not parts.hostname or parts.username is not None or parts.password is not None or parts.fragment:
        raise _unfit(_("Give host and path alone: no user name, no password and nothing after #."))
    if len(url) > LONGEST or not url.isascii() or not url.isprintable() or " " in url:
        raise _unfit(_("Use at most 500 characters, all of them ASCII."))
    if port not in (None, 443) and (port is None or port < _RESERVED_PORTS) and secure:
        raise _unfit(_("Use port 443 or one from 1024."))
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    target = Target(secure, parts.hostname, port or (443 if secure else 80), path)
    if _literal(target.host) is not None and not _allowed(target.host):
        raise _unfit(_("This address is not public."))
    return target


def resolve(target: Target) -> str:
    """One address of the host, all of whose addresses were looked at. Raises NotPublic, OSError."""
    found = socket.getaddrinfo(target.host, target.port, type=socket.SOCK_STREAM)
    addresses = [str(entry[4][0]) for entry in found]
    if not addresses or not all(map(_allowed, addresses)):
        raise NotPublic
    return addresses[0]


def is_public(text: str) -> bool:
    """Whether an IP address is a public one, also of the IPv4 address that it may wrap."""
    address = _literal(text)
    if address is None:
        return False
    inner = _inner(address)
    if inner is not None:
        return is_public(str(inner))
    within = isinstance(address, ipaddress.IPv6Address) and address.is_site_local  # once a private range
    return address.is_global and not (address.is_multicast or address.is_reserved or within)


def _allowed(text: str) -> bool:
    return settings.WEBHOOKS_TO_THIS_MACHINE or is_public(text)


def _literal(text: str) -> Address | None:
    try:
        return ipaddress.ip_address(text.partition("%")[0])
    except ValueError:
        return None


def _inner(address: Address) -> ipaddress.IPv4Address | None:
    """The IPv4 address inside a mapped, translated or tunnelled one."""
    if isinstance(address, ipaddress.IPv4Address):
        return None
    if address in _NAT64:
        return ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
    teredo = address.teredo
    return address.ipv4_mapped or address.sixtofour or (teredo[1] if teredo else None)


def _unfit(sentence: str) -> InvalidRequest:
    return InvalidRequest("webhook address", fields={"url": [sentence]})
