"""A held file is taken in as its preview showed it; what was confirmed is remembered for the next one."""

from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction

from ingest.errors import UPLOAD_ERRORS
from ingest.mapping import Mapping
from ingest.models import Upload
from ingest.queries import free_at
from ingest.services import remembering
from ingest.services.finishing import cancel
from ingest.services.licensing import require_type
from ingest.services.looking import Chosen, chosen_of
from ingest.services.previews import Preview, held, next_round, preview_of
from registry import staging
from registry.ledger import Event, append

WAITING = timedelta(days=7)
"""How long a held file waits for its confirmation before it is destroyed."""


def confirm(*, organisation: UUID, upload: UUID, by: str, at: datetime) -> Upload:
    """Let a held file be taken in as its preview showed it: it goes back to be read, this time as a whole.

    The preview is destroyed, a dry run's rows are forgotten and its counts stay. Raises NotFound,
    NotPreviewed, TrialRunning, and the upload errors for a preview that cannot be taken in.
    """
    with transaction.atomic():
        found = held(organisation, upload)
        seen = preview_of(found)
        mapping = require_sound(found, seen, at=at)
        chosen = chosen_of(found)
        settled = Chosen(seen.choices, mapping.record_type, chosen.columns, chosen.fields, chosen.forgetful)
        found.choices = staging.seal_note(owner=found.id, field="choices", note=settled.to_json())
        found.mapping = staging.seal_note(owner=found.id, field="mapping", note=mapping.to_json())
        found.type, found.preview = mapping.record_type, None
        found.status, found.lease_until = Upload.Status.PARSING, at
        found.attempts = next_round(found)
        found.confirmed_at, found.confirmed_by = at, by
        found.save()
        found.results.all().delete()
        remembering.remember(
            organisation=organisation,
            headers=seen.headers,
            choices=seen.choices,
            mapping=mapping,
            by=by,
            at=at,
        )
        details = {"upload": found.id, "type": found.type}
        append(Event.UPLOAD_CONFIRMED, by=by, at=at, organisation=organisation, details=details)
    return found


def require_sound(upload: Upload, seen: Preview, *, at: datetime) -> Mapping:
    """The preview's mapping, if a file can be taken in with it. Raises the upload errors."""
    if seen.mapping is None:
        raise UPLOAD_ERRORS[seen.error](**seen.context)
    seen.mapping.require_usable()
    require_type(seen.mapping.record_type, upload.organisation, at=at)
    return seen.mapping


def lapse(*, by: str, at: datetime) -> int:
    """Cancel held files that nobody confirmed in time, and destroy them; returns how many."""
    # A dry run that somebody is at is waited for; one that never comes to its end keeps nothing here.
    late = Upload.objects.filter(Upload.AWAITING, received_at__lt=at - WAITING)
    late = late.exclude(~free_at(at), trial=Upload.Trial.RUNNING)
    lapsed = 0
    for upload in late.values_list("id", flat=True):
        with transaction.atomic():
            found = late.select_for_update(no_key=True).filter(id=upload).first()
            if found is not None:  # nobody has confirmed it since we looked
                cancel(organisation=found.organisation_id, upload=upload, by=by, at=at)
                lapsed += 1
    return lapsed
