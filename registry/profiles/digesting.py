"""The keyed digests of records: one says which record it is, the other what it says.

Both hold the resident, so that equal bills of two people do not look equal.
"""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from registry import keys
from registry.catalogue import RECORD_TYPES
from registry.profiles.records import NewRecord, canonical


class Digests:
    """The digests of one organisation's records, under the newest key.

    A natural key's text is the same for everybody, so each is written once for all people of a call.
    """

    def __init__(self, organisation: UUID) -> None:
        self._digests = keys.indexers()[-1].digests
        self._organisation = organisation.hex
        self._ends: dict[tuple[Any, ...], tuple[str, str]] = {}

    def natural(self, resident: UUID, record: NewRecord) -> bytes:
        """The 16-byte digest of organisation, type, resident and natural key."""
        return self._digests([("record", self._natural(resident, record), False)])[0]

    def naturals(self, records: Sequence[NewRecord]) -> list[bytes]:
        """The natural digest of each record under its own resident."""
        return self._digests([("record", self._natural(one.resident, one), False) for one in records])

    def contents(self, naturals: Sequence[bytes], texts: Sequence[bytes]) -> list[bytes]:
        """The 16-byte digests of whole canonical records under their natural keys."""
        told = zip(naturals, texts, strict=True)
        return self._digests([("content", f"{of.hex()}|{text.decode()}", False) for of, text in told])

    def _natural(self, resident: UUID, record: NewRecord) -> str:
        kind, fields = RECORD_TYPES[record.type], record.fields
        try:
            key = record.type, *map(fields.get, kind.natural_key)
            ends = self._ends.get(key)
        except TypeError:  # a list is in it
            key, ends = None, None
        if ends is None:
            ends = self._written(record.type, kind.natural_values(fields))
            if key is not None:
                self._ends[key] = ends
        return f"{ends[0]}{resident.hex}{ends[1]}"

    def _written(self, kind: str, values: tuple[str, ...]) -> tuple[str, str]:
        """Canonical JSON of the list of all parts, cut open where the resident belongs."""
        before, after = canonical([self._organisation, kind, "\0", *values]).decode().split("\\u0000", 1)
        return before, after
