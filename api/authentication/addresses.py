"""Comparing the address a proof was made for with the one that was asked (RFC 3986, 6.2.2 and 6.2.3)."""

import re
from urllib.parse import urlsplit

_PORTS = {"http": 80, "https": 443}
_ESCAPE = re.compile(r"%([0-9A-Fa-f]{2})")
_UNRESERVED = re.compile(r"[A-Za-z0-9._~-]")


def same_address(one: str, other: str) -> bool:
    """Whether two absolute http(s) addresses are the same but for query and fragment."""
    normal = normalised(one)
    return normal is not None and normal == normalised(other)


def normalised(address: str) -> tuple[str, str, int, str] | None:
    """Scheme, host, port and path of an address in their normal form; None if it is not such an address."""
    try:
        parts = urlsplit(address)
        port = parts.port
    except ValueError:
        return None
    scheme, host = parts.scheme.lower(), (parts.hostname or "").lower()
    if scheme not in _PORTS or not host or "@" in parts.netloc:
        return None
    return scheme, host, port or _PORTS[scheme], _ESCAPE.sub(_plain, parts.path or "/")


def _plain(escape: re.Match[str]) -> str:
    character = chr(int(escape[1], 16))
    return character if _UNRESERVED.fullmatch(character) else escape[0].upper()
