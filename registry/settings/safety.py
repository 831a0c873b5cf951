"""Which values a production start refuses, each with its reason and cure."""

import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from django.core.exceptions import ImproperlyConfigured


def refuse_unsafe(settings: Mapping[str, Any]) -> None:
    """Raise ImproperlyConfigured that names every unsafe value at once."""
    faults = [*switches(settings), *addresses(settings), *keys(settings)]
    if faults:
        raise ImproperlyConfigured("This production start is unsafe and is refused.\n" + "\n".join(faults))


def switches(settings: Mapping[str, Any]) -> Iterator[str]:
    """Switches that belong on a developer's machine."""
    if settings["DEBUG"]:
        yield "  DEBUG: is on, and would show internals to visitors. Cure: unset DEBUG."
    if settings["DEMO"]:
        yield "  DEMO: is on, and would show residents' messages to everybody. Cure: unset DEMO."


def addresses(settings: Mapping[str, Any]) -> Iterator[str]:
    """Where the site is, and where it sends messages."""
    base = urlsplit(settings["BASE_URL"])
    if base.scheme != "https" or not base.hostname:
        yield "  BASE_URL: is no https:// address. Cure: set BASE_URL to the site's public https address."
    hosts = settings["ALLOWED_HOSTS"]
    if not hosts:
        yield "  ALLOWED_HOSTS: is empty. Cure: set ALLOWED_HOSTS to the site's host names, separated by commas."
    if any(host.strip() in ("*", ".") for host in hosts):
        yield "  ALLOWED_HOSTS: lets every host name in. Cure: list the site's host names, separated by commas."
    if urlsplit(settings["SMS_URL"]).scheme != "https":
        yield "  SMS_URL: is no https:// address, so codes and notices reach nobody. Cure: set the gateway's address."
    for name in ("SECRET_KEY_FILE", "DATABASE_URL", "BROKER_URL", "EMAIL_URL"):
        if not os.environ.get(name, "").strip():
            yield f"  {name}: is not set. Cure: set {name}; docs/operations.md lists what it may hold."


def keys(settings: Mapping[str, Any]) -> Iterator[str]:
    """The root key's place."""
    scheme, _, path = settings["KEYRING"].partition(":")
    if scheme not in ("file", "awskms", "pkcs11") or not path:
        yield "  KEYRING: names no place of the root key. Cure: set KEYRING=file:PATH, awskms:KEY_ID or pkcs11:…."
    elif scheme == "file":
        yield from keyring_file(Path(path))


def keyring_file(path: Path) -> Iterator[str]:
    """A keyring file must be there and be its owner's alone."""
    if not path.is_file():
        yield f"  KEYRING: {path} is not there. Cure: restore it from your backup, or make the first one with manage.py."
    elif path.stat().st_mode & 0o077:
        yield f"  KEYRING: others may read {path}. Cure: chmod 600 {path}"
