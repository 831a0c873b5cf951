"""A chunk is done: what became of its rows is written down, and its staged file goes.

A row that was accepted without a warning gets no row of its own: the chunk's numbers and counts tell it.
"""

from collections import Counter
from collections.abc import Sequence
from datetime import date
from typing import Any
from uuid import UUID

from django.db import transaction

from ingest.models import Chunk, Upload
from ingest.validation import Judged, RowError
from registry import staging
from registry.catalogue import RECORD_TYPES
from registry.catalogue.record_type import last_day
from registry.models.bulk import copy_rows

Outcome = tuple[int, str, tuple[RowError, ...], tuple[RowError, ...]]
"""What became of one row: number, outcome, errors, warnings."""


def close(chunk: Chunk, outcomes: Sequence[Outcome], quality: dict[str, Any], *, seconds: float) -> None:
    """End a chunk in the acting transaction; `seconds` is how long the work on it took."""
    keep_outcomes(chunk.upload_id, outcomes)
    counts = Counter([outcome for _row, outcome, _errors, _warnings in outcomes])
    done = {name: counts[name] for name in Upload.OUTCOMES}
    Chunk.objects.filter(id=chunk.id).update(
        state=Chunk.State.DONE, lease_until=None, file_key=None, seconds=seconds, quality=quality, **done
    )
    file = chunk.file
    transaction.on_commit(lambda: staging.destroy(file=file))


def keep_outcomes(upload: UUID, outcomes: Sequence[Outcome]) -> None:
    """Store the outcomes that are more than a plain acceptance."""
    notable = [
        (upload, row, outcome, errors, warnings)
        for row, outcome, errors, warnings in outcomes
        if outcome != "accepted" or warnings
    ]
    copy_rows("ingest_rowresult", ("upload_id", "row", "outcome", "errors", "warnings"), notable)


def quality_of(judged: Judged, record_type: str, *, on: date) -> dict[str, Any]:
    """How full and how fresh a chunk's rows are, as `Upload.quality` counts it; rows in doubt count too.

    `lag_days` sums the days from the end of each record's period to its arrival, over `dated` records.
    """
    placed_by = RECORD_TYPES[record_type].placed_by
    months = Counter([row.record[placed_by][:7] for row in judged.rows if row.record and not row.errors])
    lag = sum((on - last_day(month)).days * count for month, count in months.items())
    shapeless = sum(1 for row in judged.rows if row.errors and not row.errors[0].field)
    understood = len(judged.rows) - shapeless
    return {"rows": understood, "filled": judged.filled, "lag_days": lag, "dated": months.total()}
