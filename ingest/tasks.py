"""The partner's doors for Celery: ids in, one call. A message may come twice or never; the tables decide."""

from pathlib import Path
from uuid import UUID

from celery import shared_task
from django.conf import settings
from django.db import transaction
from django.utils import timezone

from ingest import pipeline, services
from ingest.folder import look
from ingest.models import Chunk
from ingest.pipeline.trial import rehearse
from ingest.services import previewing
from registry.tasks import tell_webhooks
from registry.waking import wake

BY = "system:ingest"


@shared_task(name="ingest.parse")
def parse(upload_id: str) -> None:
    """Look at a file that is held, or read another one whole and wake workers for its first chunks."""
    if previewing.peek(upload=UUID(upload_id), by=BY, clock=timezone.now):
        return
    if services.split(upload=UUID(upload_id), by=BY, clock=timezone.now):
        wake_chunks()


@shared_task(name="ingest.work")
def work(chunk_id: str) -> None:
    """Do one chunk, others being woken for the next ones; end the upload if it was the last."""
    chunk = UUID(chunk_id)
    if not services.take_chunk(chunk=chunk, at=timezone.now()):
        return
    wake_chunks()
    try:
        pipeline.work(chunk=chunk, by=BY, at=timezone.now())
    except BaseException:
        services.drop_chunk(chunk=chunk, at=timezone.now())
        raise
    wake_chunks()
    upload = Chunk.objects.values_list("upload_id", flat=True).get(id=chunk)
    if services.finish(upload=upload, by=BY, at=timezone.now()):
        tell_webhooks()


@shared_task(name="ingest.trial")
def trial(upload_id: str) -> None:
    """Do a dry run of a held file."""
    rehearse(upload=UUID(upload_id), by=BY, clock=timezone.now)


@shared_task(name="ingest.sweep")
def sweep() -> dict[str, int]:
    """End what is done, destroy what is kept no longer, wake workers for what nobody holds: how many."""
    woken = services.sweep(by=BY, at=timezone.now())
    for upload in woken.uploads:
        wake(parse, upload)
    for chunk in woken.chunks:
        wake(work, chunk)
    for upload in woken.trials:
        wake(trial, upload)
    return {
        "uploads": len(woken.uploads),
        "chunks": len(woken.chunks),
        "trials": len(woken.trials),
    }


@shared_task(name="ingest.reconcile")
def reconcile() -> int:
    """Unlink staged files that nothing speaks of any more; forget what files were called long ago."""
    return services.reconcile(at=timezone.now())


@shared_task(name="ingest.watch_folder")
def watch_folder() -> int:
    """Take files from the watched folder and put results there, if there is one; returns how many came."""
    if not settings.WATCH_FOLDER:
        return 0
    looked = look(root=Path(settings.WATCH_FOLDER), at=timezone.now())
    for upload in looked.taken:
        wake(parse, upload)
    return len(looked.taken)


@shared_task(name="ingest.forget_answers")
def forget_answers() -> int:
    """Remove answers that were kept for a day; returns how many."""
    return services.forget_answers(at=timezone.now())


@shared_task(name="ingest.tidy_incoming")
def tidy_incoming() -> int:
    """Land files that came in pieces where a crash kept them from it; destroy what waited too long."""
    landed = services.tidy(by=BY, clock=timezone.now)
    for upload in landed:
        wake(parse, upload)
    return len(landed)


def wake_trial(upload: UUID) -> None:
    """Have a dry run begun once the acting transaction commits; without the broker the sweep sees to it."""
    transaction.on_commit(lambda: wake(trial, upload))


def wake_parse(upload: UUID) -> None:
    """Have a file read once the acting transaction commits; with the broker away, the sweep sees to it."""
    transaction.on_commit(lambda: wake(parse, upload))


def wake_chunks() -> int:
    """Have the next chunks worked on, whichever file's turn it is; returns how many were woken."""
    chunks = services.wake_chunks(at=timezone.now())
    for chunk in chunks:
        wake(work, chunk)
    return len(chunks)
