"""A registry of its own for one run, beside the real one: same server, own database, own keys.

The database's name is locked, on the real database's connection, for as long as its run lives. A run that is
killed lets go of its lock, and the next run drops what it finds unlocked. Such locks hold within one database
only, so the name says whose scratch it is: two installations on one server leave each other's alone. The
keyring lies in a folder that says which process it belongs to and goes the same way. Nothing in the real
database or keyring is touched.
"""

import secrets
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from django.conf import settings
from django.core.management import call_command
from django.db import connection
from django.db.backends.base.base import BaseDatabaseWrapper

from registry import keys
from registry.errors import RegistryError
from registry.runtime import throwaway

PREFIX = "scratch_registry_"
_WHOSE = "SELECT oid FROM pg_database WHERE datname = current_database()"
# One key for each name; the first number keeps these locks apart from others in the same database.
_LOCK = "SELECT pg_try_advisory_lock(%s, hashtext(%s))"
_UNLOCK = "SELECT pg_advisory_unlock(%s, hashtext(%s))"
_LOCKS = 0x5C7A
_MAY_CREATE = "SELECT rolcreatedb OR rolsuper FROM pg_roles WHERE rolname = current_user"
_OURS = """
SELECT datname FROM pg_database
WHERE starts_with(datname, %s) AND pg_get_userbyid(datdba) = current_user ORDER BY datname
"""


class ScratchRefused(RegistryError):
    """The database's user may not create databases."""

    code = "scratch_refused"
    sentence = (
        "The user of DATABASE_URL may not create databases, so there is no room for a scratch registry."
    )


@contextmanager
def scratch_registry() -> Iterator[str]:
    """Until its end, `connection` leads to an empty registry of its own; yields the database's name.

    For commands with a process to themselves: every use of the database in this process is turned. Raises
    ScratchRefused.
    """
    throwaway.sweep()
    server = connection.copy()
    try:
        if not _ask(server, _MAY_CREATE):
            raise ScratchRefused()
        sweep(server)
        name = f"{_prefix(server)}{secrets.token_hex(6)}"
        _ask(server, _LOCK, [_LOCKS, name])
        _do(server, f'CREATE DATABASE "{name}"')
        try:
            with throwaway.scratch_settings() as own, _turned_to(name, own["KEYRING"]):
                call_command("migrate", "registry", verbosity=0, interactive=False)
                yield name
        finally:
            _drop(server, name)
    finally:
        server.close()


def sweep(server: BaseDatabaseWrapper) -> list[str]:
    """Drop what killed runs left behind, and return the names. A database in use is left alone."""
    with server.cursor() as cursor:
        cursor.execute(_OURS, [_prefix(server)])
        found = [name for (name,) in cursor.fetchall()]
    swept = []
    for name in found:
        if _ask(server, _LOCK, [_LOCKS, name]):
            _drop(server, name)
            _ask(server, _UNLOCK, [_LOCKS, name])
            swept.append(name)
    return swept


def _prefix(server: BaseDatabaseWrapper) -> str:
    """What the names of this installation's scratch databases begin with."""
    with server.cursor() as cursor:
        cursor.execute(_WHOSE)
        return f"{PREFIX}{cursor.fetchone()[0]}_"


@contextmanager
def _turned_to(name: str, keyring: str) -> Iterator[None]:
    before = connection.settings_dict["NAME"], settings.KEYRING, settings.KEYRING_CREATE
    _turn(name, keyring, create=True)
    try:
        yield
    finally:
        _turn(*before)


def _turn(name: str, keyring: str, create: bool) -> None:
    connection.close()
    connection.settings_dict["NAME"] = name
    settings.KEYRING, settings.KEYRING_CREATE = keyring, create
    keys.forget()


def _drop(server: BaseDatabaseWrapper, name: str) -> None:
    _do(server, f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')


def _do(server: BaseDatabaseWrapper, statement: str) -> None:
    with server.cursor() as cursor:
        cursor.execute(statement)


def _ask(server: BaseDatabaseWrapper, question: str, values: Sequence[str | int] = ()) -> bool:
    with server.cursor() as cursor:
        cursor.execute(question, values)
        return bool(cursor.fetchone()[0])
