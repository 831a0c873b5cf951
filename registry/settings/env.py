"""Reads the environment and fails loudly: every error names its variable and the cure."""

import os
import secrets
from pathlib import Path
from urllib.parse import parse_qsl, unquote, urlsplit

import dj_database_url
from django.core.exceptions import ImproperlyConfigured

MAIL_PORTS = {"smtp": 25, "smtp+tls": 587, "smtps": 465}
PACKS = Path(__file__).resolve().parents[1] / "catalogue" / "jurisdictions"


def fault(name: str, what: str, cure: str) -> ImproperlyConfigured:
    """The error for one variable: what is wrong with it, and what to do."""
    return ImproperlyConfigured(f"{name}: {what} Cure: {cure}")


def text(name: str, default: str | None = None) -> str:
    """The variable's value without surrounding space. Raises ImproperlyConfigured if there is none."""
    value = os.environ.get(name, "").strip()
    if value:
        return value
    if default is None:
        raise fault(name, "is not set.", f"set {name}; deploy/README.md lists what it may hold.")
    return default


def flag(name: str, default: bool = False) -> bool:
    """A switch: 1/true/yes/on or 0/false/no/off. Anything else is an error, not a guess."""
    value = text(name, "on" if default else "off").lower()
    if value in ("1", "true", "yes", "on"):
        return True
    if value in ("0", "false", "no", "off"):
        return False
    raise fault(name, f"is neither on nor off: {value!r}.", f"set {name}=1 or {name}=0.")


def number(name: str, default: int) -> int:
    """A whole number."""
    value = text(name, str(default))
    if not value.isdecimal():
        raise fault(name, f"is no whole number: {value!r}.", f"set {name} to digits only.")
    return int(value)


def names(name: str, default: str = "") -> list[str]:
    """A list separated by commas."""
    return [part.strip() for part in text(name, default).split(",") if part.strip()]


def jurisdiction(name: str = "JURISDICTION", default: str = "CN") -> str:
    """The country whose rules hold, by its ISO 3166 code. One without a pack of rules is an error."""
    code, known = text(name, default), sorted(pack.stem.upper() for pack in PACKS.glob("*.toml"))
    if code not in known:
        raise fault(name, f"there are no rules on file for {code!r}.", f"use one of: {', '.join(known)}.")
    return code


def database(name: str = "DATABASE_URL", default: str | None = None) -> dict[str, object]:
    """Django's settings of a PostgreSQL database from its address. Any other engine is an error."""
    url = text(name, default)
    if urlsplit(url).scheme not in ("postgres", "postgresql"):
        raise fault(
            name, "does not name a PostgreSQL database.", "use postgresql://user:password@host:5432/name."
        )
    # A refusal must keep its ledger entry: with ATOMIC_REQUESTS, DRF rolls it back together with the request.
    return {**dj_database_url.parse(url, conn_max_age=60, conn_health_checks=True), "ATOMIC_REQUESTS": False}


def broker(name: str = "BROKER_URL", default: str | None = None) -> str:
    """The broker's address for Celery: Redis (also over a Unix socket) or RabbitMQ."""
    url = text(name, default)
    if urlsplit(url).scheme not in ("redis", "rediss", "redis+socket", "amqp", "amqps"):
        raise fault(
            name,
            "names neither Redis nor RabbitMQ.",
            "use redis://…, rediss://…, redis+socket:///… or amqp://….",
        )
    return url


def secret_file(name: str, default: Path | None = None) -> str:
    """The content of a file that only its owner may read; made at `default` if that is missing."""
    path = Path(text(name, str(default) if default else None))
    if default and path == default and not path.exists():
        make_secret(path)
    try:
        if path.stat().st_mode & 0o077:
            raise fault(name, f"others may read {path}.", f"chmod 600 {path}")
        content = path.read_text().strip()
    except OSError as error:
        raise fault(
            name, f"{path} cannot be read ({error.strerror}).", "name a file that this account may read."
        ) from None
    if len(content) < 50:
        raise fault(
            name,
            "holds fewer than 50 characters.",
            "fill it with: python3 -c 'import secrets; print(secrets.token_urlsafe(64))'",
        )
    return content


def make_secret(path: Path) -> None:
    """Write a new random secret with mode 0600, unless another process was first."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    try:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return
    with os.fdopen(handle, "w") as file:
        file.write(secrets.token_urlsafe(64))


def email(name: str = "EMAIL_URL", default: str | None = None) -> dict[str, object]:
    """Django's e-mail settings from smtp://, smtp+tls:// (STARTTLS), smtps://, console: or file:PATH."""
    url = urlsplit(text(name, default))
    if url.scheme == "console":
        return {"EMAIL_BACKEND": "django.core.mail.backends.console.EmailBackend"}
    if url.scheme == "file":
        return {
            "EMAIL_BACKEND": "django.core.mail.backends.filebased.EmailBackend",
            "EMAIL_FILE_PATH": url.path,
        }
    if url.scheme not in MAIL_PORTS or not url.hostname:
        raise fault(name, "is no mail server.", "use smtp+tls://user:password@host:587/?from=address.")
    sender = dict(parse_qsl(url.query)).get("from")
    return {
        "EMAIL_HOST": url.hostname,
        "EMAIL_PORT": url.port or MAIL_PORTS[url.scheme],
        "EMAIL_HOST_USER": unquote(url.username or ""),
        "EMAIL_HOST_PASSWORD": unquote(url.password or ""),
        "EMAIL_USE_TLS": url.scheme == "smtp+tls",
        "EMAIL_USE_SSL": url.scheme == "smtps",
        "EMAIL_TIMEOUT": 10,
        **({"DEFAULT_FROM_EMAIL": sender} if sender else {}),
    }
