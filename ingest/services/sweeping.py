"""What a lost message, a killed worker or time itself left behind."""

import logging
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from ingest import queries
from ingest.services import confirming, previewing, trying
from ingest.services.finishing import KEPT, destroy_file, finish, forget_names
from ingest.services.leases import wake_chunks, wake_uploads
from registry import staging

ORPHANED = timedelta(hours=1)
logger = logging.getLogger("ingest.sweep")


@dataclass(frozen=True, slots=True)
class Woken:
    """What somebody must be woken for: uploads to be read, chunks to be worked on, dry runs to be done."""

    uploads: list[UUID]
    chunks: list[UUID]
    trials: list[UUID]


def sweep(*, by: str, at: datetime) -> Woken:
    """End what is done, destroy what is kept no longer, and say what nobody holds."""
    _each(queries.unfinished_uploads(), finish, by=by, at=at)
    _each(queries.uploads_keeping_a_file(finished_before=at - KEPT), destroy_file, by=by, at=at)
    previewing.fade(at=at)
    confirming.lapse(by=by, at=at)
    return Woken(wake_uploads(at=at), wake_chunks(at=at), trying.waiting(at=at))


def _each(uploads: Iterable[UUID], act: Callable[..., Any], **acting: Any) -> None:
    """Act on each; whatever is wrong with one of them, the others are not kept waiting."""
    for upload in uploads:
        try:
            act(upload=upload, **acting)
        except Exception:
            logger.exception("an upload could not be swept", extra={"upload": str(upload)})


def reconcile(*, at: datetime) -> int:
    """Unlink staged files that no row speaks of any more; returns how many. Names of old files go as well."""
    forget_names(at=at)
    return staging.destroy_orphans(known=queries.known_files(), before=at - ORPHANED)
