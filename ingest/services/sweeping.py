"""What a lost message, a killed worker or time itself left behind."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from ingest import queries
from ingest.services import confirming, previewing, trying
from ingest.services.finishing import KEPT, destroy_file, finish, forget_names
from ingest.services.leases import wake_chunks, wake_uploads
from registry import staging

ORPHANED = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Woken:
    """What somebody must be woken for: uploads to be read, chunks to be worked on, dry runs to be done."""

    uploads: list[UUID]
    chunks: list[UUID]
    trials: list[UUID]


def sweep(*, by: str, at: datetime) -> Woken:
    """End what is done, destroy what is kept no longer, and say what nobody holds."""
    for upload in queries.unfinished_uploads():
        finish(upload=upload, by=by, at=at)
    for upload in queries.uploads_keeping_a_file(finished_before=at - KEPT):
        destroy_file(upload=upload, by=by, at=at)
    previewing.fade(at=at)
    confirming.lapse(by=by, at=at)
    return Woken(wake_uploads(at=at), wake_chunks(at=at), trying.waiting(at=at))


def reconcile(*, at: datetime) -> int:
    """Unlink staged files that no row speaks of any more; returns how many. Names of old files go as well."""
    forget_names(at=at)
    return staging.destroy_orphans(known=queries.known_files(), before=at - ORPHANED)
