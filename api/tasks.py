"""Sweeps of the lender's app: what has had its time is forgotten."""

from celery import shared_task
from django.utils import timezone

from api.services import kept, replay


@shared_task(name="api.sweep")
def sweep() -> None:
    """Forget used tokens that are too old to be accepted, and reports whose 24 hours are over."""
    now = timezone.now()
    replay.sweep(at=now)
    kept.sweep_reports(at=now)
