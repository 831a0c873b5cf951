"""One look at the whole watched folder: each organisation's files by themselves, one look at a time."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import datetime, timedelta
from pathlib import Path
from typing import NamedTuple
from uuid import UUID

from django.db import connection

from ingest.folder import giving, places, taking
from registry.models import Organisation

SETTLE = timedelta(seconds=10)
_LOCK = 0x4A58464F  # one look at a time, in all processes
logger = logging.getLogger("ingest.folder")


class Looked(NamedTuple):
    """What came of a look: uploads to be read, files refused, results given, folders that are not usable."""

    taken: list[UUID]
    refused: int = 0
    given: int = 0
    unusable: int = 0


def look(*, root: Path, at: datetime, settle: timedelta = SETTLE) -> Looked:
    """Take what lies in every organisation's `in/`, give what is finished; nothing while another look is on.

    Raises FolderUnsafe where the root itself is not usable; one organisation's folder stops no other.
    """
    with _alone() as alone, places.opened(root) as folder:
        if not alone:
            return Looked([])
        taken: list[UUID] = []
        refused = given = unusable = 0
        for name in places.names(folder):
            if name.startswith("."):
                continue
            try:
                one = _look(name, folder, settle, at)
            except Exception:  # whatever is wrong with one of them, the others are not kept waiting
                logger.exception("a watched folder cannot be used")
                unusable += 1
                continue
            taken += one.taken
            refused, given, unusable = refused + one.refused, given + one.given, unusable + one.unusable
        return Looked(taken, refused, given, unusable)


def _look(name: str, root: int, settle: timedelta, at: datetime) -> Looked:
    organisation = _organisation(name)
    if organisation is None:
        return Looked([], unusable=1)
    with (
        places.opened(name, inside=root) as own,
        places.opened("in", inside=own, make=True) as inside,
        places.opened("out", inside=own, make=True) as out,
    ):
        taken, refused = taking.take(organisation=organisation, inside=inside, out=out, settle=settle, at=at)
        given = giving.give(organisation=organisation, out=out, at=at)
        giving.clear(out=out, at=at)
    return Looked(taken, refused, given)


def _organisation(name: str) -> UUID | None:
    """Whose folder this is, by its credit code or its id."""
    own = Organisation.objects.filter(credit_code=name)
    with suppress(ValueError):
        own |= Organisation.objects.filter(id=UUID(name))
    return own.values_list("id", flat=True).first()


@contextmanager
def _alone() -> Iterator[bool]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(%s)", [_LOCK])
        held = bool(cursor.fetchone()[0])
    try:
        yield held
    finally:
        if held:
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_advisory_unlock(%s)", [_LOCK])
