"""The console's door for workers: verifying the ledger takes too long for a page."""

from celery import shared_task
from django.utils import timezone

from registry.console.verification import verify_and_remember
from registry.waking import wake


# Acknowledged at once: it may take longer than the broker waits, and one that is lost is only run again.
@shared_task(name="registry.verify_ledger", acks_late=False)
def verify_ledger() -> str:
    """Recompute the whole ledger and remember what was found; returns the fault, or nothing."""
    return verify_and_remember(at=timezone.now()).fault


def start_verification() -> bool:
    """Tell a worker; False if the broker does not answer."""
    return wake(verify_ledger)
