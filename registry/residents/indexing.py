"""Blind indexes in their table: one row for each version of the index key in force.

During a planned key change some processes know only the older version; since all versions are written and
looked up, everybody finds everybody, and the unique index on strong digests decides under each of them.
"""

from collections.abc import Callable, Iterable, Sequence
from functools import partial
from itertools import chain
from operator import itemgetter
from typing import Any, NamedTuple
from uuid import UUID

from django.db import connection

from registry import keys
from registry.linkage import Person
from registry.linkage.blocking import plain_keys
from registry.models.arrays import bytes_array, uuid_array
from registry.models.bulk import copy_columns

_COLUMNS = ("resident_id", "kind", "version", "digest", "strong")

# What a resident is found by already is passed over without a lock: others may be adding the same.
_ADD = """
INSERT INTO registry_identifier (resident_id, kind, version, digest, strong)
SELECT * FROM unnest(%s::uuid[], %s::text[], %s::smallint[], %s::bytea[], %s::boolean[]) AS new(r, k, v, d, s)
ORDER BY d, r
ON CONFLICT (digest, resident_id) DO NOTHING
"""
# A weak digest becomes strong once its former owner is gone.
_STRENGTHEN = """
UPDATE registry_identifier held SET strong = true
FROM unnest(%s::uuid[], %s::bytea[]) AS new(r, d)
WHERE held.digest = new.d AND held.resident_id = new.r AND NOT held.strong
"""


class Indexed(NamedTuple):
    """A blocking key as blind indexes: version and digest under every index key in force, newest first."""

    kind: str
    strong: bool
    digests: tuple[tuple[int, bytes], ...]

    @property
    def all(self) -> tuple[bytes, ...]:
        """The digests alone."""
        return tuple([digest for _version, digest in self.digests])


class NewIdentifier(NamedTuple):
    """A digest to be stored for a resident."""

    resident: UUID
    kind: str
    version: int
    digest: bytes
    strong: bool


def index(person: Person) -> list[Indexed]:
    """The blind indexes of one person's blocking keys."""
    return index_many([person])[0]


def index_many(persons: Iterable[Person]) -> list[list[Indexed]]:
    """The blind indexes of each person's blocking keys, in order."""
    indexers = keys.indexers()
    found = [plain_keys(person) for person in persons]
    digests = [iter(indexer.digests(chain.from_iterable(found))) for indexer in indexers]
    if len(indexers) > 1:
        versions = [indexer.version for indexer in indexers]
        return [
            [
                Indexed(kind, strong, tuple(zip(versions, map(next, digests), strict=True)))
                for kind, _v, strong in plain
            ]
            for plain in found
        ]
    version, fresh = indexers[0].version, digests[0].__next__
    return [
        [_indexed((kind, strong, ((version, fresh()),))) for kind, _value, strong in plain] for plain in found
    ]


# A tuple becomes an Indexed without a call of Python's own: it happens ten times a person.
_indexed: Callable[[tuple[str, bool, tuple[tuple[int, bytes], ...]]], Indexed] = partial(
    tuple.__new__, Indexed
)


def digests_of(kind: str, value: str) -> tuple[tuple[int, bytes], ...]:
    """Version and 16-byte digest of a value under every index key in force, the newest first."""
    return tuple((indexer.version, indexer.digest(kind, value)) for indexer in keys.indexers())


def stable_digest(kind: str, value: str) -> bytes:
    """The digest under the oldest index key in force: for what must meet again throughout a key change."""
    return keys.indexers()[-1].digest(kind, value)


def add_identifiers(new: Iterable[NewIdentifier]) -> None:
    """Store digests with one statement, in order of the digests, so that two writers cannot block each other.

    Raises IntegrityError where a strong one has become somebody else's meanwhile.
    """
    rows: dict[tuple[UUID, bytes], NewIdentifier] = {}
    for entry in new:
        standing = rows.get((entry.resident, entry.digest))
        if standing is None or entry.strong:
            rows[entry.resident, entry.digest] = entry
    if rows:
        residents, kinds, versions, digests, strong = zip(*rows.values(), strict=True)
        values: list[Any] = [
            uuid_array(residents),
            list(kinds),
            list(versions),
            bytes_array(digests),
            list(strong),
        ]
        owned = [entry for entry in rows.values() if entry.strong]
        with connection.cursor() as cursor:
            cursor.execute(_ADD, values)
            if cursor.rowcount < len(rows) and owned:
                whose = uuid_array(each.resident for each in owned)
                cursor.execute(_STRENGTHEN, [whose, bytes_array(each.digest for each in owned)])


def copy_identifiers(new: Sequence[tuple[UUID, str, int, bytes, bool]]) -> None:
    """Append digests (resident, kind, version, digest, strong) of residents made by the acting transaction.

    None of them may come twice. They are written in order of the digests, as by `add_identifiers`, and raise
    IntegrityError as there.
    """
    if new:
        ordered = sorted(new, key=itemgetter(3))
        copy_columns("registry_identifier", dict(zip(_COLUMNS, zip(*ordered, strict=True), strict=True)))
