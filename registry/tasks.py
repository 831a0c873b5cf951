"""The core's doors for Celery: sweeps that the scheduler wakes every few seconds, thin as views."""

from uuid import UUID

from celery import shared_task
from django.conf import settings
from django.db import transaction
from django.utils import timezone

from registry import messages, profiles, signin, webhooks
from registry.console import tasks as console_tasks
from registry.ledger import tasks as ledger_tasks
from registry.waking import wake

sequence_entries = ledger_tasks.sequence_entries
verify_ledger = console_tasks.verify_ledger

AT_ONCE = 100
INBOX_AT_ONCE = 5_000
"""The demo's inbox is a table: what goes there is one update."""


@shared_task(name="registry.deliver_messages")
def deliver_messages() -> int:
    """Send the messages that are due; returns how many went out."""
    return messages.deliver(at=timezone.now(), limit=INBOX_AT_ONCE if settings.DEMO else AT_ONCE)


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


@shared_task(name="registry.wake_webhooks")
def wake_webhooks() -> int:
    """Wake workers for webhooks that are due and that nobody holds; returns how many."""
    due = webhooks.wake(at=timezone.now())
    for delivery in due:
        wake(deliver_webhook, delivery)
    return len(due)


@shared_task(name="registry.deliver_webhook")
def deliver_webhook(delivery_id: str) -> None:
    """Try one webhook, and wake a worker for the next."""
    webhooks.deliver(delivery=UUID(delivery_id), at=timezone.now())
    wake_webhooks()


@shared_task(name="registry.forget_webhooks")
def forget_webhooks() -> int:
    """Remove webhooks that were settled long ago; returns how many."""
    return webhooks.forget(at=timezone.now())


def tell_webhooks() -> None:
    """Have webhooks sent once the acting transaction commits; with the broker away, the sweep sees to it."""
    transaction.on_commit(lambda: wake(wake_webhooks))


@shared_task(name="registry.announce_records")
def announce_records() -> int:
    """Tell people of what has become negative by the calendar alone; returns how many records."""
    at, told = timezone.now(), 0
    while True:
        with transaction.atomic():
            some = profiles.announce_due(on=timezone.localdate(at), by="system:notices", at=at)
        told += some
        if not some:
            return told


def wake_delivery() -> None:
    """Have messages sent now; with a broker that is away, they go out once it is back."""
    wake(deliver_messages)
