"""An upload is taken back, within the law: what goes, what stays and why is the keeper's to say."""

import secrets
from datetime import datetime
from uuid import UUID

from django.db import transaction

from ingest.errors import NothingToUndo
from ingest.models import Upload
from registry import profiles
from registry.errors import NotFound

ENDED = (*Upload.FINISHED, Upload.Status.CANCELLED)


def undo(
    *, organisation: UUID, upload: UUID, by: str, at: datetime, reason: str = "undone"
) -> profiles.Undone:
    """Take back every record that an upload brought; what it had replaced is in force again.

    The same file can be sent again afterwards, as a new one. Raises NotFound for another organisation's
    upload, NothingToUndo for one that has not ended, was rejected, or was undone before; IntegrityError where
    a parallel transaction stored the same records: run the call again.
    """
    with transaction.atomic():
        found = (
            Upload.objects.select_for_update(no_key=True).filter(id=upload, organisation=organisation).first()
        )
        if found is None:
            raise NotFound("upload")
        if not undoable(found):
            raise NothingToUndo
        done = profiles.undo(upload=upload, organisation=organisation, by=by, at=at, reason=reason)
        found.undone_at, found.undone_by = at, by
        # The digest by which the same file is recognised: from now on nothing is like this upload.
        found.content = secrets.token_bytes(16)
        found.save(update_fields=["undone_at", "undone_by", "content"])
    return done


def undoable(upload: Upload) -> bool:
    """Whether there is anything to undo: it has ended, some of its rows are in, and nobody undid it yet."""
    return upload.undone_at is None and upload.status in ENDED
