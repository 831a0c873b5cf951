"""A file arrives: sealed while it is still coming in, then an upload that waits to be read."""

import hashlib
from datetime import datetime
from typing import BinaryIO, NamedTuple
from uuid import UUID, uuid4

from django.conf import settings
from django.db import IntegrityError, transaction

from ingest.errors import BrokenOff, RecordTypeUnknown, TooLarge
from ingest.models import Upload
from ingest.services.room import require_room
from registry import keys, staging
from registry.accounts.licences import furnisher_licence
from registry.catalogue import RECORD_TYPES
from registry.errors import IdempotencyKeyReused
from registry.ledger import Event, append
from registry.models import Licence

_PIECE = 1 << 18


class _Arrived(NamedTuple):
    """A staged file: its id, its wrapped key, its size and the keyed digest of its content."""

    file: UUID
    wrapped: bytes
    size: int
    content: bytes


def receive(
    *,
    organisation: UUID,
    stream: BinaryIO,
    filename: str,
    content_type: str,
    type: str,
    idempotency_key: str,
    by: str,
    at: datetime,
    source: str = Upload.Source.REST,
    hold: bool = False,
    as_of: datetime | None = None,
    length: int | None = None,
    upload_id: UUID | None = None,
) -> Upload:
    """Take a file in. `type` is the type of record the rows are, "" to find out from the columns.

    `hold` makes it wait for somebody's confirmation, `as_of` is the moment its rows speak of, `length` how
    many bytes were announced, `upload_id` the id of the upload to be, if it has one. The same content of an
    upload that is under way or done, or the same `idempotency_key` ("" for none) with the same content, gives
    the upload there is. Raises LicenceRequired, RecordTypeUnknown, TooLarge, StagingFull,
    IdempotencyKeyReused, and BrokenOff where fewer bytes came than `length`.
    """
    licence = require_welcome(organisation=organisation, type=type, at=at)
    if upload_id is None:  # one that came in pieces had its room from the start
        require_room(organisation=organisation, more=length or 0)
    arrived = _stage(stream, type, length)
    key = digest_of("upload_key", idempotency_key) if idempotency_key else None
    upload = Upload(
        id=upload_id or uuid4(),
        organisation_id=organisation,
        licence=licence,
        by=by,
        type=type,
        content_type=content_type[:100],
        bytes=arrived.size,
        content=arrived.content,
        idempotency=key,
        file=arrived.file,
        file_key=arrived.wrapped,
        source=source,
        hold=hold,
        as_of=as_of,
        received_at=at,
    )
    if filename:
        upload.name = staging.seal_note(owner=upload.id, field="name", note=filename[:200])
    return _keep(upload, licence)


def require_welcome(*, organisation: UUID, type: str, at: datetime) -> Licence:
    """The licence under which a file may come, before its first byte is read.

    Raises LicenceRequired, and RecordTypeUnknown for a `type` that is neither "" nor in the catalogue.
    """
    licence = furnisher_licence(organisation=organisation, at=at)
    if type and type not in RECORD_TYPES:
        raise RecordTypeUnknown(candidates=list(RECORD_TYPES))
    return licence


def _stage(stream: BinaryIO, type: str, length: int | None) -> _Arrived:
    """Seal the stream on disk piece by piece, counting and hashing it.

    A web server may tell of a line that broke by an end like any other: only the count shows it.
    """
    file, digest = uuid4(), hashlib.sha256()
    with staging.create(file=file) as staged:
        while piece := _read(stream):
            digest.update(piece)
            staged.write(piece)
            if staged.size > settings.UPLOAD_MAX_BYTES:
                raise TooLarge(limit=settings.UPLOAD_MAX_BYTES)
        if length is not None and staged.size < length:
            raise BrokenOff
    content = digest_of("upload_content", f"{digest.hexdigest()}|{type}")
    return _Arrived(file, staged.wrapped, staged.size, content)


def _read(stream: BinaryIO) -> bytes:
    try:
        return stream.read(_PIECE)
    except OSError:  # among them Django's UnreadablePostError
        raise BrokenOff from None


def _keep(upload: Upload, licence: Licence) -> Upload:
    """Store the upload, unless it is there already: then what has just been staged goes again."""
    try:
        known = _known(upload)
        if known is None:
            with transaction.atomic():
                upload.save(force_insert=True)
                _record(upload, licence)
            return upload
    except IntegrityError:  # the same file arrived twice at once
        known = _known(upload)
        if known is None:
            staging.destroy(file=upload.file)
            raise
    except BaseException:
        staging.destroy(file=upload.file)
        raise
    staging.destroy(file=upload.file)
    return known


def _known(upload: Upload) -> Upload | None:
    """The upload this one repeats. Raises IdempotencyKeyReused where its key came with another file."""
    own = Upload.objects.filter(organisation_id=upload.organisation_id)
    if upload.idempotency is not None:
        same_key = own.filter(idempotency=upload.idempotency).first()
        if same_key is not None and bytes(same_key.content) != upload.content:
            raise IdempotencyKeyReused
        if same_key is not None:
            return same_key
    return own.filter(content=upload.content, status__in=(*Upload.OPEN, Upload.Status.DONE)).first()


def _record(upload: Upload, licence: Licence) -> None:
    details = {
        "upload": upload.id,
        "type": upload.type or None,
        "bytes": upload.bytes,
        "content": upload.content,
        "licence": licence.id,
    }
    append(
        Event.UPLOAD_RECEIVED,
        by=upload.by,
        at=upload.received_at,
        organisation=upload.organisation_id,
        details=details,
    )


def digest_of(kind: str, value: str) -> bytes:
    """The keyed digest of a content or an Idempotency-Key, by which the same is known again."""
    return keys.indexers()[-1].digest(kind, value)
