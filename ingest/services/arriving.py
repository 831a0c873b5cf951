"""A file arrives in pieces (tus 1.0), each sealed on disk as it comes; a line may break at any byte.

1. `begin`: licence and type are checked before the first byte.
2. `bring`: whoever brings a piece holds the file meanwhile; a holder that falls silent is replaced.
3. The piece is cut into parts. A part that is on disk and in the table is here for good: only then does it
   count in the offset that is answered. What a crash cuts off has no row, is never read, and is unlinked.
4. A piece with a checksum counts whole or not at all.
5. The last byte makes it "arrived"; `land` (ingest/services/landing.py) makes an upload of it.
"""

import hashlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import BinaryIO, NamedTuple, Self
from uuid import UUID, uuid4

from django.conf import settings
from django.db import IntegrityError, transaction

from ingest.errors import ChecksumMismatch, TooLarge, UploadBusy, UploadGone, WrongOffset
from ingest.models import Incoming, IncomingPart
from ingest.queries import FAR
from ingest.services.receiving import digest_of, require_welcome
from ingest.services.room import require_room
from registry import staging
from registry.errors import IdempotencyKeyReused, NotFound

READ = 1 << 18
PART = 8 << 20
PART_TIME = timedelta(seconds=5)
"""However slow the line, what has come is kept this often."""
MOST_PARTS = 20_000
SILENCE = timedelta(seconds=10)
"""A holder who brings nothing for so long may be replaced: its line or its process is gone."""
KEPT = timedelta(hours=24)
"""How long an unfinished file waits for its next piece."""
LONGEST = timedelta(days=7)

Clock = Callable[[], datetime]


class Told(NamedTuple):
    """What a sender says of a file before its first byte."""

    length: int
    filename: str = ""
    content_type: str = ""
    type: str = ""
    metadata: str = ""
    idempotency_key: str = ""
    source: str = "resumable"
    hold: bool = False
    as_of: datetime | None = None


class Checksum(NamedTuple):
    """What a piece must come to: an algorithm of `hashlib` and the digest."""

    algorithm: str
    digest: bytes


def begin(*, organisation: UUID, told: Told, by: str, at: datetime) -> Incoming:
    """Make room for a file of `told.length` bytes. The same Idempotency-Key gives the one there is.

    Raises LicenceRequired, RecordTypeUnknown, TooLarge, IdempotencyKeyReused, StagingFull.
    """
    require_welcome(organisation=organisation, type=told.type, at=at)
    if told.length > settings.UPLOAD_MAX_BYTES:
        raise TooLarge(limit=settings.UPLOAD_MAX_BYTES)
    made = _incoming(organisation, told, by, at)
    known = _same_key(made)
    if known is not None:
        return known
    require_room(organisation=organisation, more=told.length)
    try:
        with transaction.atomic():
            made.save(force_insert=True)
    except IntegrityError:
        known = _same_key(made)
        if known is None:
            raise
        return known
    return made


def bring(
    *,
    organisation: UUID,
    incoming: UUID,
    offset: int,
    stream: BinaryIO,
    size: int,
    by: str,
    clock: Clock,
    checksum: Checksum | None = None,
) -> Incoming:
    """Take in a piece of `size` bytes that goes on at `offset`, as far as it comes.

    Raises NotFound, UploadGone, LicenceRequired, WrongOffset, UploadBusy, TooLarge, ChecksumMismatch and
    StagingFull. Except for a wrong checksum, what was safely here before an error stays.
    """
    found = own(organisation=organisation, incoming=incoming)
    require_welcome(organisation=organisation, type=found.type, at=clock())
    with _held(found, offset, size, clock()) as holder:
        _take_in(_Piece(found.id, holder, offset, stream, size, clock), checksum)
    found.refresh_from_db()
    return found


def own(*, organisation: UUID, incoming: UUID) -> Incoming:
    """One of an organisation's files on their way. Raises NotFound."""
    found = Incoming.objects.filter(organisation_id=organisation, id=incoming).first()
    if found is None:
        raise NotFound("incoming file")
    return found


def require_here(found: Incoming) -> None:
    """Raises UploadGone where what had come was destroyed."""
    if found.state in Incoming.DESTROYED:
        raise UploadGone(state=found.state)


class _Piece(NamedTuple):
    """What one request brings, and in whose name."""

    incoming: UUID
    holder: UUID
    offset: int
    stream: BinaryIO
    size: int
    clock: Clock


def _incoming(organisation: UUID, told: Told, by: str, at: datetime) -> Incoming:
    file = uuid4()
    said = {"name": told.filename[:200], "metadata": told.metadata, "key": told.idempotency_key}
    return Incoming(
        id=file,
        organisation_id=organisation,
        by=by,
        state=Incoming.State.RECEIVING if told.length else Incoming.State.ARRIVED,
        source=told.source,
        type=told.type,
        content_type=told.content_type[:100],
        hold=told.hold,
        as_of=told.as_of,
        length=told.length,
        told=staging.seal_note(owner=file, field="told", note=said),
        idempotency=digest_of("upload_key", told.idempotency_key) if told.idempotency_key else None,
        begun_at=at,
        touched_at=at,
        expires_at=at + KEPT,
    )


