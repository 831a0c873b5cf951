"""The sequencer's door for Celery's scheduler: every few seconds, from committed entries to a signed head."""

from celery import shared_task
from django.utils import timezone

from registry.ledger.sequencing import sequence


@shared_task(name="registry.ledger.sequence")
def sequence_entries() -> int:
    """Put waiting entries into the tree, unless another worker is at it; returns how many."""
    return sequence(at=timezone.now(), wait=False)
