"""A file arrives: sealed while it is still coming in, then an upload that waits to be read."""

import hashlib
from datetime import datetime
from typing import BinaryIO, NamedTuple
from uuid import UUID, uuid4

from django.conf import settings
from django.db import IntegrityError, transaction

from ingest.errors import RecordTypeUnknown, TooLarge
from ingest.models import Upload
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
) -> Upload:
    """Take a file in. `type` is the type of record the rows are, "" to find out from the columns.

    The same content of an upload that is under way or done, or the same `idempotency_key` ("" for none) with
    the same content, gives the upload there is. Raises LicenceRequired, RecordTypeUnknown, TooLarge,
    StagingFull, IdempotencyKeyReused.
    """
    licence = furnisher_licence(organisation=organisation, at=at)
    if type and type not in RECORD_TYPES:
        raise RecordTypeUnknown(candidates=list(RECORD_TYPES))
    arrived = _stage(stream, type)
    key = _digest("upload_key", idempotency_key) if idempotency_key else None
    upload = Upload(
        id=uuid4(),
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
        received_at=at,
    )
    if filename:
        upload.name = staging.seal_note(owner=upload.id, field="name", note=filename[:200])
    return _keep(upload, licence)


def _stage(stream: BinaryIO, type: str) -> _Arrived:
    """Seal the stream on disk piece by piece, counting and hashing it."""
    file, digest = uuid4(), hashlib.sha256()
    with staging.create(file=file) as staged:
        while piece := stream.read(_PIECE):
            digest.update(piece)
            staged.write(piece)
            if staged.size > settings.UPLOAD_MAX_BYTES:
                raise TooLarge(limit=settings.UPLOAD_MAX_BYTES)
    content = _digest("upload_content", f"{digest.hexdigest()}|{type}")
    return _Arrived(file, staged.wrapped, staged.size, content)


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


def _digest(kind: str, value: str) -> bytes:
    return keys.indexers()[-1].digest(kind, value)
