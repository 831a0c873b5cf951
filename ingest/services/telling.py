"""An upload has ended: its organisation's programs are told, in the acting transaction, by ids and counts."""

from datetime import datetime

from ingest.models import Upload
from registry import webhooks

_EVENTS = {
    Upload.Status.DONE: "upload.finished",
    Upload.Status.DONE_WITH_ERRORS: "upload.finished",
    Upload.Status.REJECTED: "upload.rejected",
    Upload.Status.CANCELLED: "upload.cancelled",
}


def tell_ended(upload: Upload, *, at: datetime) -> None:
    """Queue the webhooks about an upload that was done, rejected or cancelled just now."""
    status = Upload.Status(upload.status)
    data: dict[str, object] = {"upload": upload.id, "status": status.value, "source": upload.source}
    if status == Upload.Status.REJECTED:
        data["reason"] = upload.error_code
    else:
        counts = {name: getattr(upload, name) for name in Upload.OUTCOMES}
        data |= {"type": upload.type or None, "rows": upload.rows, **counts}
    webhooks.tell(organisation=upload.organisation_id, event=_EVENTS[status], data=data, at=at)
