"""What lies in `in/` becomes uploads: files that nobody writes to any more, each once."""

import hashlib
import os
from datetime import datetime, timedelta
from typing import BinaryIO, cast
from uuid import UUID

from ingest import services
from ingest.errors import BrokenOff
from ingest.folder import giving, places
from ingest.models import Upload
from registry.errors import RegistryError

BY = "system:folder"
_GROWING = (".part", ".tmp", ".temp", ".filepart", ".partial", ".crdownload", ".swp", "~")


class StillWritten(Exception):
    """Somebody wrote to the file while it was being read; nothing of it was kept."""


def take(
    *, organisation: UUID, inside: int, out: int, settle: timedelta, at: datetime
) -> tuple[list[UUID], int]:
    """Take what is steady; the uploads that wait to be read, and how many files were refused.

    A file counts as steady when neither its content nor its name changed for `settle`. What cannot be taken
    for a reason of ours (no room, no keys) stays where it is.
    """
    taken: list[UUID] = []
    refused = 0
    for name in places.names(inside):
        if name.startswith(".") or name.lower().endswith(_GROWING):
            continue
        with places.reading(name, inside) as found:
            if found is None or not _steady(found[1], settle, at):
                continue
            file, was = found
            try:
                upload = _receive(organisation, name, file, was, at)
            except (StillWritten, BrokenOff):  # or its disk could not be read to the end
                continue
            except RegistryError as error:
                if error.status >= 500:
                    continue
                giving.give_error(name, error, out=out)
                refused += 1
            else:
                if upload.received_at != at or upload.id in taken:
                    giving.give_repeat(name, upload, out=out)
                elif upload.status == Upload.Status.RECEIVED:
                    taken.append(upload.id)
            places.remove(name, inside, was)
    return taken, refused


def _steady(found: os.stat_result, settle: timedelta, at: datetime) -> bool:
    # Writing and renaming change one or both; what keeps its sender's time changes the other.
    return max(found.st_mtime, found.st_ctime) <= (at - settle).timestamp()


def _receive(organisation: UUID, name: str, file: int, was: os.stat_result, at: datetime) -> Upload:
    return services.receive(
        organisation=organisation,
        stream=cast(BinaryIO, _Steady(file, was)),
        filename=name,
        content_type="",
        type="",
        idempotency_key=_key(name, was),
        by=BY,
        at=at,
        source=Upload.Source.FOLDER,
        length=was.st_size,
    )


def _key(name: str, was: os.stat_result) -> str:
    """The same for the same file found again; another for the same content dropped once more."""
    said = (name, was.st_size, was.st_mtime_ns, was.st_ctime_ns, was.st_ino, was.st_dev)
    return "folder " + hashlib.sha256(repr(said).encode("utf-8", "surrogatepass")).hexdigest()


class _Steady:
    """A file that must not change while it is read."""

    def __init__(self, file: int, was: os.stat_result) -> None:
        self._file, self._was = file, was

    def read(self, size: int) -> bytes:
        """Some more bytes. Raises StillWritten at the end if it is not the file that it was."""
        data = os.read(self._file, size)
        if not data and not places.same(os.fstat(self._file), self._was):
            raise StillWritten
        return data
