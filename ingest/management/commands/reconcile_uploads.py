"""`manage.py reconcile_uploads`: end, wake and clear what crashes left behind, and say what was found."""

from typing import Any

from django.core.management.base import BaseCommand
from django.utils import timezone

from ingest import services, tasks


class Command(BaseCommand):
    """Safe at any time and as often as one likes; the scheduler does the same by itself."""

    help = "End, wake and clear what crashes left behind in uploads and staged files."

    def handle(self, *args: Any, **options: Any) -> None:
        """Print how many uploads and chunks were woken and how many orphaned files were unlinked."""
        woken = tasks.sweep()
        orphans = services.reconcile(at=timezone.now())
        self.stdout.write(
            f"uploads woken: {woken['uploads']}, chunks woken: {woken['chunks']},"
            f" orphaned files unlinked: {orphans}"
        )
