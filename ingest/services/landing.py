"""How files that come in pieces end: as an upload like any other, or destroyed."""

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from typing import Any, BinaryIO, cast
from uuid import UUID, uuid4

from django.db import transaction
from django.db.models import Q

from ingest.errors import UploadFinished
from ingest.models import Incoming, IncomingPart, Upload
from ingest.queries import FAR
from ingest.services.receiving import receive
from registry import staging
from registry.errors import NotFound, RegistryError
from registry.ledger import Event, append

AT_ONCE = 20
LANDING = timedelta(minutes=5)
REMEMBERED = timedelta(days=7)
"""How long it is still known what became of a file, for whoever asks at its address."""


def land(*, incoming: UUID, clock: Callable[[], datetime]) -> Upload | None:
    """Make an upload of a file that is wholly here; None where others are at it or there is nothing to do.

    The same upload as if it had come at once, in the name of whoever began it, and the same content gives the
    upload there is. Run again after a crash it changes nothing. Raises what `receive` raises: for a reason of
    ours (no room, no keys) the parts stay and it is tried again, otherwise they are destroyed.
    """
    found = _take(incoming, clock())
    if found is None:
        return None
    try:
        upload = Upload.objects.filter(id=found.id).first() or _received(found, clock())
    except RegistryError as refused:
        if refused.status >= 500:
            _leave(found, clock())
        else:
            _end(found.id, Incoming.State.REFUSED, by=found.by, at=clock(), error=refused.code)
        raise
    _settle(found, upload, clock())
    return upload


def abandon(*, organisation: UUID, incoming: UUID, by: str, at: datetime) -> None:
    """Destroy what has come of a file. Raises NotFound, UploadFinished for one that has ended."""
    found = Incoming.objects.filter(organisation_id=organisation, id=incoming).first()
    if found is None:
        raise NotFound("incoming file")
    if not _end(found.id, Incoming.State.CANCELLED, by=by, at=at):
        raise UploadFinished


def tidy(*, by: str, clock: Callable[[], datetime]) -> list[UUID]:
    """Land what a crash kept from it, destroy what waited too long; returns the uploads that came of it."""
    at, landed = clock(), []
    for incoming in _ids(_free(at), state=Incoming.State.ARRIVED):
        try:
            upload = land(incoming=incoming, clock=clock)
        except RegistryError:
            continue  # refused and told so, or not possible yet
        landed += [upload.id] if upload else []
    for incoming in _ids(_free(at), state=Incoming.State.RECEIVING, expires_at__lt=at):
        _end(incoming, Incoming.State.EXPIRED, by=by, at=at)
    Incoming.objects.filter(expires_at__lt=at).exclude(state__in=Incoming.UNDER_WAY).delete()
    return landed


def _ids(*conditions: Q, **more: Any) -> list[UUID]:
    found = Incoming.objects.filter(*conditions, **more).order_by("touched_at")
    return list(found.values_list("id", flat=True)[:AT_ONCE])


def _free(at: datetime) -> Q:
    return Q(holder__isnull=True) | Q(held_until__lt=at) | Q(held_until__gt=at + FAR)


def _take(incoming: UUID, at: datetime) -> Incoming | None:
    holder = uuid4()
    free = Incoming.objects.filter(_free(at), id=incoming, state=Incoming.State.ARRIVED)
    taken = free.update(holder=holder, held_until=at + LANDING)
    return Incoming.objects.get(id=incoming) if taken else None


def _leave(found: Incoming, at: datetime) -> None:
    """Leave it for later, behind whatever else waits."""
    own = Incoming.objects.filter(id=found.id, holder=found.holder)
    own.update(holder=None, held_until=None, touched_at=at)


def _received(found: Incoming, at: datetime) -> Upload:
    told = staging.open_note(owner=found.id, field="told", sealed=bytes(found.told))
    return receive(
        organisation=found.organisation_id,
        stream=cast(BinaryIO, _Whole(found)),
        filename=told["name"],
        content_type=found.content_type,
        type=found.type,
        idempotency_key=told["key"],
        by=found.by,
        at=at,
        source=found.source,
        hold=found.hold,
        as_of=found.as_of,
        length=found.length,
        upload_id=found.id,
    )


class _Whole:
    """The parts of a file, one after the other, as one stream to read."""

    def __init__(self, found: Incoming) -> None:
        self._pieces = self._read(found)

    def read(self, size: int) -> bytes:
        """Some bytes, at most as many as asked for; none at the end."""
        return next(self._pieces, b"")

    @staticmethod
    def _read(found: Incoming, size: int = 1 << 18) -> Iterator[bytes]:
        for part in found.parts.order_by("offset"):
            with staging.open_staged(file=part.file, wrapped=bytes(part.file_key)) as stream:
                while data := stream.read(size):
                    yield data


def _settle(found: Incoming, upload: Upload, at: datetime) -> None:
    """The upload is there; of the parts nothing stays."""
    with transaction.atomic():
        locked = _locked(found.id)
        if locked is None or locked.state != Incoming.State.ARRIVED:
            return
        locked.state, locked.upload = Incoming.State.LANDED, upload
        locked.holder, locked.held_until, locked.expires_at = None, None, at + REMEMBERED
        locked.save()
        _drop_parts(found.id)


def _end(incoming: UUID, state: str, *, by: str, at: datetime, error: str = "") -> bool:
    """Destroy the parts, with their entry in the ledger; False if the file had ended already."""
    with transaction.atomic():
        found = _locked(incoming)
        if found is None or not found.under_way:
            return False
        found.state, found.error_code = state, error
        found.holder, found.held_until, found.expires_at = None, None, at + REMEMBERED
        found.save()
        details = {"upload": found.id, "bytes": found.offset, "reason": error or state}
        append(Event.STAGED_FILE_DESTROYED, by=by, at=at, organisation=found.organisation_id, details=details)
        _drop_parts(incoming)
    return True


def _locked(incoming: UUID) -> Incoming | None:
    return Incoming.objects.select_for_update(no_key=True).filter(id=incoming).first()


def _drop_parts(incoming: UUID) -> None:
    """The keys go with this transaction, the files after it."""
    parts = IncomingPart.objects.filter(incoming_id=incoming)
    files = list(parts.values_list("file", flat=True))
    parts.delete()

    def unlink() -> None:
        for file in files:
            staging.destroy(file=file)

    transaction.on_commit(unlink)
