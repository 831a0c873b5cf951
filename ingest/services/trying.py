"""A dry run's state: asked for by a clerk, held by one worker at a time, ended with counts and codes."""

from collections import Counter
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import F

from ingest.models import RowResult, Upload
from ingest.queries import free_at
from ingest.services.confirming import require_sound
from ingest.services.previews import drop_trial, held, next_round, preview_of
from registry.ledger import Event, append

TRYING = timedelta(seconds=60)
AT_ONCE = 4
ROWS_KEPT = 10_000
"""Of so many rows that are not simply accepted a dry run keeps the number and the codes."""


class Tally:
    """Counts by outcome and by reason, of the rows tried so far, and the first notable rows."""

    def __init__(self) -> None:
        self.rows = 0
        self.outcomes: Counter[str] = Counter()
        self.reasons: Counter[tuple[str, str, str, bool]] = Counter()
        self.kept = 0

    def add(self, results: Iterable[Any]) -> list[Any]:
        """Count results (row, outcome, errors, warnings); returns those whose codes are to be kept."""
        notable = []
        for one in results:
            self.rows += 1
            self.outcomes[one.outcome] += 1
            for faults, warning in ((one.errors, False), (one.warnings, True)):
                self.reasons.update((code, field, one.outcome, warning) for code, field in faults)
            if one.errors or one.warnings or one.outcome != "accepted":
                notable.append(one)
        room = max(0, ROWS_KEPT - self.kept)
        self.kept += min(room, len(notable))
        return notable[:room]

    def to_json(self) -> dict[str, Any]:
        """Counts as they stand in `Upload.trial_counts`."""
        keys = ("code", "field", "outcome", "warning", "count")
        reasons = [
            dict(zip(keys, (*reason, count), strict=True)) for reason, count in self.reasons.most_common()
        ]
        return {
            "rows": self.rows,
            **{name: self.outcomes[name] for name in Upload.OUTCOMES},
            "reasons": reasons,
        }


def ask(*, organisation: UUID, upload: UUID, by: str, at: datetime) -> Upload:
    """Have the whole of a held file tried; somebody must be woken for it.

    Raises NotFound, NotPreviewed, TrialRunning, and the upload errors for a preview that cannot be taken in.
    """
    with transaction.atomic():
        found = held(organisation, upload)
        require_sound(found, preview_of(found), at=at)
        drop_trial(found)
        found.trial, found.lease_until = Upload.Trial.RUNNING, None
        found.attempts = next_round(found)
        found.trial_counts = {"by": by}
        found.save()
    return found


def take(*, upload: UUID, at: datetime) -> int | None:
    """Hold a dry run that waits or whose worker is gone; the number of this attempt, None otherwise."""
    waiting = Upload.objects.filter(Upload.AWAITING, free_at(at), id=upload, trial=Upload.Trial.RUNNING)
    taken = waiting.update(lease_until=at + TRYING, attempts=F("attempts") + 1)
    if not taken:
        return None
    RowResult.objects.filter(upload_id=upload).delete()  # of an attempt that did not come to its end
    return Upload.objects.values_list("attempts", flat=True).get(id=upload)


def keep(*, upload: UUID, attempt: int, tally: Tally, notable: Iterable[Any], at: datetime) -> bool:
    """Note how far a dry run is; False where it was cancelled or taken over meanwhile."""
    with transaction.atomic():
        found = _own(upload, attempt)
        if found is None:
            return False
        RowResult.objects.bulk_create(
            [RowResult(upload_id=upload, row=one.row, outcome=one.outcome, errors=one.errors,
                       warnings=one.warnings) for one in notable]
        )  # fmt: skip
        found.lease_until = at + TRYING
        found.trial_counts = {"by": found.trial_counts.get("by", "")} | tally.to_json()
        found.save(update_fields=["lease_until", "trial_counts"])
    return True


def end(*, upload: UUID, attempt: int, tally: Tally, error: str = "", by: str, at: datetime) -> bool:
    """End a dry run with its counts; `error` is the code of what ended the reading, "" if nothing did."""
    with transaction.atomic():
        found = _own(upload, attempt)
        if found is None:
            return False
        asked_by = found.trial_counts.get("by") or by
        found.trial, found.lease_until = Upload.Trial.DONE, None
        found.trial_counts = tally.to_json() | {"error": error}
        found.save(update_fields=["trial", "lease_until", "trial_counts"])
        counts = {name: tally.outcomes[name] for name in Upload.OUTCOMES}
        details = {"upload": upload, "rows": tally.rows, **counts, "reason": error or None}
        append(Event.UPLOAD_TRIED, by=asked_by, at=at, organisation=found.organisation_id, details=details)
    return True


def waiting(*, at: datetime, limit: int = AT_ONCE) -> list[UUID]:
    """Dry runs that nobody holds, the oldest first, for the caller to wake."""
    found = Upload.objects.filter(Upload.AWAITING, free_at(at), trial=Upload.Trial.RUNNING)
    return list(found.order_by("received_at").values_list("id", flat=True)[:limit])


def _own(upload: UUID, attempt: int) -> Upload | None:
    locked = Upload.objects.select_for_update(no_key=True)
    return locked.filter(Upload.AWAITING, id=upload, trial=Upload.Trial.RUNNING, attempts=attempt).first()
