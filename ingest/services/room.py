"""How much of one organisation's files may lie staged, so that nobody fills the disk that all share."""

from uuid import UUID

from django.conf import settings
from django.db.models import Sum

from ingest.models import Incoming, Upload
from registry.staging import StagingFull

FILES = 10
"""So many of the largest files: what is being brought, held for a clerk, read, or kept for its result."""
MOST_OPEN = 100
"""So many files may be on their way in pieces at once."""


def require_room(*, organisation: UUID, more: int = 0) -> None:
    """Raises StagingFull where an organisation has as much staged as it may, with `more` bytes to come.

    A file on its way counts with all of its length from the start.
    """
    kept = Upload.objects.filter(organisation_id=organisation, file_key__isnull=False)
    staged = kept.aggregate(bytes=Sum("bytes", default=0))["bytes"]
    coming = Incoming.objects.filter(organisation_id=organisation, state__in=Incoming.UNDER_WAY)
    lengths = list(coming.values_list("length", flat=True)[:MOST_OPEN])
    full = staged + sum(lengths) + more > FILES * settings.UPLOAD_MAX_BYTES
    if full or len(lengths) == MOST_OPEN:
        raise StagingFull("of one organisation")
