"""The core's doors for Celery: sweeps that the scheduler wakes every few seconds, thin as views."""

from celery import shared_task
from django.db import transaction
from django.utils import timezone

from registry import messages, profiles, signin
from registry.console import tasks as console_tasks
from registry.ledger import tasks as ledger_tasks
from registry.waking import wake

sequence_entries = ledger_tasks.sequence_entries
verify_ledger = console_tasks.verify_ledger


@shared_task(name="registry.deliver_messages")
def deliver_messages() -> int:
    """Send the messages that are due; returns how many went out."""
    return messages.deliver(at=timezone.now())


@shared_task(name="registry.forget_sign_ins")
def forget_sign_ins() -> int:
    """Remove codes and tries that no limit counts any more; returns how many."""
    return signin.forget(at=timezone.now())


@shared_task(name="registry.expire_records")
def expire_records() -> int:
    """End the records whose retention is over today; returns how many."""
    at = timezone.now()
    with transaction.atomic():
        return profiles.expire(on=timezone.localdate(at), by="system:retention", at=at)


def wake_delivery() -> None:
    """Have messages sent now; with a broker that is away, they go out once it is back."""
    wake(deliver_messages)
