"""What a clerk confirmed once about a kind of table is known the next time, until somebody has it forgotten.

A table is known by a keyed digest of its headers as the file shows them by itself, so that also a choice of
encoding or sheet can be remembered: what is wrongly guessed is guessed wrongly in the same way each month.
No header is kept, since a memory has no end and of a table without headers they are somebody's row.
"""

from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime
from hashlib import sha256
from typing import Any, NamedTuple
from uuid import UUID, uuid4

from django.db import transaction

from ingest.mapping import Mapping
from ingest.models import RememberedMapping
from ingest.readers import Choices
from registry import keys, staging
from registry.errors import NotFound
from registry.ledger import Event, append


class Memory(NamedTuple):
    """How a table with these headers was read and mapped: `fields` of columns whose digest is `columns`."""

    id: UUID
    type: str
    choices: Choices
    columns: str
    fields: list[str]
    at: datetime

    def is_of(self, columns: Sequence[str]) -> bool:
        """Whether these are the columns, in their order."""
        return self.columns == _digest_of(columns)


def recall(*, organisation: UUID, record_type: str, headers: Sequence[str]) -> Memory | None:
    """What this organisation confirmed last of tables that show these headers; None if it never did.

    `record_type` "" asks for whichever type was confirmed last.
    """
    digests = [_digest(indexer, organisation, headers) for indexer in keys.indexers()]
    found = RememberedMapping.objects.filter(organisation_id=organisation, headers__in=digests)
    if record_type:
        found = found.filter(type=record_type)
    last = found.order_by("-remembered_at").first()
    if last is None:
        return None
    note = staging.open_note(owner=last.id, field="memory", sealed=bytes(last.note))
    choices = Choices(**note["choices"])
    return Memory(last.id, last.type, choices, note["columns"], note["fields"], last.remembered_at)


def remember(
    *,
    organisation: UUID,
    headers: Sequence[str],
    choices: Choices,
    mapping: Mapping,
    by: str,
    at: datetime,
) -> None:
    """Keep a confirmed mapping in the acting transaction, in place of what was known of such tables."""
    known = RememberedMapping.objects.filter(
        organisation_id=organisation,
        headers__in=[_digest(indexer, organisation, headers) for indexer in keys.indexers()],
        type=mapping.record_type,
    )
    known.delete()
    id = uuid4()
    note: dict[str, Any] = {
        "choices": asdict(choices),
        "columns": _digest_of(mapping.columns),
        "fields": list(mapping.fields),
    }
    RememberedMapping.objects.create(
        id=id,
        organisation_id=organisation,
        type=mapping.record_type,
        headers=_digest(keys.indexers()[-1], organisation, headers),
        note=staging.seal_note(owner=id, field="memory", note=note),
        by=by,
        remembered_at=at,
    )


def forget(*, organisation: UUID, memory: UUID, by: str, at: datetime, upload: UUID | None = None) -> None:
    """Forget one; `upload` is the file at which somebody asked for it. Raises NotFound."""
    with transaction.atomic():
        found = RememberedMapping.objects.select_for_update().filter(organisation_id=organisation, id=memory)
        known = found.first()
        if known is None:
            raise NotFound("remembered mapping")
        details = {"upload": upload, "type": known.type}
        known.delete()
        append(Event.MAPPING_FORGOTTEN, by=by, at=at, organisation=organisation, details=details)


def anything(organisation: UUID) -> bool:
    """Whether anything is remembered for this organisation at all."""
    return RememberedMapping.objects.filter(organisation_id=organisation).exists()


def _digest_of(columns: Sequence[str]) -> str:
    """Enough inside a sealed note."""
    return sha256("\x1f".join(columns).encode("utf-8", "surrogatepass")).hexdigest()


def _digest(indexer: keys.BlindIndexer, organisation: UUID, headers: Sequence[str]) -> bytes:
    return indexer.digest("upload_headers", "\x1f".join((str(organisation), *headers)))
