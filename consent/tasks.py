"""Doors for Celery's scheduler."""

from celery import shared_task
from django.utils import timezone

from consent.services import expire_due


@shared_task(name="consent.expire")
def expire_consents() -> int:
    """End what is over by the clock; returns how many."""
    return expire_due(at=timezone.now())
