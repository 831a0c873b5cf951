"""A stream of records: an upload that is open while its lines come, and ends with them.

It has no staged file: each batch of lines is kept, or refused, before the next is taken. While it is open it
is held by a lease; a web process that dies leaves it to the sweep, which ends it with what was kept.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from itertools import pairwise
from uuid import UUID, uuid4

from django.db import IntegrityError, transaction
from django.db.models import F
from django.utils.translation import gettext as _

from ingest.errors.requests import StreamKnown, StreamOver
from ingest.models import Chunk, Upload
from ingest.services.finishing import finish
from ingest.services.licensing import require_type
from ingest.services.receiving import digest_of, require_welcome
from registry import staging
from registry.accounts.apikeys import require_standing
from registry.errors import InvalidRequest
from registry.ledger import Event, append
from registry.models import Organisation

OPEN = timedelta(minutes=2)
"""So long a stream may be silent; then it counts as over."""


def open_stream(
    *,
    organisation: UUID,
    type: str,
    name: str,
    idempotency_key: str,
    as_of: datetime | None,
    by: str,
    at: datetime,
) -> Upload:
    """A new stream of records of one type; a key ("" for none) opens one stream and no other.

    Raises LicenceRequired, InvalidRequest without a type, RecordTypeUnknown, RecordTypeNotYours,
    CategoryNotLicensed, StreamKnown.
    """
    if not type:
        raise InvalidRequest("no type", fields={"Upload-Type": [_("Say of which type the records are.")]})
    licence = require_welcome(organisation=organisation, type=type, at=at)
    require_type(type, Organisation.objects.get(id=organisation), at=at)
    opened = Upload(
        id=uuid4(),
        organisation_id=organisation,
        licence=licence,
        by=by,
        status=Upload.Status.PROCESSING,
        source=Upload.Source.STREAM,
        type=type,
        format="ndjson",
        content_type="application/x-ndjson",
        bytes=0,
        idempotency=digest_of("upload_key", idempotency_key) if idempotency_key else None,
        as_of=as_of,
        lease_until=at + OPEN,
        received_at=at,
        started_at=at,
    )
    opened.content = digest_of("upload_content", f"stream {opened.id}")
    opened.name = staging.seal_note(owner=opened.id, field="name", note=name[:200]) if name else None
    return _keep(opened)


def hold_stream(*, upload: UUID, at: datetime) -> Upload:
    """Lock an open stream for a batch, in the acting transaction.

    Raises StreamOver, and KeyRequired once the key that it was opened with is revoked or over.
    """
    held = Upload.objects.select_for_update(of=("self",), no_key=True).select_related("organisation")
    found = held.filter(id=upload, status=Upload.Status.PROCESSING).first()
    if found is None:
        raise StreamOver(upload=str(upload))
    require_standing(found.by, at=at)
    return found


def add_batch(upload: Upload, *, numbers: Sequence[int], bytes: int, at: datetime) -> Chunk:
    """A batch of an open stream that is held, as a chunk to be worked on in the acting transaction."""
    number = Chunk.objects.filter(upload_id=upload.id).count() + 1
    chunk = Chunk.objects.create(
        upload_id=upload.id,
        number=number,
        first_row=numbers[0],
        last_row=numbers[-1],
        rows=len(numbers),
        gaps=[[one + 1, other - 1] for one, other in pairwise(numbers) if other - one > 1],
        state=Chunk.State.WORKING,
        lease_until=at + OPEN,
    )
    Upload.objects.filter(id=upload.id).update(
        rows=F("rows") + len(numbers), bytes=F("bytes") + bytes, lease_until=at + OPEN
    )
    return chunk


def prolong_stream(*, upload: UUID, at: datetime) -> bool:
    """Keep a stream open whose sender is silent; False where it is over."""
    own = Upload.objects.filter(id=upload, status=Upload.Status.PROCESSING)
    return bool(own.update(lease_until=at + OPEN))


def close_stream(*, upload: UUID, by: str, at: datetime) -> Upload:
    """End a stream with what was kept of it; one that has ended stays as it is."""
    finish(upload=upload, by=by, at=at)
    return Upload.objects.get(id=upload)


def _keep(opened: Upload) -> Upload:
    known = Upload.objects.filter(organisation_id=opened.organisation_id, idempotency=opened.idempotency)
    try:
        with transaction.atomic():
            opened.save(force_insert=True)
            _record(opened)
    except IntegrityError:
        first = known.exclude(idempotency=None).first()
        if first is None:
            raise
        raise StreamKnown(upload=str(first.id), state=first.status) from None
    return opened


def _record(opened: Upload) -> None:
    details = {
        "upload": opened.id,
        "type": opened.type,
        "format": "stream",
        "content": opened.content,
        "licence": opened.licence_id,
    }
    append(
        Event.UPLOAD_RECEIVED,
        by=opened.by,
        at=opened.received_at,
        organisation=opened.organisation_id,
        details=details,
    )