def _same_key(made: Incoming) -> Incoming | None:
    """The file under way that has this key. Raises IdempotencyKeyReused where it is another file."""
    if made.idempotency is None:
        return None
    same = {"organisation_id": made.organisation_id, "idempotency": made.idempotency}
    known = Incoming.objects.filter(**same).exclude(state__in=Incoming.DESTROYED).first()
    if known is not None and (known.length, known.type) != (made.length, made.type):
        raise IdempotencyKeyReused
    return known


@contextmanager
def _held(found: Incoming, offset: int, size: int, at: datetime) -> Iterator[UUID]:
    """Hold the file while a piece is brought; nobody else's piece counts meanwhile."""
    holder = uuid4()
    with transaction.atomic():
        locked = _locked(found.id)
        require_here(locked)
        until = locked.held_until
        if locked.holder is not None and until is not None and at < until <= at + FAR:
            raise UploadBusy(retry_after=(until - at).total_seconds())
        if locked.offset != offset:
            raise WrongOffset(offset=locked.offset)
        if offset + size > locked.length or locked.parts.count() >= MOST_PARTS:
            raise TooLarge(limit=locked.length)
        Incoming.objects.filter(id=found.id).update(holder=holder, held_until=at + SILENCE)
    try:
        yield holder
    finally:
        Incoming.objects.filter(id=found.id, holder=holder).update(holder=None, held_until=None)


def _take_in(piece: _Piece, checksum: Checksum | None) -> None:
    """Seal the piece part by part; without a checksum each counts at once, with one all or none."""
    digest = hashlib.new(checksum.algorithm, usedforsecurity=False) if checksum else None
    waiting: list[IncomingPart] = []
    try:
        for part in _parts(piece, digest.update if digest else None):
            waiting.append(part)
            if checksum is None:
                _keep(piece, waiting)
                waiting = []
        if checksum and digest and digest.digest() != checksum.digest:
            raise ChecksumMismatch
        _keep(piece, waiting)
    except BaseException:
        for part in waiting:
            staging.destroy(file=part.file)
        raise


def _parts(piece: _Piece, note: Callable[[bytes], None] | None) -> Iterator[IncomingPart]:
    """The piece in sealed files, until it ends or its line breaks; none of them is in the table yet."""
    offset, end = piece.offset, piece.offset + piece.size
    while offset < end:
        part = IncomingPart(incoming_id=piece.incoming, offset=offset)
        with staging.create(file=part.file) as staged:
            pulse = _Pulse(piece)
            while staged.size < min(PART, end - offset) and not pulse.over:
                data = _read(piece.stream, min(READ, end - offset - staged.size))
                if not data:
                    break
                staged.write(data)
                pulse.beat()
                if note:
                    note(data)
        if not staged.size:
            staging.destroy(file=part.file)
            return
        part.size, part.file_key = staged.size, staged.wrapped
        yield part
        offset += staged.size
        if not data:
            return


class _Pulse:
    """Shows while a part is coming in that its holder is alive; `over` once the part took long enough."""

    def __init__(self, piece: _Piece) -> None:
        self._piece = piece
        self._begun = self._shown = piece.clock()
        self.over = False

    def beat(self) -> Self:
        """Some bytes have come."""
        now = self._piece.clock()
        self.over = now - self._begun >= PART_TIME
        if now - self._shown >= SILENCE / 5:
            own_piece = Incoming.objects.filter(id=self._piece.incoming, holder=self._piece.holder)
            own_piece.update(held_until=now + SILENCE)
            self._shown = now
        return self


def _read(stream: BinaryIO, size: int) -> bytes:
    """Some bytes; none at the end, and none where the line broke: what came before is as good as ever."""
    try:
        return stream.read(size)
    except OSError:
        return b""


def _keep(piece: _Piece, parts: list[IncomingPart]) -> None:
    """Let parts count. Raises UploadBusy, UploadGone if somebody took the file over or ended it meanwhile."""
    if not parts:
        return
    with transaction.atomic():
        found, now = _locked(piece.incoming), piece.clock()
        require_here(found)
        if found.holder != piece.holder:
            raise UploadBusy(retry_after=SILENCE.total_seconds())
        IncomingPart.objects.bulk_create(parts)
        found.offset += sum(part.size for part in parts)
        if found.offset == found.length:
            found.state = Incoming.State.ARRIVED
        found.touched_at, found.held_until = now, now + SILENCE
        found.expires_at = min(now + KEPT, found.begun_at + LONGEST)
        found.save()


def _locked(incoming: UUID) -> Incoming:
    found = Incoming.objects.select_for_update(no_key=True).filter(id=incoming).first()
    if found is None:
        raise NotFound("incoming file")
    return found
