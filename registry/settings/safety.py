"""Which values a production start refuses, each with its reason and cure."""

import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from django.core.exceptions import ImproperlyConfigured

Fault = tuple[str, str, str]
LISTED = "deploy/README.md lists what it may hold"


def refuse_unsafe(settings: Mapping[str, Any]) -> None:
    """Raise ImproperlyConfigured that names every unsafe value at once, each with its cure."""
    faults = [*switches(settings), *addresses(settings), *missing(), *keyring(settings), *folder(settings)]
    if faults:
        lines = [f"  {name}: {what}. Cure: {cure}." for name, what, cure in faults]
        raise ImproperlyConfigured("\n".join(["This production start is unsafe and is refused.", *lines]))


def switches(settings: Mapping[str, Any]) -> Iterator[Fault]:
    """Switches that belong on a developer's machine."""
    if settings["DEBUG"]:
        yield "DEBUG", "is on, and would show internals to visitors", "unset DEBUG"
    if settings["DEMO"]:
        yield "DEMO", "is on, and would show residents' messages to everybody", "unset DEMO"


def addresses(settings: Mapping[str, Any]) -> Iterator[Fault]:
    """Where the site is, who may be it, and where it sends messages."""
    if not is_https(settings["BASE_URL"]):
        yield "BASE_URL", "is no https:// address", "set BASE_URL to the site's public https address"
    if not settings["ALLOWED_HOSTS"]:
        yield "ALLOWED_HOSTS", "is empty", "list the site's host names, separated by commas"
    if any(host in ("*", ".") for host in settings["ALLOWED_HOSTS"]):
        yield "ALLOWED_HOSTS", "lets every host name in", "list the site's host names, separated by commas"
    if not is_https(settings["SMS_URL"]):
        yield (
            "SMS_URL",
            "is no https:// address, so codes reach nobody",
            "set it to your SMS gateway's address",
        )


def is_https(url: str) -> bool:
    """Whether a URL is https and names a host."""
    parts = urlsplit(url)
    return parts.scheme == "https" and bool(parts.hostname)


def missing() -> Iterator[Fault]:
    """Variables without which there is no production, or that name what is none."""
    for name in ("SECRET_KEY_FILE", "DATABASE_URL", "BROKER_URL", "EMAIL_URL"):
        if not os.environ.get(name, "").strip():
            yield name, "is not set", LISTED
    if os.environ.get("EMAIL_URL", "").strip().partition(":")[0] in ("console", "file"):
        yield "EMAIL_URL", "writes links for new passwords where others may read them", "name a mail server"


def folder(settings: Mapping[str, Any]) -> Iterator[Fault]:
    """The watched folder, where there is one: a real folder, with its full path, closed to others."""
    path = Path(settings["WATCH_FOLDER"])
    if not settings["WATCH_FOLDER"]:
        return
    if not path.is_absolute() or path.is_symlink() or not path.is_dir():
        yield "WATCH_FOLDER", f"{path} is no folder by its full path", "make it, or unset WATCH_FOLDER"
    elif path.stat().st_mode & 0o007:
        yield "WATCH_FOLDER", f"everybody on this machine may enter {path}", f"chmod o= {path}"


def keyring(settings: Mapping[str, Any]) -> Iterator[Fault]:
    """The root key's place: named, there, and its owner's alone."""
    scheme, _, place = settings["KEYRING"].partition(":")
    path = Path(place)
    if scheme != "file" or not place:
        yield "KEYRING", "names no place of the root key that this build can open", LISTED
    elif not path.is_file():
        yield (
            "KEYRING",
            f"{path} is not there",
            "restore it from its backup; data sealed under it is lost without it",
        )
    elif path.stat().st_mode & 0o077:
        yield "KEYRING", f"others may read {path}", f"chmod 600 {path}"
