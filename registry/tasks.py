"""The core's doors for Celery: sweeps that the scheduler wakes every few seconds, thin as views."""

from celery import shared_task
from django.utils import timezone
from kombu.exceptions import OperationalError

from registry import messages, signin
from registry.ledger import tasks as ledger_tasks

sequence_entries = ledger_tasks.sequence_entries


@shared_task(name="registry.deliver_messages")
def deliver_messages() -> int:
    """Send the messages that are due; returns how many went out."""
    return messages.deliver(at=timezone.now())


@shared_task(name="registry.forget_sign_ins")
def forget_sign_ins() -> int:
    """Remove codes and tries that no limit counts any more; returns how many."""
    return signin.forget(at=timezone.now())


def wake_delivery() -> None:
    """Have messages sent now rather than at the next sweep; a broker that is away costs only these seconds."""
    try:
        deliver_messages.apply_async(retry=False)
    except OperationalError:
        return
